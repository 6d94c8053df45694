import { sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { startLoad } from './load.ts';
import { atRate, withRate } from './rate.ts';
import { measureCosts, type Windows } from './screenCost.ts';
import { SETTLE_MS, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

const EVENTS_PER_SECOND = 10_000;
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
  { columns: 300, rows: 100 },
] as const;

const WINDOWS: Windows = { count: 5, seconds: 1.2 };
const QUICK_WINDOWS: Windows = { count: 3, seconds: 1 };

/** What a frame of the stream costs when all its rows are new, by the size of the terminal. */
export function measureSizes(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  return withPolicies(bench, [bench.policy], SIZES[0], async (app, socket) => {
    const load = startLoad(bench, EVENTS_PER_SECOND);
    const figures: Figure[] = [];
    try {
      await app.waitForText('read');
      for (const { columns, rows } of SIZES) {
        app.resize(columns, rows);
        await sleep(SETTLE_MS);
        const { result: costs, rate } = await withRate(socket, EVENTS_PER_SECOND, () =>
          measureCosts(app, quick ? QUICK_WINDOWS : WINDOWS),
        );
        const where = `of ${columns}×${rows} at 10k ev/s`;
        const note = `of ${costs.reduce((sum, { frames }) => sum + frames, 0)} frames`;
        const [ms, kb] = [
          costs.map((cost) => cost.msPerFrame),
          costs.map((cost) => cost.kbPerFrame),
        ];
        figures.push(
          ...atRate(rate, [
            figureOf(`frame ${where}, CPU`, 'ms', ms, { note }),
            figureOf(`frame ${where}, output`, 'KB', kb, { note }),
          ]),
        );
      }
    } finally {
      await load.stop();
    }
    return figures;
  });
}
