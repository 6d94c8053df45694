import { describe, expect, test } from 'vitest';
import { createPackedBatch, PACKED_KIND, packedSize } from '../../../src/events/wire/packed.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { createRateMeter } from '../../../src/ui/store/rate.ts';
import { sparkline } from '../../../src/ui/text/sparkline.ts';

/** A batch of exit events that carry their numbers as pids. */
const batch = (from: number, count: number, payloadBytes = 8) => {
  const made = createPackedBatch(64);
  for (let i = 0; i < count; i++)
    made.append(
      {
        kind: PACKED_KIND.exit,
        flags: 0,
        time: 0n,
        tgid: from + i,
        tid: from + i,
        ktime: 0n,
        parentTgid: 0,
        parentKtime: 0n,
      },
      new Uint8Array(payloadBytes),
      new Uint8Array(),
    );
  const taken = made.take();
  if (!taken) throw new Error('an empty batch');
  return taken;
};

describe('event store', () => {
  test('numbers go on over batches, and each event is found by its own', () => {
    const store = createEventStore(100);
    for (const [from, count] of [
      [0, 3],
      [3, 1],
      [4, 20],
    ] as const) {
      const { buffer, bytes } = batch(from, count);
      store.add(buffer, bytes);
    }
    expect([store.first, store.next]).toEqual([0, 24]);
    for (let number = 0; number < 24; number++) expect(store.get(number)?.tgid).toBe(number);
    expect(store.get(-1)).toBeUndefined();
    expect(store.get(24)).toBeUndefined();
  });

  test('beyond its capacity the oldest go, many times round', () => {
    const store = createEventStore(10);
    for (let from = 0; from < 1000; from += 7) {
      const { buffer, bytes } = batch(from, 7);
      store.add(buffer, bytes);
      expect(store.next - store.first).toBe(Math.min(from + 7, 10));
    }
    expect(store.get(store.first - 1)).toBeUndefined();
    for (let number = store.first; number < store.next; number++)
      expect(store.get(number)?.tgid).toBe(number);
  });

  test('a batch larger than the whole store', () => {
    const store = createEventStore(10);
    const { buffer, bytes } = batch(0, 35);
    store.add(buffer, bytes);
    expect([store.first, store.next]).toEqual([25, 35]);
    expect(store.get(25)?.tgid).toBe(25);
  });

  test('beyond its bytes the oldest go too', () => {
    const size = packedSize(1000, 0);
    const store = createEventStore(100, size * 5);
    const { buffer, bytes } = batch(0, 12, 1000);
    store.add(buffer, bytes);
    expect([store.first, store.next]).toEqual([7, 12]);
    const small = batch(12, 1, 8);
    store.add(small.buffer, small.bytes);
    expect([store.first, store.next]).toEqual([8, 13]);
    expect(store.get(12)?.tgid).toBe(12);
  });
});

describe('rate', () => {
  test('events of the last full second, and the seconds before', () => {
    const rate = createRateMeter(3);
    rate.count(5);
    rate.count(2);
    expect(rate.perSecond).toBe(0);
    rate.tick();
    expect(rate.perSecond).toBe(7);
    rate.tick();
    rate.count(1);
    rate.tick();
    expect([rate.perSecond, [...rate.history]]).toEqual([1, [7, 0, 1]]);
    rate.tick();
    expect([...rate.history]).toEqual([0, 1, 0]);
  });

  test('sparkline: a bar a value, relative to the highest', () => {
    expect(sparkline([])).toBe('');
    expect(sparkline([0, 0, 0])).toBe('▁▁▁');
    expect(sparkline([0, 50, 100])).toBe('▁▅█');
    expect(sparkline([7])).toBe('█');
    // Little is not nothing.
    expect(sparkline([1e12, 1, 0])).toBe('█▂▁');
    expect(sparkline([0, 50, 100], true)).toBe('.+%');
  });
});
