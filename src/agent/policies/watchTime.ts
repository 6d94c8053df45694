/** For how long a policy has been on: without it, "no hits" would say as much after a second as after half an hour. */
export type WatchTime = {
  /** @param now ms of any clock that never goes back, the same in each call */
  turn(isOn: boolean, now: number): void;
  /** Ms it was on, of the last `most` ms. */
  within(most: number, now: number): number;
};

/** Times older than this are forgotten, in ms: nobody looks further back. */
const KEPT_MS = 3_600_000;

export function createWatchTime(): WatchTime {
  let ended: { from: number; to: number }[] = [];
  let onSince: number | undefined;

  return {
    turn(isOn, now) {
      if (isOn) {
        onSince ??= now;
        return;
      }
      ended = ended.filter(({ to }) => now - to < KEPT_MS);
      if (onSince !== undefined) ended.push({ from: onSince, to: now });
      onSince = undefined;
    },
    within(most, now) {
      const times = onSince === undefined ? ended : [...ended, { from: onSince, to: now }];
      return times.reduce(
        (sum, { from, to }) => sum + Math.max(0, to - Math.max(from, now - most)),
        0,
      );
    },
  };
}
