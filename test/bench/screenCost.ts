import type { AppSession } from '../driver/app.ts';
import { mainThreadCpu, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';

/** What a view costs the screen's thread, and the link, in a stretch of time. */
export type ScreenCost = {
  /** Percent of a core. */
  readonly cpu: number;
  readonly frames: number;
  /** Of the screen's thread. */
  readonly msPerFrame: number;
  readonly kbPerFrame: number;
};

/** Stretches of time, one after the other: the spread of a figure is theirs. */
export type Windows = { readonly count: number; readonly seconds: number };

/** The terminal shows what comes between this and its end at once: one a frame (src/ui/terminal/compositor.ts). */
const FRAME = '\x1b[?2026h';

export async function measureCosts(
  app: AppSession,
  { count, seconds }: Windows,
): Promise<ScreenCost[]> {
  const costs: ScreenCost[] = [];
  for (let window = 0; window < count; window++) costs.push(await measureCost(app, seconds));
  return costs;
}

async function measureCost(app: AppSession, seconds: number): Promise<ScreenCost> {
  const pid = app.appPid();
  const cpu = mainThreadCpu(pid);
  const written = app.raw().length;
  const started = performance.now();
  await sleep(seconds * 1000);
  const used = mainThreadCpu(pid) - cpu;
  const took = (performance.now() - started) / 1000;
  const output = app.raw().slice(written);
  const frames = output.split(FRAME).length - 1;
  if (frames === 0) throw new Error(`the screen drew nothing for ${seconds} s`);
  return {
    cpu: (used / took) * 100,
    frames,
    msPerFrame: (used * 1000) / frames,
    kbPerFrame: Buffer.byteLength(output) / frames / 1000,
  };
}

/** @param where the last part of the figures' names */
export const costFigures = (costs: readonly ScreenCost[], where: string): Figure[] => [
  figureOf(
    `screen thread ${where}`,
    '% of a core',
    costs.map(({ cpu }) => cpu),
    { budget: 8 },
  ),
  figureOf(
    `output ${where}`,
    'KB a frame',
    costs.map(({ kbPerFrame }) => kbPerFrame),
    { budget: 15 },
  ),
];
