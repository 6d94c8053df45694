import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { keyOf } from '../../src/ui/commands.ts';
import type { AppSession } from '../driver/app.ts';
import { percentile, sleep } from './cpu.ts';
import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { PATIENCE, SETTLE_MS } from './session.ts';

export const KEY_BUDGETS = { p50: 10, p99: 60 };
const EVENT_BUDGET = 200;
/** Of what has a budget: the 99th of a hundred would be but the last but one. */
export const SAMPLES = 300;
export const QUICK_SAMPLES = 20;
/** Longer than a frame of events, so that each sample falls somewhere else between two of them. */
const BETWEEN_MS = 100;

const pause = () => sleep(Math.random() * BETWEEN_MS);

/** Ms from a key to the frame that shows what it did: zoom, which every view has. */
export async function pressKeys(app: AppSession, keys: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let key = 0; key < keys; key++) {
    const isZoomed = key % 2 === 0;
    const started = performance.now();
    app.press(keyOf('view.zoom'));
    await app.waitFor((screen) => (screen[1] ?? '').includes(' 1 Stream') !== isZoomed, PATIENCE);
    latencies.push(performance.now() - started);
    await pause();
  }
  return latencies;
}

export const keyFigures = (
  latencies: readonly number[],
  where: string,
  budgets: Partial<typeof KEY_BUDGETS> = KEY_BUDGETS,
): Figure[] => [
  latencyFigure(`key to frame ${where}`, latencies, 0.5, budgets.p50),
  latencyFigure(`key to frame ${where}`, latencies, 0.99, budgets.p99),
];

/**
 * Ms from an event in the kernel, by the time in its row, to that row on the screen: among others, which a filter hides. Leaves the
 * stream in view, with that filter.
 */
export async function watchEvents(
  app: AppSession,
  bench: Bench,
  events: number,
): Promise<number[]> {
  app.command('view.stream', 'row.filter');
  // By its folder: other benchmarks may start theirs.
  app.enter(`event:exec binary:${basename(bench.folder)}`);
  const measure = (number: number): Promise<number> => {
    const marker = `marker-${number}-${process.pid}`;
    const age = ageOnScreen(app, marker);
    // It is awaited with the others.
    age.catch(() => {});
    spawn(bench.drop, [marker], { stdio: 'ignore' });
    return age;
  };
  // Until the filter has looked at what there was before.
  await measure(0);
  await sleep(SETTLE_MS);
  const ages: Promise<number>[] = [];
  while (ages.length < events) {
    ages.push(measure(ages.length + 1));
    await pause();
  }
  return Promise.all(ages);
}

/** Waits for a row with the text; resolves to how old its event is then. */
async function ageOnScreen(app: AppSession, marker: string): Promise<number> {
  const isIt = (row: string) => row.includes(marker);
  await app.waitFor((screen) => screen.some(isIt), PATIENCE);
  return ageOf(app.screen().find(isIt) ?? '');
}

export const eventFigure = (times: readonly number[], where: string): Figure =>
  latencyFigure(`event to screen ${where}`, times, 0.99, EVENT_BUDGET);

const latencyFigure = (
  name: string,
  times: readonly number[],
  share: number,
  budget: number | undefined,
): Figure => ({
  name: `${name}, p${share * 100}`,
  value: percentile(times, share),
  unit: 'ms',
  budget,
  spread: [Math.min(...times), Math.max(...times)],
  note: `of ${times.length}`,
});

const HOUR = 3_600_000;

/** Milliseconds since the time that a row of the stream begins with. Of the hour, which is the same in nearly all time zones. */
function ageOf(row: string): number {
  const [, minutes, seconds] = /\d\d:(\d\d):(\d\d\.\d{3})/.exec(row) ?? [];
  const then = (Number(minutes) * 60 + Number(seconds)) * 1000;
  return (Date.now() - then) % HOUR;
}
