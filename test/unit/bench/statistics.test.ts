import { expect, test } from 'vitest';
import { median, medianInterval, percentile } from '../../bench/cpu.ts';
import { keyFigures } from '../../bench/latencies.ts';
import { meanCpu, measureRound } from '../../bench/rounds.ts';
import { createSeries } from '../../bench/series.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('medians and percentiles, whatever the order', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(percentile(upTo(300).reverse(), 0.99)).toBe(297);
  expect(percentile([7], 0.99)).toBe(7);
});

test('a median lies between two ranks, the closer the more there are', () => {
  // As tables of the binomial distribution have it.
  expect(medianInterval(upTo(6).reverse())).toEqual([1, 6]);
  expect(medianInterval(upTo(20).reverse())).toEqual([6, 15]);
  expect(medianInterval(upTo(100).reverse())).toEqual([40, 61]);
  expect(medianInterval([3, 1])).toEqual([1, 3]);
});

test('a round measures off, on, on, off, and leaves it off', async () => {
  const done: string[] = [];
  let count = 0;
  const round = await measureRound(
    async (mode) => void done.push(mode),
    async () => {
      count += 1;
      return { cpuNs: count * 10 };
    },
  );
  expect(done).toEqual(['off', 'monitor', 'monitor', 'off']);
  expect(round).toEqual({
    off: [{ cpuNs: 10 }, { cpuNs: 40 }],
    monitor: [{ cpuNs: 20 }, { cpuNs: 30 }],
  });
  // What drifts steadily is no difference.
  expect(meanCpu(round.off)).toBe(meanCpu(round.monitor));
});

test('the figures of a key say how many times it was pressed, and keep to the budgets', () => {
  expect(keyFigures(upTo(300), 'at 10k ev/s')).toEqual([
    {
      ...{ name: 'key to frame at 10k ev/s, p50', value: 150, unit: 'ms', budget: 10 },
      ...{ spread: [1, 300], note: 'of 300' },
    },
    {
      ...{ name: 'key to frame at 10k ev/s, p99', value: 297, unit: 'ms', budget: 60 },
      ...{ spread: [1, 300], note: 'of 300' },
    },
  ]);
});

test('a series keeps the order of what was added', () => {
  const series = createSeries();
  for (const [key, value] of [
    ['b', 1],
    ['a', 2],
    ['b', 3],
  ] as const)
    series.add(key, value);
  expect(series.keys()).toEqual(['b', 'a']);
  expect(series.of('b')).toEqual([1, 3]);
  expect(series.of('c')).toEqual([]);
});
