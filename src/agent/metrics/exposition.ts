import { Registry } from 'prom-client';
import { putEvents, putLosses } from './eventFamilies.ts';
import { putPolicies } from './policyFamilies.ts';
import type { AgentStats } from './types.ts';
import { createWriter, KnownHistogram, type Put, type Value } from './writer.ts';

/**
 * The numbers in Prometheus' text format. Names and labels are Tetragon's where the meaning is, so that its dashboards and alerts
 * work; the others begin with trigon_. Loaded only where somebody asks for it.
 */
export async function prometheusText(stats: AgentStats): Promise<string> {
  const registry = new Registry();
  const put = createWriter(registry);
  putEvents(put, stats);
  putLosses(put, stats);
  putPolicies(put, stats);
  putHost(put, stats);
  new KnownHistogram(registry, stats.latency);
  return registry.metrics();
}

function putHost(put: Put, stats: AgentStats) {
  const { version, maps, ring, processes } = stats;
  const build = [[{ version }, 1]] as const;
  put.gauge('tetragon_build_info', 'Version of the agent.', build);
  put.gauge('trigon_build_info', 'Version of Trigon.', build);
  const ofMaps = (value: (map: (typeof maps)[number]) => number): Value[] =>
    maps.map((map) => [{ map: map.name }, value(map)]);
  put.gauge(
    'tetragon_map_entries',
    'Entries of maps.',
    ofMaps(({ entries }) => entries),
  );
  put.gauge(
    'tetragon_map_capacity',
    'Entries that they can hold.',
    ofMaps(({ capacity }) => capacity),
  );
  put.gauge(
    'trigon_map_bytes',
    'Kernel memory of maps.',
    ofMaps(({ bytes }) => bytes),
  );
  put.gauge('trigon_attached', 'Who gets events over a socket now.', [
    [{ kind: 'screen' }, stats.attached.screens],
    [{ kind: 'grpc' }, stats.attached.grpc],
  ]);
  put.gauge('tetragon_process_cache_size', 'Processes that are remembered.', processes);
  put.gauge('trigon_ring_size_bytes', 'Size of the ring buffer of the kernel.', ring.size);
  put.gauge('trigon_ring_used_bytes', 'Bytes in it when it was read last.', ring.last);
  put.gauge('trigon_ring_used_bytes_max', 'The most bytes that were read at once.', ring.most);
  put.gauge('process_resident_memory_bytes', 'Memory of the process.', stats.memory);
  put.counter('process_cpu_seconds_total', 'Processor time of the process.', stats.cpuSeconds);
  put.gauge('process_start_time_seconds', 'Start of the process.', stats.startedAt / 1000);
}
