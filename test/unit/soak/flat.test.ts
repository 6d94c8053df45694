import { describe, expect, test } from 'vitest';
import { createRandom } from '../../screen/terminal/random.ts';
import { hasGrown, LEAST_POINTS, type Point, trendOf } from '../../soak/flat.ts';

const SECONDS = 600;

/** A measure every two seconds, with noise of up to ±10. */
const points = (valueAt: (share: number) => number): Point[] => {
  const random = createRandom(1);
  return Array.from({ length: SECONDS / 2 }, (_, index) => ({
    at: index * 2,
    value: valueAt((index * 2) / SECONDS) + random.below(21) - 10,
  }));
};

const grows = (list: readonly Point[], limit: number): boolean => {
  const trend = trendOf(list);
  if (!trend) throw new Error('too few points');
  return hasGrown(trend, limit, SECONDS);
};

describe('what has grown', () => {
  test('noise alone has not, however large', () => {
    expect(
      grows(
        points(() => 200),
        5,
      ),
    ).toBe(false);
  });

  test('a steady rise has, when it is more than the limit', () => {
    expect(
      grows(
        points((share) => 200 + 60 * share),
        24,
      ),
    ).toBe(true);
    expect(
      grows(
        points((share) => 200 + 20 * share),
        24,
      ),
    ).toBe(false);
  });

  test('a step that stays has', () => {
    expect(
      grows(
        points((share) => (share < 0.5 ? 200 : 240)),
        24,
      ),
    ).toBe(true);
  });

  test('a peak that is over has not, nor a fall', () => {
    expect(
      grows(
        points((share) => (share > 0.4 && share < 0.6 ? 400 : 200)),
        24,
      ),
    ).toBe(false);
    expect(
      grows(
        points((share) => 300 - 60 * share),
        24,
      ),
    ).toBe(false);
  });
});

test('a trend has medians of thirds, the extremes and a slope', () => {
  const list = Array.from({ length: 9 }, (_, at) => ({ at, value: at }));
  expect(trendOf(list)).toEqual({
    ...{ first: 1, last: 7, growth: 6, least: 0, most: 8, points: 9 },
    perHour: 3600,
  });
});

test('too few points have none', () => {
  const list = Array.from({ length: LEAST_POINTS - 1 }, (_, at) => ({ at, value: at }));
  expect(trendOf(list)).toBeUndefined();
});
