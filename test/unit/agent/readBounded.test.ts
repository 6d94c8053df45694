import { expect, test } from 'vitest';
import { readBounded } from '../../../src/agent/readBounded.ts';

test('no more is read than was asked for, of a file without an end', () => {
  const { bytes, isCut } = readBounded('/dev/zero', 100_000);
  expect([bytes.length, isCut]).toEqual([100_000, true]);
});

test('nor for longer than it may take', () => {
  const { bytes, isCut } = readBounded('/dev/zero', Number.MAX_SAFE_INTEGER, 0);
  expect(isCut).toBe(true);
  expect(bytes.length).toBeLessThan(1 << 20);
});

test('what is short is whole however long it takes', () => {
  expect(readBounded('/proc/self/comm', 100, 0).isCut).toBe(false);
});

test('what is shorter, or as long as may be, is whole', () => {
  const whole = readBounded('/proc/self/comm', 100);
  expect(whole.isCut).toBe(false);
  expect(readBounded('/proc/self/comm', whole.bytes.length)).toEqual(whole);
});
