import { describe, expect, test } from 'vitest';
import {
  datedText,
  durationText,
  millisecondsText,
  parseTime,
  secondsText,
} from '../../../src/ui/store/timeText.ts';

const local = (...at: [number, number, number, number?, number?, number?, number?]): bigint =>
  BigInt(new Date(...at).getTime()) * 1_000_000n;

const FRAME = {
  oldest: local(2026, 10, 21, 11, 58),
  from: local(2026, 10, 21, 12, 0, 30),
  newest: local(2026, 10, 21, 12, 5),
};

describe('times as they are typed', () => {
  test.each([
    ['12:03', local(2026, 10, 21, 12, 3)],
    [' 12:03:11 ', local(2026, 10, 21, 12, 3, 11)],
    ['12:03:11.5', local(2026, 10, 21, 12, 3, 11, 500)],
    ['12:03:11,204', local(2026, 10, 21, 12, 3, 11, 204)],
    ['12:03:11.000000007', local(2026, 10, 21, 12, 3, 11) + 7n],
    ['2026-11-20 12:03', local(2026, 10, 20, 12, 3)],
    ['2026-11-20T12:03:01', local(2026, 10, 20, 12, 3, 1)],
    ['-30s', local(2026, 10, 21, 12, 0, 0)],
    ['+10s', local(2026, 10, 21, 12, 0, 40)],
    ['-1.5s', local(2026, 10, 21, 12, 0, 28, 500)],
    ['-5m', local(2026, 10, 21, 11, 55, 30)],
    ['+1h', local(2026, 10, 21, 13, 0, 30)],
    ['-200ms', local(2026, 10, 21, 12, 0, 29, 800)],
  ])('%s', (text, time) => {
    expect(parseTime(text, FRAME)).toBe(time);
  });

  test.each([
    ...['', '12', '24:00', '12:60', '12:03:60', '12:3', 'noon', '30s', '-30', '-s', '--30s'],
    ...['2026-02-30 12:00', '2026-13-01 12:00', '12:03:11.', '12:03 x', '12:03:11.1234567890'],
  ])('%j is none', (text) => {
    expect(parseTime(text, FRAME)).toBeUndefined();
  });

  test('past midnight a time of the evening is yesterday’s, if that is held', () => {
    const night = {
      oldest: local(2026, 10, 20, 23, 50),
      from: local(2026, 10, 21, 0, 5),
      newest: local(2026, 10, 21, 0, 5),
    };
    expect(parseTime('23:58', night)).toBe(local(2026, 10, 20, 23, 58));
    expect(parseTime('0:01', night)).toBe(local(2026, 10, 21, 0, 1));
    // Held neither of this day nor of the one before: the day that is meant is this one.
    expect(parseTime('12:00', night)).toBe(local(2026, 10, 21, 12));
  });
});

test('as they are shown', () => {
  const at = local(2026, 10, 21, 7, 3, 9, 42);
  expect(secondsText(at)).toBe('07:03:09');
  expect(millisecondsText(at)).toBe('07:03:09.042');
  expect(datedText(at, FRAME.newest)).toBe('07:03:09');
  expect(datedText(local(2026, 0, 2, 7), FRAME.newest)).toBe('2026-01-02 07:00:00');
  expect(durationText(252_999_999_999n)).toBe('00:04:12');
  expect(durationText(360_000_000_000_000n)).toBe('100:00:00');
  expect(durationText(-5n)).toBe('00:00:00');
});
