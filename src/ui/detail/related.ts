import type { Event } from '../../events/types.ts';
import type { PackedEvent } from '../../events/wire/packed.ts';

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
};

type Options = {
  readonly events: Events;
  /** Number of the event that the search starts from. */
  readonly origin: number;
  readonly pid: number;
  /** Exec id time of the process. */
  readonly ktime: bigint;
  eventOf(number: number): Event | undefined;
  /** Something more has been found out. */
  onProgress(): void;
  /** For tests; after other work by default. */
  readonly defer?: (run: () => void) => void;
};

/** A key pressed meanwhile is answered after this at the latest. */
const SLICE_MS = 8;

export function createRelatedSearch({
  events,
  origin,
  pid,
  ktime,
  eventOf,
  onProgress,
  defer = (run) => setImmediate(run),
}: Options): RelatedEvents {
  const older: RelatedEvent[] = [];
  const newer: RelatedEvent[] = [];
  let down = origin;
  let up = origin;
  let version = 0;
  let told: { version: number; first: number; events: readonly RelatedEvent[] } = {
    ...{ version, first: 0, events: [] },
  };

  const isFull = () => older.length + newer.length >= MOST_RELATED;

  const test = (number: number, into: RelatedEvent[]) => {
    const event = events.get(number);
    if (!event || ktime === 0n) return;
    const isOwn = event.tgid === pid && event.ktime === ktime;
    const isChild = event.parentTgid === pid && event.parentKtime === ktime;
    if (!isOwn && !isChild) return;
    into.push({ number, isChild: !isOwn });
    version += 1;
  };

  const evict = () => {
    while ((older.at(-1)?.number ?? events.first) < events.first) {
      older.pop();
      version += 1;
    }
    up = Math.max(up, events.first);
  };

  /** True when nothing is left to look at. */
  const slice = (): boolean => {
    const end = performance.now() + SLICE_MS;
    evict();
    while (!isFull() && (down > events.first || up < events.next)) {
      if (performance.now() >= end) return false;
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

  let isScheduled = false;
  const goOn = () => {
    if (isScheduled) return;
    isScheduled = true;
    defer(() => {
      isScheduled = false;
      if (!slice()) goOn();
      onProgress();
    });
  };

  return {
    get events() {
      const { first } = events;
      if (told.version !== version || told.first !== first) {
        const all = [...older.toReversed(), ...newer];
        const held = all.filter(({ number }) => number >= first);
        const isSame = told.version === version && held.length === told.events.length;
        told = { version, first, events: isSame ? told.events : held };
      }
      return told.events;
    },
    get isFull() {
      return isFull();
    },
    eventOf,
    work() {
      if (!slice()) goOn();
    },
  };
}
