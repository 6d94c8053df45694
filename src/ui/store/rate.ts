import { ASCII_BARS, BARS } from '../text/ascii.ts';

/** Something per second over the last seconds. */
export type RateMeter = {
  count(events: number): void;
  /** Closes the current second; call once a second. */
  tick(): void;
  /** Of the last full second. */
  readonly perSecond: number;
  /** Of each of the last seconds, the oldest first. */
  readonly history: readonly number[];
  /** Forgets all seconds: what is counted is something else from now on. */
  reset(): void;
};

export function createRateMeter(seconds = 8): RateMeter {
  const history = new Array<number>(seconds).fill(0);
  let current = 0;
  return {
    count(events) {
      current += events;
    },
    tick() {
      history.push(current);
      history.shift();
      current = 0;
    },
    get perSecond() {
      return history.at(-1) ?? 0;
    },
    history,
    reset() {
      history.fill(0);
      current = 0;
    },
  };
}

/** One character a value, its height relative to the highest. The lowest is for nothing alone: anything at all shows. */
export function sparkline(values: readonly number[], ascii = false): string {
  const bars = ascii ? ASCII_BARS : BARS;
  const highest = Math.max(...values, 1);
  const barOf = (value: number) =>
    value <= 0 ? 0 : Math.max(1, Math.round((value / highest) * (bars.length - 1)));
  return values.map((value) => bars[barOf(value)] ?? bars[0]).join('');
}
