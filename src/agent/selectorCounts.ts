import type { RunCounts, SelectorCounts } from './messages.ts';

export const NO_COUNTS: Readonly<SelectorCounts> = {
  matched: 0,
  posted: 0,
  rateLimited: 0,
  lost: 0,
  wouldAct: 0,
  killed: 0,
  signalled: 0,
  overridden: 0,
  sparedProtected: 0,
  sparedExpired: 0,
  sparedFused: 0,
  wrongContext: 0,
  failed: 0,
  moot: 0,
};

/** Recordings of older versions lack some. */
export function addCounts(all: readonly SelectorCounts[]): SelectorCounts {
  const sum = { ...NO_COUNTS };
  for (const counts of all)
    for (const name of Object.keys(sum) as (keyof SelectorCounts)[]) sum[name] += counts[name] ?? 0;
  return sum;
}

/** Fewer runs hold too few timed ones (every 64th, on each CPU) for a mean that says anything. */
const RUNS_FOR_A_MEAN = 2048;

/** Mean time of a policy's run in ns, an estimate; undefined: not enough runs yet. */
export const meanRunNs = ({
  runs,
  runTimeNs,
}: Pick<RunCounts, 'runs' | 'runTimeNs'>): number | undefined =>
  runs < RUNS_FOR_A_MEAN ? undefined : Math.round(runTimeNs / runs);
