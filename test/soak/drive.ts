import type { Losses } from './losses.ts';
import type { Sampler } from './measures.ts';
import { createOperator, type Hands, Interrupted } from './operator.ts';
import type { Rests } from './rests.ts';
import { standStill } from './standstill.ts';

export type DriveOptions = {
  readonly seconds: number;
  readonly seed: number;
  /** Ends it early, in order. */
  readonly signal?: AbortSignal;
  onProgress?(line: string): void;
};

/** From here on noise evens out, and a minute in which Trigon is stopped fits into the warm-up. */
export const LONG_SECONDS = 600;
/** Between two rests. */
const LONGEST_ROUND_MS = 30_000;
/** Of the time, before measures count. */
const WARM_UP = 0.2;
const PROGRESS_MS = 30_000;

type Drive = DriveOptions & {
  readonly hands: Hands;
  readonly rests: Rests;
  readonly losses: Losses;
  /** See {@link standStill}. */
  readonly marker: string;
  readonly sampler: Sampler;
  isOver(): boolean;
};

/** The tour, and then rounds of deeds with a rest after each, until the time is over. */
export async function drive(given: Drive): Promise<void> {
  const { seconds, seed, signal, hands, rests, losses, sampler, isOver } = given;
  const { subject, rules, ledger } = hands;
  const operator = createOperator(hands, seed);
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const deadline = started + seconds * 1000;
  const isEnded = () => signal?.aborted === true || isOver() || performance.now() >= deadline;
  const roundMs = Math.min(LONGEST_ROUND_MS, (seconds * 1000) / 6);
  const progress = setInterval(() => {
    const done = ledger.counts.get('deeds') ?? 0;
    const [now] = sampler.measures();
    const words = [
      `${Math.round(elapsed())} s of ${Math.round(seconds)}`,
      `${done} deeds, ${ledger.counts.get('victims') ?? 0} victims`,
      `${now?.latest?.toFixed(0)} MB resident`,
      `${ledger.failures.length} failures`,
    ];
    given.onProgress?.(words.join(', '));
  }, PROGRESS_MS);
  const restAndCheck = async () => {
    await operator.rest();
    await rests.check();
  };
  let doing = operator.doing;
  try {
    await operator.tour(signal);
    await restAndCheck();
    if (seconds >= LONG_SECONDS) {
      doing = () => 'stopped for a minute, and continued';
      await standStill(hands, losses, given.marker, signal);
      doing = operator.doing;
      await restAndCheck();
    }
    let isWarm = false;
    // Two rests at least: else there is nothing to compare.
    while (!isEnded() || (rests.all.length < 2 && signal?.aborted !== true)) {
      if (!isWarm && elapsed() >= seconds * WARM_UP) {
        isWarm = true;
        await sampler.begin();
      }
      const end = Math.min(deadline, performance.now() + roundMs);
      do await operator.act();
      while (performance.now() < end && !isEnded());
      await restAndCheck();
    }
    await rules.reckon();
    if (signal?.aborted !== true) await sampler.end();
  } catch (error) {
    if (error instanceof Interrupted) return;
    const what = error instanceof Error ? error.message : String(error);
    const ending = subject.ended() === undefined ? '' : `; it has ended with ${subject.ended()}`;
    const screen = what.includes('the screen:') ? '' : `\n${subject.app.shown()}`;
    ledger.fail(`${doing()}: ${what}${ending}${screen}`);
  } finally {
    clearInterval(progress);
  }
}
