/** Something per second over the last seconds. */
export type RateMeter = {
  count(events: number): void;
  /** Closes the current second; call once a second, or for several at once, over which what was counted is spread. */
  tick(seconds?: number): void;
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
    tick(over = 1) {
      const each = Math.round(current / over);
      for (let second = Math.min(over, seconds); second > 0; second--) {
        history.push(each);
        history.shift();
      }
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
