import { NOTHING_LOST } from '../agent/lost.ts';
import type { LostCounts, PolicyStatus } from '../agent/messages.ts';
import type { EventContext } from '../events/wire/event.ts';
import type { HostNamespaces } from '../events/wire/processDetail.ts';
import type { ArmDialogState } from './arming.ts';
import type { View } from './commands.ts';
import type { CopyMenu } from './copyMenu.ts';
import type { DetailState } from './detail.ts';
import type { Dialog } from './dialog.ts';
import type { FilterInput } from './filterInput.ts';
import type { NarratorState } from './panes/narrator.ts';
import type { ParameterForm } from './parameterForm.ts';
import type { PolicyTrial } from './policyTrial.ts';
import type { PolicyViewState } from './policyView.ts';
import { createSettings, type SettingsBook } from './settings.ts';
import { type AlertsModel, createAlertsModel } from './store/alertsModel.ts';
import { type BinariesModel, createBinariesModel } from './store/binariesModel.ts';
import { createEventStore, type EventStore } from './store/eventStore.ts';
import { createPolicyRates, type PolicyRates } from './store/policyRates.ts';
import { createRateMeter, type RateMeter } from './store/rate.ts';
import { createTreeModel, type TreeModel } from './store/treeModel.ts';
import type { EditedLine } from './text/lineEditor.ts';

/** What covers the view, or a part of it: Esc takes it away, back to what is `below`. */
export type Overlay =
  | { kind: 'help'; top: number; below?: Overlay | undefined }
  | { kind: 'arm'; dialog: ArmDialogState; below?: Overlay | undefined }
  | { kind: 'search'; line: EditedLine }
  | { kind: 'policy'; view: PolicyViewState }
  | { kind: 'parameters'; form: ParameterForm; below?: Overlay | undefined }
  | { kind: 'trial'; trial: PolicyTrial; below?: Overlay | undefined }
  | { kind: 'filter'; input: FilterInput }
  | { kind: 'detail'; detail: DetailState }
  | { kind: 'copy'; menu: CopyMenu; below?: Overlay | undefined }
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
  /** Nothing can be armed: --read-only. */
  readonly readOnly: boolean;
  view: View;
  /** The view has the whole screen but for header and footer. */
  isZoomed: boolean;
  overlay: Overlay | undefined;
  policies: readonly PolicyStatus[];
  readonly policyRates: PolicyRates;
  /** Policies whose triggers run now. */
  testing: ReadonlySet<number>;
  /** What a policy event's hook is called, also when its policy was removed. */
  readonly hookNames: EventContext['hookNames'];
  /** What is wrong in policy files: `file:line:column: field: message`. */
  problems: readonly string[];
  lost: LostCounts;
  hostNamespaces: HostNamespaces | undefined;
  /** Filters that were set in this session, the newest last. */
  filterHistory: readonly string[];
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
    settings,
    readOnly,
    view: 'stream',
    isZoomed: false,
    overlay: undefined,
    policies: [],
    policyRates: createPolicyRates(),
    testing: new Set(),
    hookNames,
    problems: [],
    lost: NOTHING_LOST,
    hostNamespaces: undefined,
    filterHistory: [],
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
