/** A key pressed meanwhile is answered after this at the latest. */
const SLICE_MS = 8;

/** A long piece of work, done bit by bit. */
export type SlicedJob = {
  /** Goes on until nothing is left (true), or the time is over, which must be asked for often. */
  slice(isOver: () => boolean): boolean;
  /** After each slice in the background. */
  onProgress(): void;
};

export type SlicedWork = {
  /** Does what this turn has time for, the rest in the background. @returns true when nothing is left */
  work(): boolean;
  /** The background leaves it alone until the next `work`. */
  stop(): void;
};

export type Slices = { start(job: SlicedJob): SlicedWork };

/**
 * Shares the time of the thread between keys and paints, which come first, and long searches: all jobs together have a few
 * milliseconds in each turn of the event loop, and take their turns in the background.
 *
 * @param defer runs it in the next turn; one that doesn't hold the loop would wait for the next event
 * @param now ms of any clock that only goes forward
 */
export function createSlices(
  defer: (run: () => void) => unknown,
  now: () => number = () => performance.now(),
): Slices {
  const waiting = new Set<SlicedJob>();
  /** Milliseconds that jobs have had in this turn. */
  let used = 0;
  let isScheduled = false;

  const run = (job: SlicedJob): boolean => {
    const start = now();
    const end = start + SLICE_MS - used;
    const isDone = job.slice(() => now() >= end);
    used += now() - start;
    if (isDone) waiting.delete(job);
    else waiting.add(job);
    if (!isScheduled) {
      isScheduled = true;
      defer(nextTurn);
    }
    return isDone;
  };

  const nextTurn = () => {
    isScheduled = false;
    used = 0;
    for (const job of [...waiting]) {
      if (used >= SLICE_MS) break;
      // It may have been stopped by the one before.
      if (!waiting.delete(job)) continue;
      run(job);
      job.onProgress();
    }
  };

  return {
    start: (job) => ({
      work: () => run(job),
      stop() {
        waiting.delete(job);
      },
    }),
  };
}

/** Those of this thread. */
export const slices: Slices = createSlices((run) => setImmediate(run));
