/** The numbers of the events that are there: from the oldest to the one that comes next. */
export type Held = { readonly first: number; readonly next: number };

/**
 * Events in a row, each at a position: what the stream scrolls over. Without a filter the positions are the events' numbers; with
 * one they count matches, and stay what they are when older or newer matches are found.
 */
export type Sequence = Held & {
  /** Number of the event at a position. */
  numberAt(position: number): number | undefined;
  /** First position whose event has this number or a higher one. */
  positionOf(number: number): number;
};

/**
 * Which events match a filter, found out bit by bit: position 0 is the first match from `origin` on, matches before it have
 * negative positions. Newest first, so that the screen fills at once; new ones in the order in which they come, so that positions
 * stay. Where they come faster than they can be tested, stretches of them are skipped for good.
 */
export type FilterIndex = Sequence & {
  /** Events from this number on have been tested, up to `testedTo`, but those that were skipped. */
  readonly testedFrom: number;
  readonly testedTo: number;
  /** Events between these two that have not been tested, nor evicted. */
  readonly skipped: number;
  /**
   * When the last `work` was not enough for what had come, and so much waits that what it would find is old, or evicted: goes on
   * with as many of the newest events as that work could test, and skips the others.
   */
  keepUp(held: Held): void;
  /** Forgets evicted events and tests others until all are done (true), or the time is over. */
  work(held: Held, isOver: () => boolean): boolean;
};

/** Evicted entries at the front of the array before it is made anew. */
const MAX_WASTE = 1024;

/** A tenth of what the store holds; the slowest filter takes about a second for it. */
export const MOST_WAITING = 10_000;
/** So many are tested before the next ones are skipped, however little time there was the last time. */
const LEAST_TESTED = 16;

export function createFilterIndex(
  origin: number,
  matches: (number: number) => boolean,
): FilterIndex {
  /** Matches before the origin, the newest first: entry i is at position -1 - i. */
  const older: number[] = [];
  /** Matches from the origin on, the oldest first; the ones before `head` are evicted. */
  let newer: number[] = [];
  let newerBase = 0;
  let head = 0;
  let testedFrom = origin;
  let testedTo = origin;
  /** Numbers of events that were skipped, up to `next`, the oldest first. */
  let gaps: Held[] = [];
  /** New events that the last `work` tested before its time was over; undefined: all that there were. */
  let testedInTime: number | undefined;

  const firstPosition = () => (older.length > 0 ? -older.length : newerBase + head);
  const nextPosition = () => newerBase + newer.length;

  const evict = (first: number) => {
    while (older.length > 0 && (older.at(-1) ?? first) < first) older.pop();
    while (head < newer.length && (newer[head] ?? first) < first) head += 1;
    if (head > MAX_WASTE && head * 2 > newer.length) {
      newer = newer.slice(head);
      newerBase += head;
      head = 0;
    }
    testedFrom = Math.max(testedFrom, first);
    testedTo = Math.max(testedTo, first);
    if (gaps[0] && gaps[0].first < first)
      gaps = gaps
        .map((gap) => ({ ...gap, first: Math.max(gap.first, first) }))
        .filter((gap) => gap.first < gap.next);
  };

  const numberAt = (position: number): number | undefined => {
    if (position < firstPosition()) return undefined;
    return position < 0 ? older[-1 - position] : newer[position - newerBase];
  };

  return {
    get first() {
      return firstPosition();
    },
    get next() {
      return nextPosition();
    },
    get testedFrom() {
      return testedFrom;
    },
    get testedTo() {
      return testedTo;
    },
    get skipped() {
      return gaps.reduce((sum, gap) => sum + gap.next - gap.first, 0);
    },
    keepUp(held) {
      if (testedInTime === undefined) return;
      const isOld = held.next - testedTo > MOST_WAITING || held.first > testedTo;
      const first = Math.max(testedTo, held.first);
      const next = held.next - Math.max(testedInTime, LEAST_TESTED);
      if (!isOld || next <= first) return;
      gaps.push({ first, next });
      testedTo = next;
    },
    numberAt,
    positionOf(number) {
      let low = firstPosition();
      let high = nextPosition();
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if ((numberAt(middle) ?? Number.POSITIVE_INFINITY) < number) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    work(held, isOver) {
      evict(held.first);
      const begun = testedTo;
      for (; testedTo < held.next; testedTo++) {
        if (isOver()) {
          // One that had no time at all tells nothing.
          testedInTime = testedTo > begun ? testedTo - begun : (testedInTime ?? 0);
          return false;
        }
        if (matches(testedTo)) newer.push(testedTo);
      }
      testedInTime = undefined;
      for (; testedFrom > held.first; testedFrom--) {
        if (isOver()) return false;
        if (matches(testedFrom - 1)) older.push(testedFrom - 1);
      }
      return true;
    },
  };
}
