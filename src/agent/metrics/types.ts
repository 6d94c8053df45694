import type { LostCounts, PolicyStatus, SelectorCounts } from '../messages.ts';
import type { LabelCount } from './labelCounter.ts';
import type { LatencyCounts } from './latency.ts';

/** How a running Trigon does: what `trigon stats` prints and Prometheus gets. Names in it are hostile texts. */
export type AgentStats = {
  readonly pid: number;
  readonly version: string;
  readonly node: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
  /** Bytes and seconds, of the whole process: the screen too, if it has one. */
  readonly memory: number;
  readonly cpuSeconds: number;
  readonly events: readonly TypeStats[];
  /** The same by binary, empty names unless metrics are served; by hook with its policy. */
  readonly byType: readonly LabelCount[];
  readonly byHook: readonly (LabelCount & { readonly policy: string })[];
  readonly throttles: { readonly started: number; readonly stopped: number };
  readonly lost: LostCounts;
  readonly ring: RingStats;
  readonly latency: LatencyCounts;
  /** Processes that the agent remembers, ended ones among them. */
  readonly processes: number;
  readonly maps: readonly MapStats[];
  readonly policies: readonly PolicyStats[];
  /** Runs that the kernel skipped, by whose programs. */
  readonly missedRuns: { readonly sensor: number; readonly policies: number };
  /** undefined: none is written. */
  readonly exported: ExportStats | undefined;
  /** Over sockets. */
  readonly attached: { readonly screens: number; readonly grpc: number };
  /** Answers of DNS servers that were not looked at; undefined: none are watched. */
  readonly dns:
    | { readonly tooMany: number; readonly tooLong: number; readonly noRoom: number }
    | undefined;
};

/** Tetragon's type; events a second of the last ten. */
export type TypeStats = {
  readonly type: string;
  readonly count: number;
  readonly perSecond: number;
};

/** Of the kernel's ring buffer. Bytes; `last` and `most`: what lay in it when it was read, the last time and at most. */
export type RingStats = {
  readonly size: number;
  readonly last: number;
  readonly most: number;
  /** Records so far. */
  readonly records: number;
};

export type MapStats = {
  readonly name: string;
  readonly entries: number;
  readonly capacity: number;
  readonly bytes: number;
};

export type PolicyStats = Pick<
  PolicyStatus,
  'name' | 'mode' | 'condition' | 'memoryBytes' | 'counts' | 'runs'
> & {
  /** '' when it is of none. */
  readonly namespace: string;
  readonly selectors: readonly SelectorStats[];
};

export type SelectorStats = {
  readonly hook: string;
  readonly hookIndex: number;
  readonly selectorIndex: number;
  /** It would kill, or signal; otherwise it would refuse. */
  readonly kills: boolean;
  readonly counts: SelectorCounts;
};

export type ExportStats = {
  readonly events: number;
  readonly bytes: number;
  /** Left out by its rate limit. */
  readonly limited: number;
};
