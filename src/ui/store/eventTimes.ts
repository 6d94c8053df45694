import type { Held } from './filterIndex.ts';

/** The times of the events that are there: wall clock, ns since the epoch. */
export type TimedEvents = Held & { timeOf(number: number): bigint | undefined };

/**
 * Events come nearly in the order of their times: those of different CPUs and rings overtake each other by as much as lies in the
 * buffers on the way. So many to each side of a place are looked at one by one.
 */
const DISORDER = 512;

/**
 * The event that happened at a time or next after it; undefined when all are older. A binary search, then a look at the neighbours.
 * A clock that was set back meanwhile makes two such places: one of them is found.
 */
export function firstSince(events: TimedEvents, time: bigint): number | undefined {
  const middle = boundary(events, time);
  let found: number | undefined;
  let best: bigint | undefined;
  const end = Math.min(events.next, middle + DISORDER);
  for (let number = Math.max(events.first, middle - DISORDER); number < end; number++) {
    const at = events.timeOf(number);
    if (at === undefined || at < time || (best !== undefined && at >= best)) continue;
    best = at;
    found = number;
  }
  return found;
}

/** The numbers between which all events of a span of time are, others among them. */
export function numbersBetween(
  events: TimedEvents,
  from: bigint,
  to: bigint,
): { first: number; next: number } {
  return {
    first: Math.max(events.first, boundary(events, from) - DISORDER),
    next: Math.min(events.next, boundary(events, to + 1n) + DISORDER),
  };
}

/** The first event that is not older, if they were in order. */
function boundary(events: TimedEvents, time: bigint): number {
  let low = events.first;
  let high = events.next;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((events.timeOf(middle) ?? 0n) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The oldest and the newest time; undefined without events. Events at the edges may be a little out of order. */
export function heldTimes(events: TimedEvents): { oldest: bigint; newest: bigint } | undefined {
  const oldest = events.timeOf(events.first);
  const newest = events.timeOf(events.next - 1);
  if (oldest === undefined || newest === undefined) return undefined;
  return oldest <= newest ? { oldest, newest } : { oldest: newest, newest: oldest };
}
