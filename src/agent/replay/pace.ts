/** When the next event is due. */
export type Pace = {
  /**
   * @param time of the next event, ns since the epoch
   * @param now ms, of a clock that only goes forward
   * @returns ms until it is due; 0: it is
   */
  wait(time: bigint, speed: number, now: number): number;
  /** What comes next is due at once, and what follows counts from there. */
  forget(): void;
};

/** Longer ones are cut to the other. */
const LONG_GAP_MS = 60_000;
const SHORT_GAP_MS = 1000;

/** @param hasRealGaps long gaps are kept */
export function createPace(hasRealGaps: boolean): Pace {
  /** The event that was due last, and when. */
  let before: { time: bigint; due: number } | undefined;
  /** The one that is waited for: its event's time, and the gap before it in ms. */
  let awaited: { time: bigint; gap: number } | undefined;

  const gapTo = (time: bigint, from: bigint): number => {
    const gap = Number(time - from) / 1e6;
    // Lines may stand out of order.
    if (gap <= 0) return 0;
    return gap > LONG_GAP_MS && !hasRealGaps ? SHORT_GAP_MS : gap;
  };

  return {
    wait(time, speed, now) {
      if (!before) {
        before = { time, due: now };
        return 0;
      }
      if (awaited?.time !== time) awaited = { time, gap: gapTo(time, before.time) };
      const due = before.due + awaited.gap / speed;
      if (due > now) return due - now;
      // One that is late doesn't hurry those behind it for long: what is behind by more is let go.
      before = { time, due: Math.max(due, now - SHORT_GAP_MS) };
      awaited = undefined;
      return 0;
    },
    forget() {
      before = undefined;
      awaited = undefined;
    },
  };
}
