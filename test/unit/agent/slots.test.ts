import { expect, test } from 'vitest';
import {
  countIn,
  createSlots,
  recentCounts,
  sumRecent,
} from '../../../src/agent/aggregate/slots.ts';
import { createRandom } from '../../screen/terminal/random.ts';

test('like a list of all that was counted', () => {
  const random = createRandom(5);
  for (let round = 0; round < 200; round++) {
    const slots = createSlots(6);
    let now = random.below(20);
    let newest = -1;
    const all: number[] = [];
    for (let i = 0; i < 60; i++) {
      now += random.below(10) === 0 ? random.below(20) : random.below(2);
      const slot = Math.max(0, now - random.below(4));
      // What is older than all that is kept is not counted.
      if (slot > newest - 6) all.push(slot);
      newest = Math.max(newest, slot);
      countIn(slots, slot);
      for (const span of [1, 3, 6, 99]) {
        const kept = Math.min(span, 6);
        const expected = Array.from({ length: kept }, (_, index) => {
          const wanted = now - kept + 1 + index;
          return all.filter((one) => one === wanted).length;
        });
        expect(recentCounts(slots, now, span)).toEqual(expected);
        expect(sumRecent(slots, now, span)).toBe(expected.reduce((a, b) => a + b));
      }
    }
  }
});

test('nothing was counted', () => {
  expect(recentCounts(createSlots(3), 7, 3)).toEqual([0, 0, 0]);
  expect(sumRecent(createSlots(3), 7, 3)).toBe(0);
});
