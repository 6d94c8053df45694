import { expect, test } from 'vitest';
import { createWatchTime } from '../../../../src/agent/policies/watchTime.ts';

const MINUTE = 60_000;

test('the times that a policy was on, added up', () => {
  const time = createWatchTime();
  expect(time.within(30 * MINUTE, 5 * MINUTE)).toBe(0);
  time.turn(true, 10 * MINUTE);
  expect(time.within(30 * MINUTE, 12 * MINUTE)).toBe(2 * MINUTE);
  time.turn(true, 12 * MINUTE);
  time.turn(false, 13 * MINUTE);
  time.turn(false, 14 * MINUTE);
  expect(time.within(30 * MINUTE, 20 * MINUTE)).toBe(3 * MINUTE);
  time.turn(true, 20 * MINUTE);
  expect(time.within(30 * MINUTE, 25 * MINUTE)).toBe(8 * MINUTE);
});

test('only of the last minutes: the longest there is, is all of them', () => {
  const time = createWatchTime();
  time.turn(true, 0);
  time.turn(false, 10 * MINUTE);
  time.turn(true, 15 * MINUTE);
  expect(time.within(30 * MINUTE, 35 * MINUTE)).toBe(25 * MINUTE);
  expect(time.within(30 * MINUTE, 100 * MINUTE)).toBe(30 * MINUTE);
});
