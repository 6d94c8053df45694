import type { HookStatus, PolicyStatus, SelectorCounts } from '../agent/messages.ts';

/** What `policy list` says of a policy: the columns of `tetra tracingpolicy list`, and its file, for two may have one name. */
export type PolicyRow = {
  id: number;
  name: string;
  state: PolicyStatus['condition'];
  /** Tetragon's id of a policy's pod filter; always 0: Trigon matches workloads in selectors. */
  filterId: 0;
  /** Empty: all namespaces. */
  namespace: string;
  /** Tetragon's names for the kinds of its hooks. */
  sensors: string[];
  /** Bytes of its share of the kernel's maps. */
  kernelMemory: number;
  mode: PolicyStatus['mode'];
  /** Events; actions; calls in which monitor mode left an action undone. */
  posted: number;
  enforced: number;
  monitored: number;
  file: string;
};

export function policyRow(policy: PolicyStatus): PolicyRow {
  const { counts } = policy;
  return {
    id: policy.id,
    name: policy.name,
    state: policy.condition,
    filterId: 0,
    namespace: policy.namespace ?? '',
    sensors: sensorsOf(policy.hooks),
    kernelMemory: policy.memoryBytes,
    mode: policy.mode,
    posted: counts.posted,
    enforced: enforcedOf(counts),
    monitored: counts.wouldAct,
    file: policy.file,
  };
}

const enforcedOf = ({ killed, signalled, overridden }: SelectorCounts): number =>
  killed + signalled + overridden;

/** Tetragon's names of sensors. */
const SENSORS = {
  kprobe: 'generic_kprobe',
  fentry: 'generic_fentry',
  tracepoint: 'generic_tracepoint',
  lsm: 'generic_lsm',
  uprobe: 'generic_uprobe',
  usdt: 'generic_usdt',
} as const;

const sensorsOf = (hooks: readonly HookStatus[]): string[] => [
  ...new Set(hooks.map(({ kind }) => SENSORS[kind])),
];
