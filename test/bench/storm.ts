import { compare } from './compare.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { peers } from './peers.ts';
import type { Effort } from './step.ts';
import { exportingJson, onScreen, printingJson, watching } from './trigonTracers.ts';

/** 20,000 execs for each tracer. */
const ROUNDS = 5;
const WARM_UP = 500;
const COUNT = 4000;
/** Twice for each run with a tracer: before and after it. */
const BARE_COUNT = 2000;
const JSON_BUDGET = 6;

/** Programs that do nothing, one after the other as fast as they go: with nothing, with Trigon in each shape, and with its peers. */
export const measureStorm = (bench: Bench, { quick }: Effort): Promise<Figure[]> =>
  compare(
    bench,
    {
      name: 'exec storm',
      load: { count: quick ? 1000 : COUNT, workers: 1, perSecond: 0, program: bench.drop },
      bareCount: BARE_COUNT,
      rounds: quick ? 1 : ROUNDS,
      warmUp: WARM_UP,
    },
    [
      { tracer: watching },
      { tracer: printingJson, budget: JSON_BUDGET },
      { tracer: exportingJson, budget: JSON_BUDGET },
      { tracer: onScreen },
      ...peers.map((tracer) => ({ tracer })),
    ],
  );
