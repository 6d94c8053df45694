import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import type { Effort } from './step.ts';
import { exportingJson, watching } from './trigonTracers.ts';

const ROUNDS = 5;
const WARM_UP = 500;
/** Each is an exec and an exit: 2,500 events a second. */
const STARTS_PER_SECOND = 1250;
const SECONDS = 3;
const BUDGET = { watching: 1.5, exporting: 2.4 };

/**
 * A load as a build makes it: two jobs at a time, short programs that each compute for about a millisecond, 2,500 execs and exits
 * a second together.
 */
export const measureBuildLoad = (bench: Bench, { quick }: Effort): Promise<Figure[]> =>
  compare(
    bench,
    {
      name: 'build-like load',
      load: {
        count: STARTS_PER_SECOND * SECONDS,
        workers: 2,
        perSecond: STARTS_PER_SECOND,
        program: bench.step,
      },
      bareCount: STARTS_PER_SECOND * SECONDS,
      rounds: quick ? 1 : ROUNDS,
      warmUp: WARM_UP,
    },
    [
      { tracer: watching, budget: BUDGET.watching },
      { tracer: exportingJson, budget: BUDGET.exporting },
    ],
  );
