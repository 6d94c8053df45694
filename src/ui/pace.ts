export type PaceOptions = {
  /** Frames a second, at most, for what happens by itself. */
  readonly fps: number;
  /** What the link carries; undefined: whatever is needed. */
  readonly bytesPerSecond?: number | undefined;
};

/** Decides when events may be painted. Keys are painted at once; what their frames cost, events wait for. */
export type Pace = {
  /** @returns ms until the next frame for events */
  wait(now: number): number;
  /** A frame of so many bytes was written. */
  painted(bytes: number, now: number): void;
};

/** Quiet seconds are saved up, so that a burst is shown at once: but so many at most, or a terminal would get seconds of it. */
const SAVED_SECONDS = 1;

/** @param start ms, by the clock of the other calls */
export function createPace({ fps, bytesPerSecond }: PaceOptions, start = 0): Pace {
  const interval = 1000 / fps;
  const most = (bytesPerSecond ?? 0) * SAVED_SECONDS;
  let paintedAt = Number.NEGATIVE_INFINITY;
  /** Bytes that may be written now; below zero: too many were. */
  let budget = most;
  let countedAt = start;

  const earn = (now: number, rate: number) => {
    budget = Math.min(most, budget + ((now - countedAt) / 1000) * rate);
    countedAt = now;
  };

  return {
    wait(now) {
      const forFrames = Math.max(0, paintedAt + interval - now);
      if (bytesPerSecond === undefined) return forFrames;
      earn(now, bytesPerSecond);
      return Math.max(forFrames, (-budget / bytesPerSecond) * 1000);
    },
    painted(bytes, now) {
      paintedAt = now;
      if (bytesPerSecond === undefined) return;
      earn(now, bytesPerSecond);
      budget -= bytes;
    },
  };
}
