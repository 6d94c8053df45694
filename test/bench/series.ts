/** Measurements of several things, one of each in a round. */
export type Series = {
  add(key: string, value: number): void;
  /** In the order in which they came; none: []. */
  of(key: string): readonly number[];
  /** In the order in which they first came. */
  keys(): string[];
};

export function createSeries(): Series {
  const series = new Map<string, number[]>();
  return {
    add(key, value) {
      const values = series.get(key);
      if (values) values.push(value);
      else series.set(key, [value]);
    },
    of: (key) => series.get(key) ?? [],
    keys: () => [...series.keys()],
  };
}
