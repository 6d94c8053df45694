import { describe, expect, test } from 'vitest';
import { firstSince, heldTimes, numbersBetween } from '../../../src/ui/store/eventTimes.ts';
import { createRandom } from '../../screen/terminal/random.ts';

/** Events with these times, the oldest of them gone. */
const held = (times: readonly bigint[], first = 0) => ({
  first,
  next: times.length,
  timeOf: (number: number) => (number < first ? undefined : times[number]),
});

/** By looking at each one. */
const bySearch = (times: readonly bigint[], first: number, time: bigint): bigint | undefined =>
  times.slice(first).reduce<bigint | undefined>((best, at) => {
    return at >= time && (best === undefined || at < best) ? at : best;
  }, undefined);

describe('the first event since a time', () => {
  test.each([1, 2, 3])(
    'in disorder and after evictions: as if each were looked at (seed %i)',
    (seed) => {
      const random = createRandom(seed);
      // Rising by 10, each up to 300 too early or too late: some thirty places out of order.
      const times = Array.from({ length: 5000 }, (_, index) =>
        BigInt(index * 10 + random.below(601) - 300 + 1000),
      );
      for (let i = 0; i < 300; i++) {
        const first = random.below(4000);
        const time = BigInt(random.below(52_000));
        const found = firstSince(held(times, first), time);
        expect(found === undefined ? undefined : times[found]).toBe(bySearch(times, first, time));
        if (found !== undefined) expect(found).toBeGreaterThanOrEqual(first);
      }
    },
  );

  test('all older, or none there: nothing', () => {
    expect(firstSince(held([1n, 2n, 3n]), 4n)).toBeUndefined();
    expect(firstSince(held([]), 4n)).toBeUndefined();
    expect(firstSince(held([1n, 2n, 3n]), 0n)).toBe(0);
    expect(firstSince(held([5n, 5n, 5n]), 5n)).toBe(0);
  });
});

test('a span of time: all its events are between the numbers, in disorder too', () => {
  const random = createRandom(7);
  const times = Array.from({ length: 4000 }, (_, index) => BigInt(index * 10 + random.below(500)));
  for (let i = 0; i < 100; i++) {
    const from = BigInt(random.below(40_000));
    const to = from + BigInt(random.below(2000));
    const { first, next } = numbersBetween(held(times), from, to);
    times.forEach((time, number) => {
      if (time >= from && time <= to) expect(number >= first && number < next).toBe(true);
    });
    expect(next - first).toBeLessThan(1400);
  }
});

test('the times of what is held', () => {
  expect(heldTimes(held([]))).toBeUndefined();
  expect(heldTimes(held([3n, 9n, 12n], 1))).toEqual({ oldest: 9n, newest: 12n });
  // The edges may be a little out of order.
  expect(heldTimes(held([9n, 8n]))).toEqual({ oldest: 8n, newest: 9n });
});
