/** Events per second over the last seconds, for the header. */
export type RateMeter = {
  count(events: number): void;
  /** Closes the current second; call once a second. */
  tick(): void;
  /** Events of the last full second. */
  readonly perSecond: number;
  /** Events of each of the last seconds, the oldest first. */
  readonly history: readonly number[];
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
  };
}

const BARS = '▁▂▃▄▅▆▇█';

/** One character a value, its height relative to the highest. */
export function sparkline(values: readonly number[]): string {
  const highest = Math.max(...values, 1);
  return values
    .map((value) => BARS[Math.round((value / highest) * (BARS.length - 1))] ?? BARS[0])
    .join('');
}
