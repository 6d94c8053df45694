import type { Tallied } from '../messages.ts';

/** Entries told. */
export const MOST_TOLD = 16;
/** Entries held; one more, and those counted least are dropped until MOST_TOLD are left. */
export const MOST_HELD = 2 * MOST_TOLD;

/**
 * Counts of what happened most often, in bounded memory. What is dropped counts among the others from then on, and begins at 0 when it
 * comes back: a count is never too high, and entries and others together are all that was counted. Half of them go at once, so that
 * what comes often has the time to show it.
 */
export type Tally<Key> = {
  readonly counts: Map<Key, { count: number }>;
  others: number;
};

export const createTally = <Key>(): Tally<Key> => ({ counts: new Map(), others: 0 });

export function countKey<Key>(tally: Tally<Key>, key: Key): void {
  const { counts } = tally;
  const known = counts.get(key);
  if (known) {
    known.count += 1;
    return;
  }
  counts.set(key, { count: 1 });
  if (counts.size > MOST_HELD) drop(tally);
}

/** Of those counted least the oldest first. No sorting: where new keys never end this runs for each 17th. */
function drop<Key>(tally: Tally<Key>): void {
  const { counts } = tally;
  for (let least = 1; counts.size > MOST_TOLD; least *= 2)
    for (const [key, { count }] of counts) {
      if (count > least) continue;
      counts.delete(key);
      tally.others += count;
      if (counts.size === MOST_TOLD) return;
    }
}

/** Of those that are alike the newest first. */
const mostFirst = <Key>({ counts }: Tally<Key>) =>
  [...counts].reverse().sort(([, a], [, b]) => b.count - a.count);

/** The entries counted most, by name. A tally that was never needed is an empty one. */
export function tellTally<Key>(
  tally: Tally<Key> | undefined,
  nameOf: (key: Key) => string,
): Tallied {
  if (!tally) return { entries: [], others: 0 };
  const sorted = mostFirst(tally);
  const untold = sorted.slice(MOST_TOLD).reduce((sum, [, { count }]) => sum + count, 0);
  return {
    entries: sorted.slice(0, MOST_TOLD).map(([key, { count }]) => ({ name: nameOf(key), count })),
    others: tally.others + untold,
  };
}
