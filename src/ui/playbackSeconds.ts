import type { Panes } from './panes/all.ts';
import { type AppState, playedMs } from './state.ts';
import { viewCounts } from './viewCounts.ts';

const NS_PER_SECOND = 1_000_000_000n;

/** Rates of a replay go by its own seconds: what came since the last look is spread over those that it took. */
export function createPlaybackSeconds(state: AppState, panes: Panes) {
  let closedAt: bigint | undefined;
  return {
    /** All that was counted is void. */
    reset() {
      closedAt = undefined;
      state.rate.reset();
      state.viewRates.reset();
    },
    /** The replay has come to another time. */
    tick() {
      const { playback, policies } = state;
      if (!playback || playback.at === 0n) return;
      closedAt ??= playback.start;
      const seconds = Number((playback.at - closedAt) / NS_PER_SECOND);
      if (seconds < 1) return;
      closedAt += BigInt(seconds) * NS_PER_SECOND;
      state.rate.tick(seconds);
      state.viewRates.tick(viewCounts(state, panes), seconds);
      state.policyRates.tick(policies, playedMs(state) ?? 0);
    },
  };
}
