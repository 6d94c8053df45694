/** When a thread that dies may be started again. */
export type Deaths = {
  /** @param now ms, of a clock that only goes forward. @returns whether it rests for long */
  died(now: number): boolean;
  mayStart(now: number): boolean;
};

const REST_MS = 10_000;
/** So many, none of them an hour after the one before: it rests for an hour. */
const MOST_DEATHS = 5;
const FORGOTTEN_MS = 3_600_000;

export function createDeaths(): Deaths {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;

  return {
    died(now) {
      count = now - last >= FORGOTTEN_MS ? 1 : count + 1;
      last = now;
      return count >= MOST_DEATHS;
    },
    mayStart: (now) => now - last >= (count >= MOST_DEATHS ? FORGOTTEN_MS : REST_MS),
  };
}
