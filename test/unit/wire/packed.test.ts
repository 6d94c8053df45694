import { describe, expect, test } from 'vitest';
import {
  createPackedBatch,
  PACKED_FLAG,
  PACKED_KIND,
  type PackedEvent,
  type PackedHead,
  packedSize,
  packedSizeAt,
  readPacked,
} from '../../../src/events/wire/packed.ts';

const head = (fields: Partial<PackedHead> = {}): PackedHead => ({
  kind: PACKED_KIND.exit,
  flags: PACKED_FLAG.cloned,
  time: 0xffff_ffff_ffff_fff0n,
  tgid: 0xffff_fff1,
  tid: 2,
  ktime: 1n << 60n,
  parentTgid: 3,
  parentKtime: 4n,
  ...fields,
});

const bytes = (length: number, start = 1) =>
  Uint8Array.from({ length }, (_, i) => (start + i) & 0xff);

function readAll({ buffer, bytes: used }: { buffer: ArrayBuffer; bytes: number }): PackedEvent[] {
  const view = new DataView(buffer, 0, used);
  const events: PackedEvent[] = [];
  for (let at = 0; at < used; at += packedSizeAt(view, at)) events.push(readPacked(view, at));
  return events;
}

describe('packed events', () => {
  test('come back as they went in, whatever their lengths', () => {
    const batch = createPackedBatch(64);
    const lengths = [
      [0, 0],
      [1, 0],
      [7, 9],
      [8, 8],
      [500, 3],
      [13, 70_000],
    ] as const;
    const put = lengths.map(([payload, process], i) => ({
      ...head({ tid: i }),
      payload: bytes(payload, i),
      process: bytes(process, 100 + i),
    }));
    for (const event of put) batch.append(event, event.payload, event.process);
    const size = lengths.reduce((sum, [payload, process]) => sum + packedSize(payload, process), 0);
    expect(batch.bytes).toBe(size);
    const taken = batch.take();
    if (!taken) throw new Error('nothing');
    expect(taken).toMatchObject({ count: lengths.length, bytes: size });
    expect(readAll(taken)).toEqual(put);
  });

  test('each begins at a multiple of 8, so that 64-bit numbers stay aligned', () => {
    for (const [payload, process] of [
      [0, 0],
      [1, 1],
      [9, 15],
    ] as const)
      expect(packedSize(payload, process) % 8).toBe(0);
  });

  test('of an exec, the payload is the process', () => {
    const batch = createPackedBatch();
    batch.append(head({ kind: PACKED_KIND.exec }), bytes(20), new Uint8Array());
    const taken = batch.take();
    const [event] = taken ? readAll(taken) : [];
    expect(event?.process).toEqual(bytes(20));
  });

  test('a batch is handed over once, the next begins empty', () => {
    const batch = createPackedBatch(8);
    expect(batch.take()).toBeUndefined();
    batch.append(head(), bytes(3), bytes(3));
    const first = batch.take();
    expect(batch.bytes).toBe(0);
    expect(batch.take()).toBeUndefined();
    batch.append(head({ tid: 77 }), bytes(3, 50), bytes(3, 60));
    const second = batch.take();
    expect(first && readAll(first)).toMatchObject([{ tid: 2, payload: bytes(3) }]);
    expect(second && readAll(second)).toMatchObject([{ tid: 77, payload: bytes(3, 50) }]);
  });

  test('nothing of one batch is left in the gaps of the next', () => {
    const lengths = [
      [0, 0],
      [1, 0],
      [3, 5],
      [8, 9],
    ] as const;
    const fill = (batch: ReturnType<typeof createPackedBatch>) => {
      for (const [payload, process] of lengths)
        batch.append(head(), bytes(payload), bytes(process));
      return batch.take();
    };
    const used = createPackedBatch();
    used.append(head(), new Uint8Array(2000).fill(0xff), new Uint8Array(2000).fill(0xff));
    used.take();
    expect(fill(used)).toEqual(fill(createPackedBatch()));
  });

  test('an exec record stands once in a batch, however many events need it', () => {
    const batch = createPackedBatch(64);
    const [one, other] = [bytes(700, 1), bytes(700, 2)];
    for (const process of [one, other, one, one, other])
      batch.append(head(), bytes(13, 9), process);
    const full = packedSize(13, 700);
    const shared = packedSize(13, 0);
    expect(batch.bytes).toBe(2 * full + 3 * shared);
    const first = batch.take();
    batch.append(head(), bytes(13, 9), one);
    const second = batch.take();
    expect(first && readAll(first).map(({ process }) => process)).toEqual([
      ...[one, other, one],
      ...[one, other],
    ]);
    expect(second && readAll(second).map(({ process }) => process)).toEqual([one]);
  });

  test('a batch takes no more memory than it says', () => {
    const batch = createPackedBatch(64 * 1024);
    batch.append(head(), bytes(3), bytes(3));
    const taken = batch.take();
    expect(taken?.buffer.byteLength).toBe(taken?.bytes);
  });

  test('what a larger event left behind does not shine through', () => {
    const batch = createPackedBatch(4096);
    batch.append(head(), new Uint8Array(100).fill(0xee), new Uint8Array());
    batch.append(
      head({ flags: 0, time: 0n, tgid: 0, tid: 0, ktime: 0n, parentTgid: 0, parentKtime: 0n }),
      new Uint8Array(),
      new Uint8Array(),
    );
    const taken = batch.take();
    expect(taken && readAll(taken)[1]).toMatchObject({
      flags: 0,
      time: 0n,
      ktime: 0n,
      parentKtime: 0n,
      parentTgid: 0,
    });
  });

  test('are read through a view that begins anywhere in its buffer', () => {
    const batch = createPackedBatch();
    batch.append(head(), bytes(5), bytes(6));
    const taken = batch.take();
    if (!taken) throw new Error('nothing');
    const shifted = new Uint8Array(taken.bytes + 24);
    shifted.set(new Uint8Array(taken.buffer, 0, taken.bytes), 24);
    expect(readPacked(new DataView(shifted.buffer, 24), 0)).toMatchObject({
      payload: bytes(5),
      process: bytes(6),
    });
  });
});
