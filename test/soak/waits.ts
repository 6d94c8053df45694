import { readFileSync } from 'node:fs';

/** At a time, how long threads have waited for a processor by then: in the kernel's run queue, ready to run. Seconds, of all of them. */
export type WaitSample = { readonly at: number; readonly waited: number };

export type Waits = {
  /** The longest wait within the time of the deadline, of the last minute. */
  longest(): number;
  stop(): void;
};

/**
 * Trigon must be at work once in three seconds, else all that is armed is not (DESIGN.md). The screen's thread tells the agent's each
 * second that it lives: when the two of them have waited for two seconds, one after the other, the third is over.
 */
export const TOO_LONG_SECONDS = 2;
/** Within the deadline, and a look. */
const WITHIN_SECONDS = 3.25;
const EVERY_MS = 250;
const KEPT = 240;

/** The most that was waited within these seconds. When nobody looked for longer than that, all since counts as one wait. */
export function longestWait(samples: readonly WaitSample[]): number {
  let longest = 0;
  for (const [index, { at, waited }] of samples.entries())
    for (let before = index - 1; before >= 0; before--) {
      const from = samples[before];
      if (!from || (at - from.at > WITHIN_SECONDS && before < index - 1)) break;
      longest = Math.max(longest, waited - from.waited);
    }
  return longest;
}

/** Watches these threads of a process. */
export function watchWaits(pid: number, tids: readonly number[]): Waits {
  let samples: WaitSample[] = [];
  const look = () => {
    try {
      const waited = tids.reduce((sum, tid) => sum + waitedOf(pid, tid), 0);
      const sample = { at: performance.now() / 1000, waited };
      samples = [...samples.slice(1 - KEPT), sample];
    } catch {
      // It has ended: whoever drives it says so.
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    longest() {
      look();
      return longestWait(samples);
    },
    stop: () => clearInterval(timer),
  };
}

/** The second number is the time in the run queue, in ns (Documentation/scheduler/sched-stats.rst). */
const waitedOf = (pid: number, tid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[1]) / 1e9;
