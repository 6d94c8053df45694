import { appendEvent, createPackedBatch } from '../../events/wire/packed.ts';
import type { Tap } from '../taps.ts';
import { encodeHead, FRAME } from './frames.ts';
import type { Link } from './link.ts';
import { type Batch, createRecentBatches } from './recentBatches.ts';

/** All events on their way to the screens: packed once, however many get them. */
export type EventFeed = {
  readonly tap: Tap;
  /** What has gathered goes to those who are there. */
  flush(): void;
  /** The last events, to somebody who has just come. */
  catchUp(link: Link): void;
};

/** Events that wait for a screen; what comes beyond is dropped and counted. */
const MAX_WAITING = 32 << 20;
/** Between two flushes. */
const MAX_BATCH = 32 << 20;

export function createEventFeed(links: () => Iterable<Link>): EventFeed {
  const recent = createRecentBatches();
  const batch = createPackedBatch();
  let dropped = 0;

  const flush = () => {
    const taken = batch.take();
    if (!taken) return;
    recent.add(taken);
    const frame = frameOf(taken);
    for (const link of links())
      if (link.waiting > MAX_WAITING) dropped += taken.count;
      else link.send(...frame);
  };

  return {
    flush,
    catchUp(link) {
      for (const old of recent.all()) link.send(...frameOf(old));
    },
    tap: {
      name: 'screens',
      isOpen: true,
      add({ packed }) {
        if (batch.bytes > MAX_BATCH) dropped += 1;
        else appendEvent(batch, packed);
      },
      flush,
      lost: () => ({ clients: dropped }),
      close: () => Promise.resolve(),
    },
  };
}

const frameOf = ({ buffer, bytes, count }: Batch): [head: Uint8Array, body: Uint8Array] => [
  encodeHead(FRAME.records, bytes, count),
  new Uint8Array(buffer, 0, bytes),
];
