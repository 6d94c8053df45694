import { NOTHING_LOST } from '../agent/lost.ts';
import type { BinaryProfile, LostCounts, PolicyStatus } from '../agent/messages.ts';
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
import { createSettings, type SettingsBook } from './settings.ts';
import { type AlertsModel, createAlertsModel } from './store/alertsModel.ts';
import { type BinariesModel, createBinariesModel } from './store/binariesModel.ts';
import { createEventStore, type EventStore } from './store/eventStore.ts';
import { createMarks, type Marks } from './store/marks.ts';
import { createPolicyRates, type PolicyRates } from './store/policyRates.ts';
import { createRateMeter, type RateMeter } from './store/rate.ts';
import { createTags, type Tags } from './store/tags.ts';
import { createTreeModel, type TreeModel } from './store/treeModel.ts';
import { createViewRates, type ViewRates } from './store/viewRates.ts';
import type { EditedLine } from './text/lineEditor.ts';

/** What covers the view, or a part of it: Esc takes it away, back to what is `below`. */
export type Overlay =
  | { kind: 'arm'; dialog: ArmDialogState; below?: Overlay | undefined }
  | { kind: 'search'; line: EditedLine }
  | { kind: 'policy'; view: PolicyViewState }
  | { kind: 'parameters'; form: ParameterForm; below?: Overlay | undefined }
  | { kind: 'trial'; trial: PolicyTrial; below?: Overlay | undefined }
  | { kind: 'detail'; detail: DetailState; below?: Overlay | undefined }
  | { kind: 'dialog'; dialog: Dialog; below?: Overlay | undefined };

export type Notice = { text: string; level: 'info' | 'warning'; until: number };

/** Everything the screen shows, as plain data that actions change and the painter reads. */
export type AppState = {
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
  /** Wall clock, ms, for ages: in steps on a thin link. */
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

/** @param hookNames of the policies that the agent has told of */
export function createState(
  hookNames: EventContext['hookNames'] = () => undefined,
  readOnly = false,
  settings: SettingsBook = createSettings(),
): AppState {
  return {
    store: createEventStore(),
    rate: createRateMeter(),
    tree: createTreeModel(),
    binaries: createBinariesModel(),
    alerts: createAlertsModel(),
    tags: createTags(),
    marks: createMarks(),
    viewRates: createViewRates(),
    settings,
    clock: Date.now,
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
}

/** Shows a line in the footer for a few seconds. */
export function say(state: AppState, text: string, level: Notice['level'] = 'info'): void {
  state.notice = { text, level, until: Date.now() + NOTICE_MS };
}

export const policyById = (state: AppState, id: number): PolicyStatus | undefined =>
  state.policies.find((policy) => policy.id === id);
