import { ASCII_BARS, BARS } from './ascii.ts';

/** One character a value, its height relative to the highest. The lowest is for nothing alone: anything at all shows. */
export function sparkline(values: readonly number[], ascii = false): string {
  const bars = ascii ? ASCII_BARS : BARS;
  const highest = Math.max(...values, 1);
  const barOf = (value: number) =>
    value <= 0 ? 0 : Math.max(1, Math.round((value / highest) * (bars.length - 1)));
  return values.map((value) => bars[barOf(value)] ?? bars[0]).join('');
}
