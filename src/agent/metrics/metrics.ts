import { clock } from '../bpf/addon.ts';
import type { LostCounts, MetricsOptions } from '../messages.ts';
import type { PolicyEngine } from '../policies/engine.ts';
import { type Sensor, SHARED_MAPS } from '../sensor.ts';
import { createEventCounts, type EventCounts } from './eventCounts.ts';
import { createStats } from './stats.ts';
import type { AgentStats, ExportStats, MapStats } from './types.ts';

/** The agent's numbers: for `trigon stats`, and for Prometheus if it is served. */
export type Metrics = Pick<EventCounts, 'beginTurn' | 'add' | 'addRecord'> & {
  /** Twice a second: for rates. */
  note(): void;
  read(): AgentStats;
  close(): void;
};

type MetricsSources = {
  readonly node: string;
  readonly version: string;
  /** undefined: nothing is served. */
  readonly served: MetricsOptions | undefined;
  readonly sensor: Sensor;
  /** DNS answers that were not looked at; undefined: nothing is watched. */
  dns(): AgentStats['dns'];
  engine(): PolicyEngine;
  lost(): LostCounts;
  processes(): number;
  exported(): ExportStats | undefined;
  attached(): AgentStats['attached'];
  /** It listens there. */
  onServed(url: string): void;
  /** It can't be served for the time being; in words. */
  onTrouble(text: string): void;
};

/** What can't be served is tried again so often. */
const RETRY_MS = 10_000;

export function createMetrics(sources: MetricsSources): Metrics {
  const { served, sensor } = sources;
  const counts = createEventCounts(
    (policy, hook) => sources.engine().hookNames(policy, hook),
    served?.perBinary === true,
  );
  const stats = createStats({
    ...sources,
    ...{ counts, clock },
    ring: sensor.readRing,
    maps: () => mapStats(sensor),
    policies: () => sources.engine().status(),
    missedRuns: () => ({
      sensor: sensor.recursionMisses(),
      policies: sources.engine().recursionMisses(),
    }),
  });
  const server =
    served &&
    keepServing(
      served,
      async () => {
        const { prometheusText } = await import('./exposition.ts');
        return prometheusText(stats.read());
      },
      sources,
    );

  return {
    beginTurn: counts.beginTurn,
    add: counts.add,
    addRecord: counts.addRecord,
    note: stats.note,
    read: stats.read,
    close: () => server?.close(),
  };
}

/** Whoever has the port first must not keep the agent from its work: it is told, and tried until the port is free. */
function keepServing(
  options: MetricsOptions,
  render: () => Promise<string>,
  { onServed, onTrouble }: Pick<MetricsSources, 'onServed' | 'onTrouble'>,
): { close(): void } {
  let isClosed = false;
  let closeServer = () => {};
  let retry: NodeJS.Timeout | undefined;
  let told = '';
  const serve = async () => {
    // What most do without is loaded only where it is asked for.
    const { startMetricsServer } = await import('./server.ts');
    if (isClosed) return;
    const server = startMetricsServer(options, render);
    closeServer = server.close;
    onServed(await server.ready);
  };
  const attempt = () =>
    serve().catch((error: unknown) => {
      if (isClosed) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told)
        onTrouble(`no metrics: ${reason}; tried again every ${RETRY_MS / 1000} s`);
      told = reason;
      retry = setTimeout(attempt, RETRY_MS);
    });
  void attempt();
  return {
    close() {
      isClosed = true;
      clearTimeout(retry);
      closeServer();
    },
  };
}

/** Those with entries that come and go: of the others the size says all. */
const COUNTED: readonly string[] = ['processes', 'protected_processes', 'own_terminals'];

const mapStats = (sensor: Sensor): MapStats[] =>
  SHARED_MAPS.filter((name) => COUNTED.includes(name)).map((name) => {
    const map = sensor.sharedMap(name);
    return {
      name,
      entries: map.entries().length,
      capacity: map.maxEntries,
      bytes: map.memoryBytes(),
    };
  });
