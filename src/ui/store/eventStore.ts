import { type PackedEvent, packedSizeAt, readPacked } from '../../events/wire/packed.ts';

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
  add(buffer: ArrayBuffer, bytes: number): void;
  /** undefined when it is gone, or not there yet. */
  get(number: number): PackedEvent | undefined;
};

export function createEventStore(capacity = 100_000, maxBytes = 96 << 20): EventStore {
  const views = new Array<DataView | undefined>(capacity);
  const offsets = new Uint32Array(capacity);
  let first = 0;
  let next = 0;
  let held = 0;

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
    add(buffer, bytes) {
      const view = new DataView(buffer, 0, bytes);
      for (let at = 0; at < bytes; ) {
        const size = packedSizeAt(view, at);
        if (next - first === capacity) dropOldest();
        views[next % capacity] = view;
        offsets[next % capacity] = at;
        held += size;
        next += 1;
        at += size;
      }
      while (held > maxBytes && first < next) dropOldest();
    },
    get(number) {
      if (number < first || number >= next) return undefined;
      const view = views[number % capacity];
      return view && readPacked(view, offsets[number % capacity] ?? 0);
    },
  };
}
