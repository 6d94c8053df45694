import { firstSince, type TimedEvents } from './eventTimes.ts';
import { type Marks, NO_PLACE } from './marks.ts';

export type MarkedEvents = TimedEvents & {
  /** '' without a process; undefined when it is gone. */
  execIdOf(number: number): string | undefined;
};

/** Events are written in the order in which they came: one that isn't there when such newer ones are will not come. */
const LATE_NS = 1_000_000_000n;
/** Events of one nanosecond that are looked at. */
const MOST_ALIKE = 64;

/**
 * Finds the events of marks that have lost theirs, or came from a recording: by time and exec id, else the next one after it.
 *
 * @param isWhole no more events will come: marks behind the last one are placed there
 */
export function placeMarks(marks: Marks, events: MarkedEvents, isWhole = false): void {
  const newest = events.timeOf(events.next - 1);
  const oldest = events.timeOf(events.first);
  if (newest === undefined || oldest === undefined) return;
  for (const { number, before, at, execId } of marks.list()) {
    if (before !== NO_PLACE || at < oldest) continue;
    const found = sameEvent(events, at, execId);
    if (found !== undefined) marks.place(number, found);
    else if (newest >= at + LATE_NS || isWhole)
      marks.place(number, firstSince(events, at) ?? events.next);
  }
}

function sameEvent(events: MarkedEvents, at: bigint, execId: string): number | undefined {
  const first = execId === '' ? undefined : firstSince(events, at);
  if (first === undefined) return undefined;
  for (let number = first; number < first + MOST_ALIKE; number++) {
    if (events.timeOf(number) !== at) return undefined;
    if (events.execIdOf(number) === execId) return number;
  }
  return undefined;
}
