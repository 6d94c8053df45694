/** How long events lay in the kernel's ring: a histogram. */
export type Latency = {
  /** @param ns from the event to when it was read; what came while it was being read counts as 0 */
  observe(ns: number): void;
  read(): LatencyCounts;
};

export type LatencyCounts = {
  /** Events that took no longer than the bound (seconds), of each the sum up to it. */
  readonly buckets: readonly { readonly seconds: number; readonly count: number }[];
  readonly count: number;
  /** Seconds, of all together. */
  readonly sum: number;
};

/** Seconds. The ring is read every 10 to 30 ms (rhythm.ts); what is beyond tells of a busy host. */
const BOUNDS = [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12] as const;
const NS_PER_SECOND = 1e9;

export function createLatency(): Latency {
  /** The last one: beyond all bounds. */
  const counts = new Array<number>(BOUNDS.length + 1).fill(0);
  let sum = 0;
  return {
    observe(ns) {
      const seconds = Math.max(0, ns) / NS_PER_SECOND;
      let at = 0;
      while (at < BOUNDS.length && seconds > (BOUNDS[at] ?? 0)) at += 1;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += seconds;
    },
    read() {
      let count = 0;
      const buckets = BOUNDS.map((seconds, at) => {
        count += counts[at] ?? 0;
        return { seconds, count };
      });
      return { buckets, count: count + (counts.at(-1) ?? 0), sum };
    },
  };
}
