import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AppSession } from '../driver/app.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { median, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { pressKeys } from './latencies.ts';
import { startLoad } from './load.ts';
import { readTold } from './rate.ts';
import { measureCosts, type ScreenCost, type Windows } from './screenCost.ts';
import { SETTLE_MS, SIZE, withPolicies } from './session.ts';
import type { Effort } from './step.ts';

/** Enough for each frame to be new from top to bottom, and so few that little is stored while they are drawn. */
const EVENTS_PER_SECOND = 1000;
/** As many as the screen keeps (src/ui/store/eventStore.ts). */
const STORED = 100_000;
/** A few more than that. */
const FILL = { perSecond: 25_000, seconds: 5 };
const PROCESSES = { few: 100, many: 5000 };
const WINDOWS: Windows = { count: 5, seconds: 2 };
const QUICK_WINDOWS: Windows = { count: 3, seconds: 1 };
/** Drawing what V8 has not compiled yet would hide what grows. */
const WARM_UP_KEYS = 60;
/** A walk over all of it would make this a hundred, or fifty. */
const MOST_GROWTH = 1.5;

/** Whether a frame costs more when more is stored: it should cost what is on the screen. */
export function measureStored(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const windows = quick ? QUICK_WINDOWS : WINDOWS;
  return withPolicies(bench, [bench.policy], SIZE, async (app, socket) => {
    const stream = await measureStream(bench, app, socket, windows);
    const tree = await measureTree(bench, app, windows);
    return [
      growthFigure(`frame of the stream, ${STORED} events stored over some thousand`, stream),
      growthFigure(
        `frame of the tree, ${PROCESSES.many} processes more over ${PROCESSES.few}`,
        tree,
      ),
    ];
  });
}

type Growth = { readonly few: readonly ScreenCost[]; readonly many: readonly ScreenCost[] };

/** The screen keeps what it has: few events can only be measured first. */
async function measureStream(
  bench: Bench,
  app: AppSession,
  socket: string,
  windows: Windows,
): Promise<Growth> {
  app.command('view.stream');
  await pressKeys(app, WARM_UP_KEYS);
  const few = await withLoad(bench, () => measureCosts(app, windows));
  const { told } = await readTold(socket);
  if (told > STORED / 5) throw new Error(`${told} events are not few any more`);
  await startLoad(bench, FILL.perSecond, { seconds: FILL.seconds }).ended;
  if (!(await until(async () => (await readTold(socket)).told >= told + STORED)))
    throw new Error(`not ${STORED} events came`);
  const many = await withLoad(bench, () => measureCosts(app, windows));
  return { few, many };
}

async function measureTree(bench: Bench, app: AppSession, windows: Windows): Promise<Growth> {
  app.command('view.tree');
  await withLoad(bench, () => pressKeys(app, WARM_UP_KEYS));
  const program = join(bench.folder, 'processes');
  compileProgram(join(import.meta.dirname, 'processes.c'), program);
  const measureWith = (count: number) =>
    withProcesses(program, count, () => withLoad(bench, () => measureCosts(app, windows)));
  return {
    few: await measureWith(PROCESSES.few),
    many: await measureWith(PROCESSES.many),
  };
}

async function withLoad<T>(bench: Bench, work: () => Promise<T>): Promise<T> {
  const load = startLoad(bench, EVENTS_PER_SECOND);
  try {
    await sleep(SETTLE_MS);
    return await work();
  } finally {
    await load.stop();
  }
}

/** Does the work while so many processes more are there. */
async function withProcesses<T>(
  program: string,
  count: number,
  work: () => Promise<T>,
): Promise<T> {
  const child = spawn(program, [String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  try {
    const [ready] = await Promise.race([once(child.stdout, 'data'), closed]);
    if (!(ready instanceof Buffer)) throw new Error(`${count} processes can't be started`);
    return await work();
  } finally {
    child.stdin.end();
    await closed;
  }
}

/** The ratio of the medians; its spread is of each with many over the median with few. */
function growthFigure(name: string, { few, many }: Growth): Figure {
  const least = median(few.map((cost) => cost.msPerFrame));
  const ratios = many.map(({ msPerFrame }) => msPerFrame / least);
  const frames = [...few, ...many].reduce((sum, cost) => sum + cost.frames, 0);
  return figureOf(name, '×', ratios, {
    budget: MOST_GROWTH,
    note: `${least.toFixed(2)} ms before; of ${frames} frames`,
  });
}
