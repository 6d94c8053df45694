import { startApp } from '../driver/app.ts';
import { processCpu, residentMb, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import {
  eventFigure,
  keyFigures,
  pressKeys,
  QUICK_SAMPLES,
  SAMPLES,
  watchEvents,
} from './latencies.ts';
import { startLoad } from './load.ts';
import { atRate, withRate } from './rate.ts';
import { costFigures, measureCosts, type Windows } from './screenCost.ts';
import { OWN_ONLY, SETTLE_MS, SIZE, withApp, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

const EVENTS_PER_SECOND = 10_000;
export const WINDOWS: Windows = { count: 5, seconds: 2 };
export const QUICK_WINDOWS: Windows = { count: 3, seconds: 1 };
const IDLE_WINDOWS: Windows = { count: 5, seconds: 6 };

/** Start-up: from the launcher's exec to the first frame that says "live". With V8's compiled code of the start before, as usual. */
export async function measureStart(runs = 7): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const app = await startApp(OWN_ONLY, SIZE);
    times.push(performance.now() - started);
    await app.quit();
  }
  return figureOf('launcher to first live frame', 'ms', times, { budget: 700 });
}

/** The whole process, screen and agent, while nothing is pressed and no policy is loaded. */
export function measureIdle({ quick }: Effort): Promise<Figure> {
  const { count, seconds } = quick ? QUICK_WINDOWS : IDLE_WINDOWS;
  return withApp([], SIZE, async (app) => {
    await sleep(SETTLE_MS);
    const pid = app.appPid();
    const shares: number[] = [];
    for (let window = 0; window < count; window++) {
      const before = processCpu(pid);
      const started = performance.now();
      await sleep(seconds * 1000);
      const took = (performance.now() - started) / 1000;
      shares.push(((processCpu(pid) - before) / took) * 100);
    }
    return figureOf('idle', '% of a core', shares, { budget: 1 });
  });
}

/** The views that show events as they come, each with what it draws anew. */
const VIEWS = [
  { command: 'view.stream', name: 'stream' },
  { command: 'view.tree', name: 'tree' },
  { command: 'view.binaries', name: 'counters' },
] as const;

/** With 10,000 events a second at 200×60, each view: keys, CPU of the screen, bytes; memory at the end. */
export function measureLoad(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const samples = quick ? QUICK_SAMPLES : SAMPLES;
  return withPolicies(bench, [bench.policy], SIZE, async (app, socket) => {
    const load = startLoad(bench, EVENTS_PER_SECOND);
    try {
      await app.waitForText('read');
      const figures: Figure[] = [];
      for (const { command, name } of VIEWS) {
        const where = `at 10k ev/s, 200×60, ${name}`;
        app.command(command);
        await sleep(SETTLE_MS);
        const { result, rate } = await withRate(socket, EVENTS_PER_SECOND, async () => [
          ...costFigures(await measureCosts(app, quick ? QUICK_WINDOWS : WINDOWS), where),
          ...keyFigures(await pressKeys(app, samples), where),
        ]);
        figures.push(...atRate(rate, result));
      }
      const { result, rate } = await withRate(socket, EVENTS_PER_SECOND, () =>
        watchEvents(app, bench, samples),
      );
      const memory: Figure = {
        name: 'resident memory after the load',
        value: residentMb(app.appPid()),
        unit: 'MB',
        budget: 220,
        spread: undefined,
        note: 'once, at the end',
      };
      return [...figures, ...atRate(rate, [eventFigure(result, 'at 10k ev/s, 200×60')]), memory];
    } finally {
      await load.stop();
    }
  });
}
