import { askTrigon } from '../../src/agent/control/client.ts';
import { totalLost } from '../../src/agent/lost.ts';
import type { Figure } from './figure.ts';

/** What policies told of while something was measured. */
export type Rate = {
  /** What was asked for. */
  readonly nominal: number;
  /** Events a second that came, and how many were lost in all. */
  readonly told: number;
  readonly lost: number;
};

/** Below this share of the nominal rate a figure is not what its name says. */
const LEAST = 0.9;

/**
 * Does the work, and finds out at what rate policies told of events meanwhile. The counters are the kernel's own, of this moment.
 *
 * @param socket control socket of the Trigon that is measured
 * @param nominal events a second that the load makes
 */
export async function withRate<T>(
  socket: string,
  nominal: number,
  work: () => Promise<T>,
): Promise<{ result: T; rate: Rate }> {
  const before = await readTold(socket);
  const result = await work();
  const after = await readTold(socket);
  const seconds = (after.at - before.at) / 1000;
  const told = (after.told - before.told) / seconds;
  return { result, rate: { nominal, told, lost: after.lost - before.lost } };
}

/** Since Trigon started. */
export type Told = {
  /** Events that policies told of, and how many policies did. */
  readonly told: number;
  readonly telling: number;
  readonly lost: number;
  /** When that was, in ms. */
  readonly at: number;
};

export async function readTold(socket: string): Promise<Told> {
  const { policies, lost } = await askTrigon(socket, { command: 'stats' });
  const posted = policies.map(({ counts }) => counts.posted).filter((count) => count > 0);
  const told = posted.reduce((sum, count) => sum + count, 0);
  return { told, telling: posted.length, lost: totalLost(lost), at: performance.now() };
}

/** The figures with a note of the rate; with an error when it was not what their names say. */
export function atRate(rate: Rate, figures: readonly Figure[]): Figure[] {
  const { nominal, told, lost } = rate;
  const text = `${formatRate(told)} ev/s told, ${lost} lost`;
  const error = `only ${text}, of ${formatRate(nominal)} a second that were to be`;
  return figures.map((figure) => ({
    ...figure,
    note: [...(figure.note === undefined ? [] : [figure.note]), text].join('; '),
    ...(told < nominal * LEAST ? { error } : {}),
  }));
}

/** 98.2k, 100k, 950. */
const formatRate = (perSecond: number): string =>
  perSecond < 1000
    ? perSecond.toFixed(0)
    : `${(perSecond / 1000).toFixed(perSecond < 99_950 ? 1 : 0).replace(/\.0$/, '')}k`;
