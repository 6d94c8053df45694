import { median } from '../bench/cpu.ts';

/** One value of a measure: `at` is seconds since the soak began. */
export type Point = { readonly at: number; readonly value: number };

export type Trend = {
  /** Medians of the first and of the last third. */
  readonly first: number;
  readonly last: number;
  readonly least: number;
  readonly most: number;
  /** `last` - `first`. */
  readonly growth: number;
  /** Of the line of least squares through all points. */
  readonly perHour: number;
  readonly points: number;
};

/** Fewer points say nothing. */
export const LEAST_POINTS = 6;

/** How a measure went after the warm-up; undefined: too few points. */
export function trendOf(points: readonly Point[]): Trend | undefined {
  if (points.length < LEAST_POINTS) return undefined;
  const values = points.map(({ value }) => value);
  const third = Math.floor(values.length / 3);
  const [first, last] = [median(values.slice(0, third)), median(values.slice(-third))];
  return {
    ...{ first, last, growth: last - first, points: points.length },
    least: values.reduce((a, b) => Math.min(a, b)),
    most: values.reduce((a, b) => Math.max(a, b)),
    perHour: slopeOf(points) * 3600,
  };
}

/**
 * Whether it has grown by more than noise: the medians differ by more than the limit, and all points together say that it rises (a
 * single step down and up again, or a peak in the last third, does not).
 *
 * @param limit in the measure's unit
 */
export function hasGrown({ growth, perHour }: Trend, limit: number, seconds: number): boolean {
  return growth > limit && (perHour * seconds) / 3600 > limit / 2;
}

function slopeOf(points: readonly Point[]): number {
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const [at, value] = [mean(points.map((p) => p.at)), mean(points.map((p) => p.value))];
  const across = points.reduce((sum, p) => sum + (p.at - at) * (p.value - value), 0);
  const along = points.reduce((sum, p) => sum + (p.at - at) ** 2, 0);
  return along === 0 ? 0 : across / along;
}
