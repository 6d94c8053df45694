import type { LostCounts, PolicyStatus } from '../agent/messages.ts';
import type { ArmDialogState } from './arming.ts';
import type { View } from './commands.ts';
import { createEventStore, type EventStore } from './store/eventStore.ts';
import { createRateMeter, type RateMeter } from './store/rate.ts';

/** What covers the view, one level deep: Esc takes it away. */
export type Overlay = { kind: 'help'; top: number } | { kind: 'arm'; dialog: ArmDialogState };

export type Notice = { text: string; level: 'info' | 'warning'; until: number };

/** Everything the screen shows, as plain data that actions change and the painter reads. */
export type AppState = {
  readonly store: EventStore;
  readonly rate: RateMeter;
  view: View;
  overlay: Overlay | undefined;
  policies: readonly PolicyStatus[];
  /** What is wrong in policy files: `file:line:column: field: message`. */
  problems: readonly string[];
  lost: LostCounts;
  /** The agent runs. */
  isReady: boolean;
  notice: Notice | undefined;
};

const NOTICE_MS = 6000;

export function createState(): AppState {
  return {
    store: createEventStore(),
    rate: createRateMeter(),
    view: 'stream',
    overlay: undefined,
    policies: [],
    problems: [],
    lost: { processRing: 0, policyRing: 0, processTable: 0, recursion: 0, queue: 0 },
    isReady: false,
    notice: undefined,
  };
}

/** Shows a line in the footer for a few seconds. */
export function say(state: AppState, text: string, level: Notice['level'] = 'info'): void {
  state.notice = { text, level, until: Date.now() + NOTICE_MS };
}

export const policyById = (state: AppState, id: number): PolicyStatus | undefined =>
  state.policies.find((policy) => policy.id === id);
