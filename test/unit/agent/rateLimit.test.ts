import { expect, test } from 'vitest';
import { createRateLimit } from '../../../src/agent/rateLimit.ts';

const MINUTE = 60_000;

/** How many of so many attempts at one moment pass. */
const passed = (limit: { take(now: number): boolean }, attempts: number, now: number): number =>
  Array.from({ length: attempts }, () => limit.take(now)).filter((passes) => passes).length;

test('a full bucket at first, then evenly as many as a minute has', () => {
  const limit = createRateLimit(60, 500);
  expect(passed(limit, 100, 500)).toBe(60);
  expect(passed(limit, 10, 500 + 999)).toBe(0);
  expect(passed(limit, 10, 500 + 1000)).toBe(1);
  expect(passed(limit, 10, 500 + 4000)).toBe(3);
});

test('what is not used is not saved beyond a minute', () => {
  const limit = createRateLimit(5, 0);
  expect(passed(limit, 100, 10 * MINUTE)).toBe(5);
});

test('refused ones are told once, at the end of their window; a window without any is silent', () => {
  const limit = createRateLimit(2, 0);
  passed(limit, 5, 10);
  expect(limit.endWindow(MINUTE - 1)).toBe(0);
  expect(limit.endWindow(MINUTE)).toBe(3);
  expect(limit.endWindow(MINUTE)).toBe(0);
  expect(limit.endWindow(2 * MINUTE)).toBe(0);
});

test('windows keep their pace when nobody asks in time', () => {
  const limit = createRateLimit(0, 0);
  passed(limit, 1, 1);
  expect(limit.endWindow(3.5 * MINUTE)).toBe(1);
  passed(limit, 1, 3.6 * MINUTE);
  expect(limit.endWindow(4 * MINUTE - 1)).toBe(0);
  expect(limit.endWindow(4 * MINUTE)).toBe(1);
});

test('0: nothing passes; the running window ends with a close', () => {
  const limit = createRateLimit(0, 0);
  expect(passed(limit, 7, 100 * MINUTE)).toBe(0);
  expect(limit.close()).toBe(7);
  expect(limit.close()).toBe(0);
});
