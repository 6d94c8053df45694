import { expect, test } from 'vitest';
import { createRecentBatches } from '../../../../src/agent/attach/recentBatches.ts';

const batchOf = (bytes: number, count: number) => ({
  buffer: new ArrayBuffer(bytes),
  bytes,
  count,
});

test('the oldest go, whole, when there are too many bytes or events', () => {
  const recent = createRecentBatches({ bytes: 100, events: 10 });
  const [a, b, c] = [batchOf(60, 1), batchOf(40, 2), batchOf(8, 3)];
  for (const batch of [a, b]) recent.add(batch);
  expect([...recent.all()]).toEqual([a, b]);
  recent.add(c);
  expect([...recent.all()]).toEqual([b, c]);
  const d = batchOf(8, 7);
  recent.add(d);
  expect([...recent.all()]).toEqual([c, d]);
});

test('one that is too large by itself is not kept', () => {
  const recent = createRecentBatches({ bytes: 100, events: 10 });
  recent.add(batchOf(101, 1));
  expect([...recent.all()]).toEqual([]);
});
