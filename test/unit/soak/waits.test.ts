import { describe, expect, test } from 'vitest';
import { longestWait, type WaitSample } from '../../soak/waits.ts';

/** Looked at every quarter of a second; the thread waits for a processor in the given spans of time. */
function samples(seconds: number, spans: readonly (readonly [from: number, to: number])[]) {
  return Array.from({ length: seconds * 4 + 1 }, (_, index): WaitSample => {
    const at = index / 4;
    const waited = spans.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(at, to) - from), 0);
    return { at, waited };
  });
}

describe('the longest wait for a processor', () => {
  test('is none without samples, or when it never waited', () => {
    expect(longestWait([])).toBe(0);
    expect(longestWait(samples(10, []))).toBe(0);
  });

  test('is one in one go', () => {
    expect(longestWait(samples(60, [[20, 23]]))).toBeCloseTo(3);
  });

  test('takes waits that are close together for one', () => {
    const spans = [
      [20, 21.5],
      [22, 23.25],
    ] as const;
    expect(longestWait(samples(60, spans))).toBeCloseTo(2.75);
  });

  test('does not add up the small waits of a long time', () => {
    const spans = Array.from({ length: 60 }, (_, at) => [at, at + 0.2] as const);
    expect(longestWait(samples(60, spans))).toBeLessThan(1.3);
  });

  test('counts a wait that nobody could look at', () => {
    const [first, last] = [
      { at: 0, waited: 1 },
      { at: 30, waited: 9 },
    ];
    expect(longestWait([first, last])).toBe(8);
    expect(longestWait([first, last, { at: 31, waited: 9 }])).toBe(8);
  });
});
