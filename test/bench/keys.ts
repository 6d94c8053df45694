import { sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { KEY_BUDGETS, keyFigures, pressKeys, QUICK_SAMPLES, SAMPLES } from './latencies.ts';
import { startLoad } from './load.ts';
import { atRate, withRate } from './rate.ts';
import { SETTLE_MS, SIZE, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

/** The budgets are for 10,000 a second; the others are for information. */
const RATES = [
  { perSecond: 0, name: '0', budgets: {}, samples: 100 },
  { perSecond: 1000, name: '1k', budgets: {}, samples: 100 },
  { perSecond: 10_000, name: '10k', budgets: KEY_BUDGETS, samples: SAMPLES },
  { perSecond: 100_000, name: '100k', budgets: {}, samples: 100 },
] as const;

/** From a key to its frame in the stream view, at 200×60. */
export function measureKeysByRate(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  return withPolicies(bench, [bench.policy], SIZE, async (app, socket) => {
    const figures: Figure[] = [];
    app.command('view.stream');
    for (const { perSecond, name, budgets, samples } of RATES) {
      const load = startLoad(bench, perSecond);
      try {
        await sleep(SETTLE_MS);
        const { result, rate } = await withRate(socket, perSecond, () =>
          pressKeys(app, quick ? QUICK_SAMPLES : samples),
        );
        figures.push(...atRate(rate, keyFigures(result, `at ${name} ev/s, 200×60`, budgets)));
      } finally {
        await load.stop();
      }
    }
    return figures;
  });
}
