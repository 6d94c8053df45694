import { spawn } from 'node:child_process';
import { keyOf } from '../../src/ui/commands.ts';
import { startApp } from '../driver/app.ts';
import { mainThreadCpu, median, percentile, processCpu, residentMb, sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';

const SIZE = { columns: 200, rows: 60 };
const EVENTS_PER_SECOND = 10_000;
const KEYS = 100;
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

/** With 10,000 events a second at 200×60: keys, CPU of the screen, bytes, memory. */
export async function measureLoad(bench: Bench): Promise<Figure[]> {
  const app = await startApp(['--policy', bench.policy], SIZE);
  const load = spawn(bench.reads, [String(EVENTS_PER_SECOND), '60', bench.target], {
    stdio: 'ignore',
  });
  await app.waitForText('read');
  await sleep(2000);
  const pid = app.appPid();

  const cpu = mainThreadCpu(pid);
  const bytes = app.raw().length;
  await sleep(SECONDS * 1000);
  const screenCpu = ((mainThreadCpu(pid) - cpu) / SECONDS) * 100;
  const bytesPerFrame = (app.raw().length - bytes) / (SECONDS * 10) / 1000;

  const latencies: number[] = [];
  for (let key = 0; key < KEYS; key++) {
    const wanted = key % 2 === 0 ? 'paused' : '● live';
    const started = performance.now();
    app.press(keyOf('stream.pause'));
    await app.waitFor((screen) => (screen[0] ?? '').includes(wanted));
    latencies.push(performance.now() - started);
    await sleep(20 + Math.random() * 60);
  }
  const rss = residentMb(pid);
  load.kill('SIGKILL');
  await app.quit();
  const ms = (name: string, value: number, budget: number): Figure => ({
    name,
    value,
    unit: 'ms',
    budget,
    spread: [Math.min(...latencies), Math.max(...latencies)],
  });
  return [
    ms('key to frame at 10k ev/s, 200×60, p50', percentile(latencies, 0.5), 10),
    ms('key to frame at 10k ev/s, 200×60, p99', percentile(latencies, 0.99), 60),
    {
      name: 'screen thread at 10k ev/s, 200×60, all rows new',
      value: screenCpu,
      unit: '% of a core',
      budget: 8,
      spread: undefined,
    },
    { name: 'output', value: bytesPerFrame, unit: 'KB a frame', budget: 15, spread: undefined },
    {
      name: 'resident memory after the load',
      value: rss,
      unit: 'MB',
      budget: 220,
      spread: undefined,
    },
  ];
}
