import type { LostCounts, PolicyStatus } from '../messages.ts';
import type { EventCounts, EventTotals } from './eventCounts.ts';
import { splitHookKey } from './eventCounts.ts';
import { createRates } from './rates.ts';
import { type ClockReading, createStartTime } from './startTime.ts';
import type {
  AgentStats,
  ExportStats,
  MapStats,
  PolicyStats,
  RingStats,
  TypeStats,
} from './types.ts';

/** Where the numbers come from. All are counted anyway, and read when somebody asks. */
export type StatsSources = {
  readonly node: string;
  readonly version: string;
  readonly counts: EventCounts;
  clock(): ClockReading;
  lost(): LostCounts;
  ring(): RingStats;
  processes(): number;
  maps(): readonly MapStats[];
  policies(): readonly PolicyStatus[];
  missedRuns(): AgentStats['missedRuns'];
  exported(): ExportStats | undefined;
  attached(): AgentStats['attached'];
  dns(): AgentStats['dns'];
};

export type Stats = {
  /** Twice a second: for rates. */
  note(): void;
  read(): AgentStats;
};

export function createStats(sources: StatsSources): Stats {
  const rates = createRates();
  const startTime = createStartTime(sources.clock);

  const typesOf = (totals: EventTotals): TypeStats[] => {
    const byType = sumByType(totals);
    const perSecond = rates.perSecond(performance.now(), byType);
    return Array.from(byType, ([type, count]) => ({
      ...{ type, count },
      perSecond: perSecond.get(type) ?? 0,
    }));
  };

  return {
    note: () => rates.note(performance.now(), sumByType(sources.counts.read())),
    read() {
      const totals = sources.counts.read();
      const { user, system } = process.cpuUsage();
      return {
        pid: process.pid,
        version: sources.version,
        node: sources.node,
        startedAt: startTime(),
        memory: process.memoryUsage.rss(),
        cpuSeconds: (user + system) / 1e6,
        events: typesOf(totals),
        byType: totals.byType,
        byHook: totals.byHook.map(({ group, ...rest }) => {
          const { policy, hook } = splitHookKey(group);
          return { ...rest, group: hook, policy };
        }),
        throttles: totals.throttles,
        lost: sources.lost(),
        ring: sources.ring(),
        latency: totals.latency,
        processes: sources.processes(),
        maps: sources.maps(),
        policies: sources.policies().map(policyStats),
        missedRuns: sources.missedRuns(),
        exported: sources.exported(),
        attached: sources.attached(),
        dns: sources.dns(),
      };
    },
  };
}

function sumByType({ byType }: EventTotals): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { group, count } of byType) sums.set(group, (sums.get(group) ?? 0) + count);
  return sums;
}

const policyStats = (policy: PolicyStatus): PolicyStats => ({
  name: policy.name,
  namespace: policy.namespace ?? '',
  mode: policy.mode,
  condition: policy.condition,
  memoryBytes: policy.memoryBytes,
  counts: policy.counts,
  runs: policy.runs,
  selectors: policy.hooks.flatMap(({ call, selectors }, hookIndex) =>
    selectors.map(({ kills, counts }, selectorIndex) => ({
      ...{ hook: call, hookIndex, selectorIndex, kills, counts },
    })),
  ),
});
