import type { PackedBatch } from '../../events/wire/packed.ts';
import { createFifo } from '../fifo.ts';

export type Batch = NonNullable<ReturnType<PackedBatch['take']>>;

/** The last batches of events, for a screen that comes later. */
export type RecentBatches = {
  add(batch: Batch): void;
  /** The oldest first. */
  all(): Iterable<Batch>;
};

export function createRecentBatches(most = { bytes: 8 << 20, events: 20_000 }): RecentBatches {
  const batches = createFifo<Batch>();
  let bytes = 0;
  let events = 0;
  return {
    add(batch) {
      batches.push(batch);
      bytes += batch.bytes;
      events += batch.count;
      // As a whole: an exec record stands once in a batch, for all its events.
      while (bytes > most.bytes || events > most.events) {
        const oldest = batches.shift();
        if (!oldest) return;
        bytes -= oldest.bytes;
        events -= oldest.count;
      }
    },
    all: () => batches,
  };
}
