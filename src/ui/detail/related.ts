import type { Event } from '../../events/types.ts';
import type { PackedEvent } from '../../events/wire/packed.ts';
import { type Slices, slices } from '../slices.ts';

/** Events told at most: the nearest ones. */
export const MOST_RELATED = 500;
/** Looked at before the other direction has its turn. */
const STRIDE = 256;

type Events = {
  /** Number of the oldest event that is held, and the one that comes next. */
  readonly first: number;
  readonly next: number;
  get(number: number): PackedEvent | undefined;
};

export type RelatedEvent = { readonly number: number; readonly isChild: boolean };

/**
 * The events of one program in one process, and of the processes that it started, found out bit by bit: from where the cursor stood
 * both ways, so that the nearest are there first. Those that come later are found too.
 */
export type RelatedEvents = {
  /** The oldest first; the same list until something has changed. */
  readonly events: readonly RelatedEvent[];
  /** There are as many as are told. */
  readonly isFull: boolean;
  /** undefined: it is gone. */
  eventOf(number: number): Event | undefined;
  /** Looks at what is there, for a paint: for a few milliseconds, the rest in the background. */
  work(): void;
  /** Nobody looks any more: the search rests until the next `work`. */
  stop(): void;
};

type Options = {
  readonly events: Events;
  /** Number of the event that the search starts from. */
  readonly origin: number;
  readonly pid: number;
  /** Exec id time of the process; 0n: it isn't known, and nothing is related. */
  readonly ktime: bigint;
  eventOf(number: number): Event | undefined;
  /** Something more has been found out. */
  onProgress(): void;
  /** For tests; those of the thread by default. */
  readonly within?: Slices;
};

export function createRelatedSearch({
  events,
  origin,
  pid,
  ktime,
  eventOf,
  onProgress,
  within = slices,
}: Options): RelatedEvents {
  /** The newest first. */
  const older: RelatedEvent[] = [];
  /** The oldest first; the ones before `head` are evicted. */
  let newer: RelatedEvent[] = [];
  let head = 0;
  let down = origin;
  let up = origin;
  let hasChanged = false;
  let told: readonly RelatedEvent[] = [];

  const isFull = () => older.length + newer.length - head >= MOST_RELATED;

  const test = (number: number, into: RelatedEvent[]) => {
    const event = events.get(number);
    if (!event) return;
    const isOwn = event.tgid === pid && event.ktime === ktime;
    const isChild = event.parentTgid === pid && event.parentKtime === ktime;
    if (!isOwn && !isChild) return;
    into.push({ number, isChild: !isOwn });
    hasChanged = true;
  };

  const evict = () => {
    const { first } = events;
    const isGone = (event: RelatedEvent | undefined) => event !== undefined && event.number < first;
    for (; isGone(older.at(-1)); hasChanged = true) older.pop();
    for (; isGone(newer[head]); hasChanged = true) head += 1;
    if (head > MOST_RELATED) {
      newer = newer.slice(head);
      head = 0;
    }
    up = Math.max(up, first);
  };

  const slice = (isOver: () => boolean): boolean => {
    if (ktime === 0n) return true;
    evict();
    while (!isFull() && (down > events.first || up < events.next)) {
      if (isOver()) return false;
      for (let i = 0; i < STRIDE && down > events.first && !isFull(); i++) {
        down -= 1;
        test(down, older);
      }
      for (let i = 0; i < STRIDE && up < events.next && !isFull(); i++) {
        test(up, newer);
        up += 1;
      }
    }
    return true;
  };

  const search = within.start({ slice, onProgress });

  return {
    get events() {
      evict();
      if (hasChanged) told = [...older.toReversed(), ...newer.slice(head)];
      hasChanged = false;
      return told;
    },
    get isFull() {
      return isFull();
    },
    eventOf,
    work: search.work,
    stop: search.stop,
  };
}
