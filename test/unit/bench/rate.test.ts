import { expect, test } from 'vitest';
import { figureOf, isMet } from '../../bench/figure.ts';
import { atRate } from '../../bench/rate.ts';

const FIGURE = figureOf('frame at 10k ev/s', 'ms', [1, 2, 3], { budget: 5, note: 'of 60' });

test('a figure says at what rate it was measured, and what was lost', () => {
  const [figure] = atRate({ nominal: 100_000, told: 98_240.4, lost: 3 }, [FIGURE]);
  expect(figure).toEqual({ ...FIGURE, note: 'of 60; 98.2k ev/s told, 3 lost' });
  const [bare] = atRate({ nominal: 0, told: 0, lost: 0 }, [figureOf('a', 'ms', [1])]);
  expect(bare).toMatchObject({ note: '0 ev/s told, 0 lost' });
  const [exact] = atRate({ nominal: 50_000, told: 50_010, lost: 0 }, [figureOf('a', 'ms', [1])]);
  expect(exact).toMatchObject({ note: '50k ev/s told, 0 lost' });
});

test.each([
  [9000, true],
  [8999, false],
  [0, false],
])('at %i of 10,000 events a second it is met: %s', (told, met) => {
  const [figure] = atRate({ nominal: 10_000, told, lost: 0 }, [FIGURE]);
  expect(figure && isMet(figure)).toBe(met);
});

test('what came of a rate that was not reached says which', () => {
  const [figure] = atRate({ nominal: 100_000, told: 73_600, lost: 7 }, [FIGURE]);
  expect(figure?.error).toBe('only 73.6k ev/s told, 7 lost, of 100k a second that were to be');
});
