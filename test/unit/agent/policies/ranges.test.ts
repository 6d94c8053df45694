import { describe, expect, test } from 'vitest';
import {
  biasRanges,
  limitsOf,
  type Prefix,
  prefixesOf,
  type Range,
} from '../../../../src/agent/policies/ranges.ts';
import { createRandom } from './random.ts';

const ALL = (1n << 64n) - 1n;
const TOP = 1n << 63n;

/** First and last number of a prefix. */
const spanOf = ({ value, bits }: Prefix): Range => [value, value + (1n << BigInt(64 - bits)) - 1n];

/** As the kernel's trie does it. */
const isIn = (number: bigint, prefixes: readonly Prefix[]): boolean =>
  prefixes.some(({ value, bits }) => number >> BigInt(64 - bits) === value >> BigInt(64 - bits));

describe('prefixes of a range', () => {
  test.each<[string, Range, number]>([
    ['one number', [7n, 7n], 1],
    ['everything', [0n, ALL], 1],
    ['all but both ends: the most there can be', [1n, ALL - 1n], 126],
    ['a half', [TOP, ALL], 1],
    ['ports', [1024n, 65535n], 6],
  ])('%s', (_, range, count) => {
    expect(prefixesOf(range)).toHaveLength(count);
  });

  test('hold exactly the range: one after the other, without a gap', () => {
    const random = createRandom(2);
    for (let round = 0; round < 2000; round++) {
      const shift = BigInt(random.below(64));
      const [a, b] = [random.u64() >> shift, random.u64() >> shift];
      const [from, to] = a < b ? [a, b] : [b, a];
      const prefixes = prefixesOf([from, to]);
      let next = from;
      for (const prefix of prefixes) {
        const [first, last] = spanOf(prefix);
        expect(first).toBe(next);
        // Its bits behind the prefix are 0: the trie would not mind, a reader of the map would.
        expect(first & (last - first)).toBe(0n);
        next = last + 1n;
      }
      expect(next).toBe(to + 1n);
      for (const number of [from, to, from + (to - from) / 2n])
        expect(isIn(number, prefixes)).toBe(true);
      if (from > 0n) expect(isIn(from - 1n, prefixes)).toBe(false);
      if (to < ALL) expect(isIn(to + 1n, prefixes)).toBe(false);
    }
  });
});

describe('biased ranges', () => {
  test('of signed numbers keep their order: the smallest becomes 0', () => {
    expect(biasRanges([[-1n, 1n]], true)).toEqual([[TOP - 1n, TOP + 1n]]);
    expect(biasRanges([limitsOf(true)], true)).toEqual([[0n, ALL]]);
  });

  test('are in order and joined where they touch or overlap', () => {
    const ranges: Range[] = [
      [10n, 12n],
      [1n, 3n],
      [4n, 5n],
      [11n, 20n],
      [40n, 40n],
    ];
    expect(biasRanges(ranges, false)).toEqual([
      [1n, 5n],
      [10n, 20n],
      [40n, 40n],
    ]);
  });

  test('what no number can be is cut off', () => {
    expect(biasRanges([[-5n, 5n]], false)).toEqual([[0n, 5n]]);
    expect(biasRanges([[ALL + 1n, ALL + 5n]], false)).toEqual([]);
    expect(biasRanges([[-9n, -1n]], false)).toEqual([]);
    expect(biasRanges([[5n, 4n]], false)).toEqual([]);
    expect(biasRanges([[TOP, TOP]], true)).toEqual([]);
  });

  test('hold the same numbers as the ranges they come from', () => {
    const random = createRandom(3);
    for (let round = 0; round < 500; round++) {
      const ranges = Array.from({ length: 1 + random.below(8) }, (): Range => {
        const from = BigInt(random.below(60)) - 30n;
        return [from, from + BigInt(random.below(12))];
      });
      const biased = biasRanges(ranges, true);
      for (let number = -35n; number < 45n; number++)
        expect(biased.some(([from, to]) => number + TOP >= from && number + TOP <= to)).toBe(
          ranges.some(([from, to]) => number >= from && number <= to),
        );
    }
  });
});
