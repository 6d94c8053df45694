import { spawn } from 'node:child_process';
import { keyOf } from '../../src/ui/commands.ts';
import { type AppSession, startApp } from '../driver/app.ts';
import { mainThreadCpu, median, percentile, processCpu, residentMb, sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';

const SIZE = { columns: 200, rows: 60 };
const EVENTS_PER_SECOND = 10_000;
const KEYS = 100;
const EVENTS = 100;
const SECONDS = 10;

/** Start-up: from the launcher's exec to the first frame that says "live". */
export async function measureStart(runs = 7): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const app = await startApp([], SIZE);
    times.push(performance.now() - started);
    await app.quit();
  }
  return {
    name: 'launcher to first live frame',
    value: median(times),
    unit: 'ms',
    budget: 700,
    spread: [Math.min(...times), Math.max(...times)],
  };
}

export async function measureIdle(): Promise<Figure> {
  const app = await startApp([], SIZE);
  await sleep(2000);
  const pid = app.appPid();
  const before = processCpu(pid);
  await sleep(SECONDS * 1000);
  const value = ((processCpu(pid) - before) / SECONDS) * 100;
  await app.quit();
  return { name: 'idle', value, unit: '% of a core', budget: 1, spread: undefined };
}

/** The views that show events as they come, each with what it draws anew. */
const VIEWS = [
  { command: 'view.stream', name: 'stream' },
  { command: 'view.tree', name: 'tree' },
  { command: 'view.binaries', name: 'counters' },
] as const;

/** With 10,000 events a second at 200×60, each view: keys, CPU of the screen, bytes; memory at the end. */
export async function measureLoad(bench: Bench): Promise<Figure[]> {
  const app = await startApp(['--policy', bench.policy], SIZE);
  const load = spawn(bench.reads, [String(EVENTS_PER_SECOND), '600', bench.target], {
    stdio: 'ignore',
  });
  await app.waitForText('read');
  const figures: Figure[] = [];
  for (const { command, name } of VIEWS) {
    app.command(command);
    await sleep(2000);
    figures.push(...(await measureCost(app, name)), ...(await measureKeys(app, name)));
  }
  figures.push(await measureEvents(app, bench));
  figures.push({
    name: 'resident memory after the load',
    value: residentMb(app.appPid()),
    unit: 'MB',
    budget: 220,
    spread: undefined,
  });
  load.kill('SIGKILL');
  await app.quit();
  return figures;
}

/** What a view costs the screen's thread, and the link. */
async function measureCost(app: AppSession, view: string): Promise<Figure[]> {
  const pid = app.appPid();
  const cpu = mainThreadCpu(pid);
  const bytes = app.raw().length;
  await sleep(SECONDS * 1000);
  return [
    {
      name: `screen thread at 10k ev/s, 200×60, ${view}`,
      value: ((mainThreadCpu(pid) - cpu) / SECONDS) * 100,
      unit: '% of a core',
      budget: 8,
      spread: undefined,
    },
    {
      name: `output, ${view}`,
      value: (app.raw().length - bytes) / (SECONDS * 10) / 1000,
      unit: 'KB a frame',
      budget: 15,
      spread: undefined,
    },
  ];
}

/** From a key to the frame that shows what it did: zoom, which every view has. */
async function measureKeys(app: AppSession, view: string): Promise<Figure[]> {
  const latencies: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const isZoomed = key % 2 === 0;
    const started = performance.now();
    app.press(keyOf('view.zoom'));
    await app.waitFor((screen) => (screen[1] ?? '').includes(' 1 Stream') !== isZoomed);
    latencies.push(performance.now() - started);
    await sleep(20 + Math.random() * 60);
  }
  const figure = (share: number, name: string, budget: number): Figure => ({
    name: `key to frame at 10k ev/s, 200×60, ${view}, ${name}`,
    value: percentile(latencies, share),
    unit: 'ms',
    budget,
    spread: [Math.min(...latencies), Math.max(...latencies)],
  });
  return [figure(0.5, 'p50', 10), figure(0.99, 'p99', 60)];
}

/** From an event in the kernel, by the time in its row, to that row on the screen: among 10,000 others a second, which a filter hides. */
async function measureEvents(app: AppSession, bench: Bench): Promise<Figure> {
  app.command('view.stream', 'row.filter');
  app.enter('event:exec binary:drop');
  const times: number[] = [];
  for (let run = 0; run < EVENTS; run++) {
    const marker = `marker-${run}-${process.pid}`;
    spawn(bench.drop, [marker], { stdio: 'ignore' });
    await app.waitFor((screen) => screen.some((row) => row.includes(marker)));
    times.push(ageOf(app.screen().find((row) => row.includes(marker)) ?? ''));
    await sleep(20 + Math.random() * 60);
  }
  return {
    name: 'event to screen at 10k ev/s, 200×60, p99',
    value: percentile(times, 0.99),
    unit: 'ms',
    budget: 200,
    spread: [Math.min(...times), Math.max(...times)],
  };
}

const HOUR = 3_600_000;

/** Milliseconds since the time that a row of the stream begins with. Of the hour, which is the same in nearly all time zones. */
function ageOf(row: string): number {
  const [, minutes, seconds] = /\d\d:(\d\d):(\d\d\.\d{3})/.exec(row) ?? [];
  const then = (Number(minutes) * 60 + Number(seconds)) * 1000;
  return (Date.now() - then) % HOUR;
}
