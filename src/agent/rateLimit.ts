/** A token bucket that holds a minute's events and is filled evenly, and the account of what it refused. Times in ms. */
export type RateLimit = {
  /** Whether one more event may pass now. */
  take(now: number): boolean;
  /** Events refused in the window that is over now; 0 before its end, and when there were none. */
  endWindow(now: number): number;
  /** Those of the window that still runs, which ends with this. */
  close(): number;
};

const WINDOW_MS = 60_000;

/** @param perMinute a whole number; 0: nothing passes */
export function createRateLimit(perMinute: number, start: number): RateLimit {
  let tokens = perMinute;
  let filledAt = start;
  let windowEnd = start + WINDOW_MS;
  let refused = 0;

  const close = () => {
    const count = refused;
    refused = 0;
    return count;
  };

  return {
    take(now) {
      tokens = Math.min(perMinute, tokens + ((now - filledAt) * perMinute) / WINDOW_MS);
      filledAt = now;
      if (tokens < 1) {
        refused += 1;
        return false;
      }
      tokens -= 1;
      return true;
    },
    endWindow(now) {
      if (now < windowEnd) return 0;
      windowEnd += Math.ceil((now - windowEnd + 1) / WINDOW_MS) * WINDOW_MS;
      return close();
    },
    close,
  };
}
