import type { AgentStats } from './types.ts';
import type { Put } from './writer.ts';

export function putEvents(
  put: Put,
  { byType, byHook, node, ring, exported, throttles }: AgentStats,
) {
  put.counter(
    'tetragon_events_total',
    'Events, by type and binary.',
    byType.map(({ group, binary, count }) => [{ type: group, binary, node_name: node }, count]),
  );
  put.counter(
    'tetragon_policy_events_total',
    'Events of policies.',
    byHook.map(({ group, policy, binary, count }) => [
      { policy, hook: group, binary, node_name: node },
      count,
    ]),
  );
  put.counter(
    'tetragon_observer_ringbuf_events_received_total',
    'Records read from the ring buffer of the kernel.',
    ring.records,
  );
  put.counter('tetragon_cgroup_rate_total', 'Throttling of cgroups.', [
    [{ type: 'throttle_start' }, throttles.started],
    [{ type: 'throttle_stop' }, throttles.stopped],
  ]);
  if (!exported) return;
  put.counter('tetragon_events_exported_total', 'Events exported.', exported.events);
  put.counter('tetragon_events_exported_bytes_total', 'Bytes of events exported.', exported.bytes);
  put.counter(
    'tetragon_export_ratelimit_events_dropped_total',
    'Events that the rate limit of the export left out.',
    exported.limited,
  );
}

/** Words of the label `cause`. */
const CAUSES: Readonly<Record<keyof AgentStats['lost'], string>> = {
  processRing: 'ring_process',
  policyRing: 'ring_policy',
  processTable: 'process_table',
  nested: 'nested',
  throttled: 'throttled',
  recursion: 'recursion',
  queue: 'queue',
  clients: 'clients',
  exportFile: 'export_file',
};

export function putLosses(put: Put, { lost, missedRuns, dns }: AgentStats) {
  put.counter(
    'trigon_lost_events_total',
    'Events that did not arrive.',
    Object.entries(CAUSES).map(([cause, word]) => [
      { cause: word },
      lost[cause as keyof typeof CAUSES],
    ]),
  );
  put.counter(
    'tetragon_observer_ringbuf_events_lost_total',
    'Events for which the ring buffer of the kernel had no room.',
    lost.processRing + lost.policyRing,
  );
  put.counter(
    'tetragon_observer_ringbuf_queue_events_lost_total',
    'Events that the screen or the command did not take in time.',
    lost.queue,
  );
  put.counter(
    'tetragon_bpf_missed_events_total',
    'Events that programs of the kernel could not post.',
    // What bpf_ringbuf_output says when there is no room; numbers of operations are Tetragon's: exec, kprobe.
    [
      [{ error: 'EAGAIN', msg_op: '5' }, lost.processRing],
      [{ error: 'EAGAIN', msg_op: '13' }, lost.policyRing],
    ],
  );
  put.counter('tetragon_missed_prog_probes_total', 'Runs of programs that the kernel skipped.', [
    [{ attach: 'sensor', policy: '' }, missedRuns.sensor],
    [{ attach: 'policies', policy: '' }, missedRuns.policies],
  ]);
  if (!dns) return;
  put.counter(
    'trigon_dns_answers_unseen_total',
    'Answers of DNS servers that names were not learnt from.',
    [
      [{ cause: 'too_many' }, dns.tooMany],
      [{ cause: 'too_long' }, dns.tooLong],
      [{ cause: 'no_room' }, dns.noRoom],
    ],
  );
}
