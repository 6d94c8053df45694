/**
 * Time for work that strangers can make necessary, in the thread that renews the deadline of armed policies: a burst, and then a small
 * share of all time.
 */
export type Allowance = {
  /** Whether there is time left; a single piece of work may take more than that. */
  readonly isLeft: boolean;
  /** Does the work, and counts its time. */
  spend<T>(work: () => T): T;
};

/**
 * @param burstMs what may be spent at once
 * @param share of the time that goes by, after that
 * @param now ms, of a clock that only goes forward
 */
export function createAllowance(
  burstMs: number,
  share: number,
  now: () => number = () => performance.now(),
): Allowance {
  let left = burstMs;
  let at = now();
  const refill = () => {
    const time = now();
    left = Math.min(burstMs, left + (time - at) * share);
    at = time;
  };
  return {
    get isLeft() {
      refill();
      return left > 0;
    },
    spend(work) {
      refill();
      try {
        return work();
      } finally {
        const took = now() - at;
        at += took;
        left -= took;
      }
    },
  };
}
