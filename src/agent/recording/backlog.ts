import type { RecordingLine } from './format.ts';

/** Lines beside events that are still to be written, made when there is room for them, a bounded number at a time. */
export type Backlog = {
  readonly isEmpty: boolean;
  /** Behind what waits already. */
  add(lines: Iterable<RecordingLine>): void;
  /**
   * Writes what there is room for.
   *
   * @param budget characters, about
   * @param isLast there is no later
   */
  run(budget: number, isLast?: boolean): void;
};

type Options = {
  readonly encode: (line: RecordingLine) => string;
  /** False: no room now. */
  readonly write: (line: string) => boolean;
  /** Ms, of a clock that only goes forward. */
  readonly now: () => number;
};

/** After a line that found no room: one that is made again and again would cost more than it is worth. */
export const PAUSE_MS = 1000;

export function createBacklog({ encode, write, now }: Options): Backlog {
  let waiting: Iterator<RecordingLine>[] = [];
  /** Made already. */
  let held: string | undefined;
  let retryAt = Number.NEGATIVE_INFINITY;

  const nextLine = (): string | undefined => {
    for (let [first] = waiting; first; [first] = waiting) {
      const { value, done } = first.next();
      if (!done) return encode(value);
      waiting = waiting.slice(1);
    }
    return undefined;
  };

  return {
    get isEmpty() {
      return held === undefined && waiting.length === 0;
    },
    add(lines) {
      waiting.push(lines[Symbol.iterator]());
    },
    run(budget, isLast = false) {
      if (now() < retryAt && !isLast) return;
      for (let used = 0; used < budget; ) {
        held ??= nextLine();
        if (held === undefined) return;
        if (!write(held)) {
          retryAt = now() + PAUSE_MS;
          return;
        }
        used += held.length;
        held = undefined;
      }
    },
  };
}
