import { createFactBook, type FactBook } from '../agent/factBook.ts';
import { NOTHING_LOST } from '../agent/lost.ts';
import type {
  BinaryProfile,
  LostCounts,
  NodeStatus,
  Playback,
  PolicyStatus,
} from '../agent/messages.ts';
import type { EventContext } from '../events/wire/event.ts';
import type { HostNamespaces } from '../events/wire/processDetail.ts';
import type { ArmDialogState } from './arming.ts';
import type { View } from './commands.ts';
import type { DetailState } from './detail.ts';
import type { Dialog } from './dialog.ts';
import type { EventsOrigin } from './eventsTrail.ts';
import type { FindState } from './find.ts';
import type { NarratorState } from './panes/narrator.ts';
import type { ParameterForm } from './parameterForm.ts';
import type { PolicyTrial } from './policyTrial.ts';
import type { PolicyViewState } from './policyView.ts';
import type { Recording } from './recording.ts';
import { createSettings, type SettingsBook } from './settings.ts';
import type { SourceFacts } from './source.ts';
import { type AlertsModel, createAlertsModel } from './store/alertsModel.ts';
import { type BinariesModel, createBinariesModel } from './store/binariesModel.ts';
import { createEventStore, type EventStore } from './store/eventStore.ts';
import { createMarks, type Marks } from './store/marks.ts';
import { createNodeNames, type NodeNames } from './store/nodeNames.ts';
import { createPolicyRates, type PolicyRates } from './store/policyRates.ts';
import { createRateMeter, type RateMeter } from './store/rate.ts';
import { createTags, type Tags } from './store/tags.ts';
import { createTreeModel, type TreeModel } from './store/treeModel.ts';
import { createViewRates, type ViewRates } from './store/viewRates.ts';
import type { EditedLine } from './text/lineEditor.ts';
import { armedPolicies } from './views/chrome.ts';

/** What covers the view, or a part of it: Esc takes it away, back to what is `below`. */
export type Overlay =
  | { kind: 'arm'; dialog: ArmDialogState; below?: Overlay | undefined }
  | { kind: 'search'; line: EditedLine }
  | { kind: 'policy'; view: PolicyViewState }
  | { kind: 'parameters'; form: ParameterForm; below?: Overlay | undefined }
  | { kind: 'trial'; trial: PolicyTrial; below?: Overlay | undefined }
  | { kind: 'detail'; detail: DetailState; below?: Overlay | undefined }
  | { kind: 'dialog'; dialog: Dialog; below?: Overlay | undefined };

/** `until`: ms of performance.now(), which nobody can set. */
export type Notice = { text: string; level: 'info' | 'warning'; until: number };

/** Everything the screen shows, as plain data that actions change and the painter reads. */
export type AppState = {
  readonly source: SourceFacts;
  readonly store: EventStore;
  readonly rate: RateMeter;
  readonly tree: TreeModel;
  readonly binaries: BinariesModel;
  readonly alerts: AlertsModel;
  readonly settings: SettingsBook;
  /** Rows that were picked out for copying, saving and signals. */
  readonly tags: Tags;
  /** Of the stream. */
  readonly marks: Marks;
  readonly viewRates: ViewRates;
  /** Of a replay, once it has told. */
  playback: Playback | undefined;
  /** undefined: nothing is recorded. */
  recording: Recording | undefined;
  /** Agents whose events come together; empty for a single one of our own. */
  nodes: readonly NodeStatus[];
  readonly nodeNames: NodeNames;
  /** Ms since the epoch, for ages: the wall clock, in steps on a thin link; in a replay the time that it has come to. */
  clock: () => number;
  /** The link is thin: nothing is drawn that only looks nice. */
  isThinLink: boolean;
  /** Nothing can be armed: --read-only. */
  readonly readOnly: boolean;
  /** What is wrong in the operator's own files: the config file, the settings of the last time. */
  warnings: readonly string[];
  view: View;
  /** The view has the whole screen but for header and footer. */
  isZoomed: boolean;
  /** Changed by `setOverlay` alone. */
  readonly overlay: Overlay | undefined;
  policies: readonly PolicyStatus[];
  readonly policyRates: PolicyRates;
  /** Policies whose triggers run now. */
  testing: ReadonlySet<number>;
  /** What a policy event's hook is called, also when its policy was removed. */
  readonly hookNames: EventContext['hookNames'];
  /** What is known of containers, addresses and executables: events are read with it. */
  readonly facts: FactBook;
  /** The agent's last answer about a program. */
  binaryAnswer: { request: number; profile: BinaryProfile | undefined } | undefined;
  /** What is wrong in policy files: `file:line:column: field: message`. */
  problems: readonly string[];
  lost: LostCounts;
  hostNamespaces: HostNamespaces | undefined;
  /** What is looked for; undefined: nothing. */
  find: FindState | undefined;
  /** Whose events the stream shows; undefined: nobody's in particular. */
  eventsOrigin: EventsOrigin | undefined;
  /** The agent runs. */
  isReady: boolean;
  /** All policies of the options have been dealt with. */
  isLoaded: boolean;
  notice: Notice | undefined;
  /** In a lab. */
  narrator: NarratorState | undefined;
};

const NOTICE_MS = 6000;
const isTold = ({ kind }: SourceFacts): boolean => kind === 'replay' || kind === 'tetragon';
const HELD_EVENTS = 100_000;
const TOLD_BYTES = 128 << 20;

/** @param hookNames of the policies that the agent has told of */
export function createState(
  hookNames: EventContext['hookNames'] = () => undefined,
  readOnly = false,
  settings: SettingsBook = createSettings(),
  source: SourceFacts = { kind: 'agent', title: '' },
): AppState {
  const state: AppState = {
    source,
    playback: undefined,
    recording: undefined,
    nodes: [],
    nodeNames: createNodeNames(),
    // What others tell takes more room than the kernel's records.
    store: createEventStore(HELD_EVENTS, isTold(source) ? TOLD_BYTES : undefined),
    rate: createRateMeter(),
    tree: createTreeModel(),
    binaries: createBinariesModel((now) => playedMs(state) ?? now),
    alerts: createAlertsModel(),
    tags: createTags(),
    marks: createMarks(),
    viewRates: createViewRates(),
    settings,
    clock: () => eventClock(state),
    isThinLink: false,
    readOnly,
    warnings: [],
    view: 'stream',
    isZoomed: false,
    overlay: undefined,
    policies: [],
    policyRates: createPolicyRates(),
    testing: new Set(),
    hookNames,
    facts: createFactBook(),
    binaryAnswer: undefined,
    problems: [],
    lost: NOTHING_LOST,
    hostNamespaces: undefined,
    find: undefined,
    eventsOrigin: undefined,
    isReady: false,
    isLoaded: false,
    notice: undefined,
    narrator: undefined,
  };
  return state;
}

/** Ms since the epoch that a replay has come to; undefined: nothing is replayed, or nothing was played yet. */
export function playedMs({ playback }: Pick<AppState, 'playback'>): number | undefined {
  const at = playback?.at || playback?.start || undefined;
  return at === undefined ? undefined : Number(at / 1_000_000n);
}

/** Ms since the epoch: now, as seen from the events. */
export const eventClock = (state: Pick<AppState, 'playback'>): number =>
  playedMs(state) ?? Date.now();

/** Policies that are armed now. What was armed in a recording is so no more. */
export const armedNow = ({
  source,
  policies,
}: Pick<AppState, 'source' | 'policies'>): readonly PolicyStatus[] =>
  source.kind === 'replay' ? [] : armedPolicies(policies);

/** Shows a line in the footer for a few seconds. */
export function say(state: AppState, text: string, level: Notice['level'] = 'info'): void {
  state.notice = { text, level, until: performance.now() + NOTICE_MS };
}

export const policyById = (state: AppState, id: number): PolicyStatus | undefined =>
  state.policies.find((policy) => policy.id === id);
