import { NOTHING_LOST } from '../../src/agent/lost.ts';
import type { LostCounts } from '../../src/agent/messages.ts';
import type { Ledger } from './ledger.ts';
import type { Subject } from './subject.ts';

/** What Trigon says it has lost. The load makes nothing that could be, but for the minute in which Trigon is stopped. */
export type Losses = {
  /** What was lost by now where events wait has a cause that we know: Trigon was stopped. */
  explain(): Promise<void>;
  /** By cause, what has one. */
  explained(): LostCounts;
  /** Every counter must be where it was when it was explained last: at 0, as a rule. */
  check(): Promise<void>;
};

/** Where events wait for Trigon, and find no room when it is stopped, or catches up. */
const WHEN_STOPPED = ['processRing', 'policyRing', 'queue', 'exportFile'] as const;

export function createLosses(subject: Subject, ledger: Ledger): Losses {
  let known = NOTHING_LOST;
  return {
    async explain() {
      const { lost } = await subject.stats();
      for (const cause of WHEN_STOPPED) {
        const fresh = lost[cause] - known[cause];
        if (fresh > 0) ledger.count(`lost while it was stopped, and counted: ${cause}`, fresh);
        known = { ...known, [cause]: lost[cause] };
      }
    },
    explained: () => known,
    async check() {
      const { lost, missedRuns, ring, policies } = await subject.stats();
      for (const cause of Object.keys(lost) as (keyof LostCounts)[]) {
        const fresh = lost[cause] - known[cause];
        if (fresh > 0)
          ledger.fail(
            `lost: ${cause} ${fresh}; the ring held ${ring.most} of ${ring.size} at most`,
          );
      }
      for (const [whose, count] of Object.entries(missedRuns))
        if (count > 0) ledger.fail(`runs that the kernel skipped: ${count} (${whose})`);
      for (const { name, runs } of policies)
        if (runs.pendingLost > 0)
          ledger.fail(`${name}: ${runs.pendingLost} returns not waited for`);
      // What was lost is told once, not at every rest.
      known = lost;
    },
  };
}
