import { expect, test } from 'vitest';
import {
  createFrameReader,
  decodeGreeting,
  decodeMessage,
  encodeGreeting,
  encodeHead,
  encodeMessage,
  FRAME,
} from '../../../../src/agent/attach/frames.ts';

test('frames come out as they went in, however the bytes are cut', () => {
  const records = Uint8Array.of(1, 2, 3, 4, 5);
  const message = { type: 'describe', request: 7, pid: 4711, ktime: 12n ** 16n };
  const bytes = Buffer.concat([
    encodeGreeting({ pid: 1 }),
    encodeMessage(message),
    encodeHead(FRAME.records, records.length, 3),
    records,
    encodeHead(FRAME.records, 0, 0),
  ]);
  for (const size of [1, 2, 11, 12, 13, 40, bytes.length]) {
    const reader = createFrameReader(1000);
    const frames = [];
    for (let at = 0; at < bytes.length; at += size)
      frames.push(...(reader.add(bytes.subarray(at, at + size)) ?? []));
    const [greeting, asked, packed, nothing, ...more] = frames;
    expect(greeting && decodeGreeting(greeting)).toEqual({ pid: 1 });
    expect(asked && decodeMessage(asked)).toEqual(message);
    expect(packed).toMatchObject({ kind: FRAME.records, count: 3, body: records });
    // The store keeps its buffer: nothing else may lie in it.
    expect(packed?.body.buffer.byteLength).toBe(5);
    expect(nothing?.body.length).toBe(0);
    expect(more).toEqual([]);
  }
});

test('a frame that is too long ends the reading before room is made for it', () => {
  const reader = createFrameReader(100);
  expect(reader.add(encodeHead(FRAME.message, 0xffff_ffff))).toBeUndefined();
});

test('bytes that are no message, and text that is no JSON, are nothing', () => {
  const body = new Uint8Array(Buffer.from('no'));
  expect(decodeMessage({ kind: FRAME.message, count: 0, body })).toBeUndefined();
  expect(decodeGreeting({ kind: FRAME.greeting, count: 0, body })).toBeUndefined();
});
