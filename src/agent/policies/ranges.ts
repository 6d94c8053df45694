/**
 * Ranges of numbers as the kernel side compares them: 64 bits, unsigned; signed numbers are biased, so that their order is that
 * of unsigned ones.
 */

/** Both ends inclusive. */
export type Range = readonly [bigint, bigint];

/** The first `bits` of the 64 bits of `value`. */
export type Prefix = { value: bigint; bits: number };

const TOP_BIT = 1n << 63n;
const ALL_BITS = (1n << 64n) - 1n;

/** The smallest and the largest number. */
export const limitsOf = (signed: boolean): Range =>
  signed ? [-TOP_BIT, TOP_BIT - 1n] : [0n, ALL_BITS];

/**
 * The ranges in biased form, in order, none touching another. What lies outside of 64 bits is cut off; a range that is empty is
 * left out.
 */
export function biasRanges(ranges: readonly Range[], signed: boolean): Range[] {
  const [min, max] = limitsOf(signed);
  const biased = ranges
    .map(([from, to]): Range => [clamp(from, min, max + 1n), clamp(to, min - 1n, max)])
    .filter(([from, to]) => from <= to)
    .map(([from, to]): Range => [from - min, to - min])
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const merged: Range[] = [];
  for (const [from, to] of biased) {
    const last = merged.at(-1);
    if (!last || from > last[1] + 1n) merged.push([from, to]);
    else if (to > last[1]) merged[merged.length - 1] = [last[0], to];
  }
  return merged;
}

/** Math.min and Math.max take no bigint. */
function clamp(value: bigint, min: bigint, max: bigint): bigint {
  if (value < min) return min;
  if (value > max) return max;
  return value;
}

/** The fewest prefixes that together hold exactly the numbers of a (biased) range: 126 at most. */
export function prefixesOf([from, to]: Range): Prefix[] {
  const prefixes: Prefix[] = [];
  for (let at = from; at <= to; ) {
    // The largest block that begins here and does not go beyond the end.
    let free = at === 0n ? 64 : trailingZeros(at);
    while (free > 0 && at + (1n << BigInt(free)) - 1n > to) free -= 1;
    prefixes.push({ value: at, bits: 64 - free });
    at += 1n << BigInt(free);
  }
  return prefixes;
}

function trailingZeros(value: bigint): number {
  let count = 0;
  for (let rest = value; (rest & 1n) === 0n; rest >>= 1n) count += 1;
  return count;
}
