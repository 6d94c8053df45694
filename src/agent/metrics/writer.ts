import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LatencyCounts } from './latency.ts';

export type Labels = Readonly<Record<string, string>>;
export type Value = readonly [labels: Labels, value: number];
type Write = (name: string, help: string, values: readonly Value[] | number) => void;
/** Adds a metric with its samples; a number is one without labels. */
export type Put = { readonly counter: Write; readonly gauge: Write };

export function createWriter(registry: Registry): Put {
  const write =
    (Metric: typeof Counter | typeof Gauge): Write =>
    (name, help, given) => {
      const values: readonly Value[] = typeof given === 'number' ? [[{}, given]] : given;
      // One without samples would be written as 0 without labels.
      if (values.length === 0) return;
      const labelNames = [...new Set(values.flatMap(([labels]) => Object.keys(labels)))];
      const metric = new Metric({ name, help, labelNames, registers: [registry] });
      for (const [labels, value] of values) metric.inc(labels, value);
    };
  return { counter: write(Counter), gauge: write(Gauge) };
}

const LATENCY = 'trigon_event_latency_seconds';
const LATENCY_HELP = 'Time from an event to when it was read from the ring buffer.';

/** A histogram whose counts are known already: prom-client only writes it. */
export class KnownHistogram extends Histogram {
  readonly #counts: LatencyCounts;

  constructor(registry: Registry, counts: LatencyCounts) {
    super({ name: LATENCY, help: LATENCY_HELP, registers: [registry] });
    this.#counts = counts;
  }

  /** What the registry asks histograms for. */
  async getForPromString() {
    const { buckets, count, sum } = this.#counts;
    const part = (name: string, value: number, labels = {}) => ({
      ...{ metricName: `${LATENCY}_${name}`, labels, value },
    });
    return {
      name: LATENCY,
      help: LATENCY_HELP,
      type: 'histogram',
      values: [
        ...buckets.map((bucket) => part('bucket', bucket.count, { le: bucket.seconds })),
        part('bucket', count, { le: '+Inf' }),
        part('sum', sum),
        part('count', count),
      ],
    };
  }
}
