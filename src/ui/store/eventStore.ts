import {
  PACKED_KIND,
  type PackedEvent,
  packedKindAt,
  packedSizeAt,
  packedTimeAt,
  readPacked,
} from '../../events/wire/packed.ts';

/** Events of each kind so far, evicted ones included. */
export type EventCounts = { exec: number; exit: number; policy: number };

/**
 * The events that the screen can show: packed, in the buffers in which the agent sent them. Each has a number, counted from 0;
 * the oldest ones go when there are too many, or too many bytes. Nothing is decoded here.
 */
export type EventStore = {
  /** Number of the oldest event that is still there. */
  readonly first: number;
  /** Number that the next event will get. */
  readonly next: number;
  readonly capacity: number;
  readonly counts: Readonly<EventCounts>;
  add(buffer: ArrayBuffer, bytes: number): void;
  /** Drops all events. Numbers go on, so that nobody takes a new event for an old one; counts begin anew. */
  clear(): void;
  /** undefined when it is gone, or not there yet. */
  get(number: number): PackedEvent | undefined;
  /** When it happened: wall clock, ns since the epoch. undefined as with `get`, which it is much cheaper than. */
  timeOf(number: number): bigint | undefined;
};

export function createEventStore(capacity = 100_000, maxBytes = 64 << 20): EventStore {
  const views = new Array<DataView | undefined>(capacity);
  const offsets = new Uint32Array(capacity);
  let first = 0;
  let next = 0;
  let held = 0;
  const counts: EventCounts = { exec: 0, exit: 0, policy: 0 };

  const dropOldest = () => {
    const slot = first % capacity;
    const view = views[slot];
    if (view) held -= packedSizeAt(view, offsets[slot] ?? 0);
    views[slot] = undefined;
    first += 1;
  };

  return {
    get first() {
      return first;
    },
    get next() {
      return next;
    },
    capacity,
    counts,
    add(buffer, bytes) {
      const view = new DataView(buffer, 0, bytes);
      for (let at = 0; at < bytes; ) {
        const size = packedSizeAt(view, at);
        if (next - first === capacity) dropOldest();
        views[next % capacity] = view;
        offsets[next % capacity] = at;
        held += size;
        const kind = packedKindAt(view, at);
        if (kind === PACKED_KIND.exec) counts.exec += 1;
        else if (kind === PACKED_KIND.exit) counts.exit += 1;
        else if (kind === PACKED_KIND.policy) counts.policy += 1;
        next += 1;
        at += size;
      }
      while (held > maxBytes && first < next) dropOldest();
    },
    clear() {
      while (first < next) dropOldest();
      Object.assign(counts, { exec: 0, exit: 0, policy: 0 });
    },
    get(number) {
      if (number < first || number >= next) return undefined;
      const view = views[number % capacity];
      return view && readPacked(view, offsets[number % capacity] ?? 0);
    },
    timeOf(number) {
      if (number < first || number >= next) return undefined;
      const view = views[number % capacity];
      return view && packedTimeAt(view, offsets[number % capacity] ?? 0);
    },
  };
}
