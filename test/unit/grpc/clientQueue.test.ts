import { expect, test } from 'vitest';
import { createClientQueue } from '../../../src/agent/grpc/clientQueue.ts';

/** A stream that takes so many messages until it is drained. */
function streamOf(room: number) {
  const taken: string[] = [];
  let left = room;
  let drained = () => {};
  return {
    taken,
    write(message: Buffer) {
      taken.push(message.toString());
      left -= 1;
      return left > 0;
    },
    once(_event: 'drain', listener: () => void) {
      drained = listener;
    },
    drain() {
      left = room;
      drained();
    },
  };
}

const LIMITS = { messages: 5, bytes: 100 };
const text = (value: string) => Buffer.from(value);

test('writes until the stream is full, and goes on when it has drained', () => {
  const stream = streamOf(2);
  let emptied = 0;
  const queue = createClientQueue(stream, LIMITS, () => emptied++);
  for (const value of ['a', 'b', 'c', 'd', 'e']) expect(queue.add(text(value))).toBe(true);
  queue.pump();
  queue.pump();
  expect(stream.taken).toEqual(['a', 'b']);
  stream.drain();
  expect(stream.taken).toEqual(['a', 'b', 'c', 'd']);
  expect(emptied).toBe(0);
  expect(queue.size).toBe(1);
  stream.drain();
  expect(stream.taken).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(queue.size).toBe(0);
  expect(emptied).toBe(1);
});

test('takes no more messages or bytes than it may hold', () => {
  const stream = streamOf(1);
  const queue = createClientQueue(stream, LIMITS, () => {});
  expect(queue.add(Buffer.alloc(101))).toBe(false);
  expect(queue.add(Buffer.alloc(60))).toBe(true);
  expect(queue.add(Buffer.alloc(60))).toBe(false);
  queue.pump();
  expect(queue.add(Buffer.alloc(60))).toBe(true);
  for (let index = 0; index < 4; index++) expect(queue.add(text('x'))).toBe(true);
  expect(queue.add(text('x'))).toBe(false);
});

test('order and limits hold over many rounds', () => {
  const stream = streamOf(3);
  const queue = createClientQueue(stream, { messages: 50, bytes: 1000 }, () => {});
  const added: string[] = [];
  for (let index = 0; index < 2000; index++) {
    if (queue.add(text(String(index)))) added.push(String(index));
    if (index % 7 === 0) queue.pump();
    if (index % 5 === 0) stream.drain();
  }
  while (queue.size > 0) {
    queue.pump();
    stream.drain();
  }
  expect(stream.taken).toEqual(added);
  expect(added.length).toBeLessThan(2000);
});
