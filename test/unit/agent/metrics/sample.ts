import { NOTHING_LOST } from '../../../../src/agent/lost.ts';
import { createLatency } from '../../../../src/agent/metrics/latency.ts';
import type { AgentStats } from '../../../../src/agent/metrics/types.ts';
import { NO_COUNTS } from '../../../../src/agent/selectorCounts.ts';

const latency = createLatency();
for (const ms of [1, 7, 30, 100_000]) latency.observe(ms * 1_000_000);

export const STATS: AgentStats = {
  pid: 4711,
  version: '0.1.0',
  node: 'host',
  startedAt: 1_000_000,
  memory: 90_000_000,
  cpuSeconds: 30,
  events: [{ type: 'PROCESS_EXEC', count: 7, perSecond: 0.5 }],
  byType: [
    { group: 'PROCESS_EXEC', binary: '/bin/a', count: 4 },
    { group: 'PROCESS_EXEC', binary: '/tmp/"b\\c\nd', count: 3 },
  ],
  byHook: [{ policy: 'p', group: 'kprobe:tcp_connect', binary: '/bin/a', count: 2 }],
  throttles: { started: 2, stopped: 1 },
  lost: { ...NOTHING_LOST, processRing: 5, queue: 6 },
  ring: { size: 1 << 24, last: 100, most: 1 << 20, records: 20 },
  latency: latency.read(),
  processes: 300,
  maps: [{ name: 'processes', entries: 290, capacity: 32_768, bytes: 1_000_000 }],
  policies: [
    {
      name: 'p',
      namespace: '',
      mode: 'enforce',
      condition: 'enabled',
      memoryBytes: 4096,
      counts: { ...NO_COUNTS, posted: 9, killed: 2, overridden: 1 },
      runs: { runs: 100, runTimeNs: 50_000, argumentFaults: 0, pendingLost: 0 },
      selectors: [
        {
          ...{ hook: 'tcp_connect', hookIndex: 0, selectorIndex: 0, kills: true },
          counts: { ...NO_COUNTS, posted: 9, killed: 2, wouldAct: 3 },
        },
      ],
    },
  ],
  missedRuns: { sensor: 1, policies: 2 },
  exported: { events: 7, bytes: 700, limited: 1 },
  attached: { screens: 2, grpc: 1 },
  dns: { tooMany: 1, tooLong: 2, noRoom: 3 },
};
