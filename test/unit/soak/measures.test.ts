import { describe, expect, test } from 'vitest';
import { trendOf } from '../../soak/flat.ts';
import { type Measure, measureFailures } from '../../soak/measures.ts';

const values = (from: number, to: number) =>
  Array.from({ length: 9 }, (_, at) => ({ at, value: from + ((to - from) * at) / 8 }));

const measure = (given: Partial<Measure>): Measure => ({
  ...{ name: 'a heap', unit: 'MB', limit: 8, latest: 10 },
  ...{ trend: trendOf(values(10, 10)), isFlat: true },
  ...given,
});

describe('what is wrong with what was measured', () => {
  test('nothing, when it was measured and is flat', () => {
    expect(measureFailures([measure({})], true)).toEqual([]);
  });

  test('what has grown, with both ends and the limit', () => {
    const grown = measure({ trend: trendOf(values(10, 50)), isFlat: false });
    expect(measureFailures([measure({}), grown], true)).toEqual([
      'a heap has grown from 15.0 to 45.0 MB, by more than 8',
    ]);
  });

  test('a measure without enough points, in a run that must have them', () => {
    const silent = measure({ trend: undefined });
    expect(measureFailures([silent], true)).toEqual([
      'a heap: there are too few points to say whether it grows',
    ]);
    expect(measureFailures([silent], false)).toEqual([]);
  });
});
