/** Policies as Tetragon's API tells of them. */
import type {
  ActionCounters,
  HookStatusMessage,
  SelectorActionCounters,
  TracingPolicyState,
  TracingPolicyStatus,
} from '../../grpc/messages/policies.ts';
import type { HookKind } from '../../policies/model.ts';
import type {
  HookStatus,
  PolicyCondition,
  PolicyStatus,
  SelectorCounts,
  SelectorDescription,
} from '../messages.ts';

/** Policies that came over gRPC have this in place of a file: `grpc:name`, or `grpc:domain/name`. */
const ORIGIN = 'grpc:';
/** Tetragon's names of the two: files, and what clients add. */
export const FILE_DOMAIN = 'static';
export const GRPC_DOMAIN = 'grpc';

/** What stands for the file of a policy of a domain. */
export const originOf = (domain: string, name: string): string =>
  `${ORIGIN}${domain === GRPC_DOMAIN ? '' : `${domain}/`}${name}`;

/** The domain of a policy by its file. */
export function domainOf(file: string): string {
  if (!file.startsWith(ORIGIN)) return FILE_DOMAIN;
  const [domain, name] = file.slice(ORIGIN.length).split('/');
  return name === undefined || domain === undefined ? GRPC_DOMAIN : domain;
}

const STATES: Readonly<Record<PolicyCondition, TracingPolicyState>> = {
  enabled: 'TP_STATE_ENABLED',
  disabled: 'TP_STATE_DISABLED',
  partially_enabled: 'TP_STATE_PARTIALLY_ENABLED',
  load_error: 'TP_STATE_LOAD_ERROR',
};

/** Tetragon's names of the sensors that such hooks are. */
const SENSORS: Readonly<Record<HookKind, string>> = {
  kprobe: 'generic_kprobe',
  fentry: 'generic_fentry',
  tracepoint: 'generic_tracepoint',
  lsm: 'generic_lsm',
  uprobe: 'generic_uprobe',
  usdt: 'generic_usdt',
};

/** A policy and its counters. What Trigon counts beyond (spared, failed) has no place in Tetragon's message. */
export function tracingPolicyStatus(policy: PolicyStatus): TracingPolicyStatus {
  const { hooks } = policy;
  const selectors = hooks.flatMap((hook, index) => selectorCounters(hook, index));
  return {
    id: BigInt(policy.id),
    name: policy.name,
    namespace: policy.namespace ?? '',
    info: policy.title,
    sensors: [...new Set(hooks.map(({ kind }) => SENSORS[kind]))],
    enabled: policy.mode !== 'off',
    filterId: 0n,
    error: policy.problems.join('\n'),
    state: STATES[policy.condition],
    kernelMemoryBytes: BigInt(policy.memoryBytes),
    mode: policy.mode === 'enforce' ? 'TP_MODE_ENFORCE' : 'TP_MODE_MONITOR',
    stats: {
      actionCounters: sum(selectors.map(({ actionCounters }) => actionCounters)),
      selectorActionCounters: selectors,
    },
    domain: domainOf(policy.file),
    hookStatuses: hooks.map(hookStatus),
  };
}

type Counted = SelectorActionCounters & { readonly actionCounters: ActionCounters };

const selectorCounters = ({ call, selectors }: HookStatus, hookIndex: number): Counted[] =>
  selectors.map((selector, selectorIndex) => ({
    hook: call,
    hookIndex,
    selectorIndex,
    actionCounters: actionCounters(selector, selector.counts),
    selectorLabel: '',
  }));

/** What a selector that monitors would have done is a signal if it sends any, else a refusal. */
function actionCounters(selector: SelectorDescription, counts: SelectorCounts): ActionCounters {
  const { matched, posted, rateLimited, wouldAct } = counts;
  const { kills, enforces } = selector;
  return {
    post: BigInt(posted),
    signal: BigInt(counts.killed + counts.signalled),
    monitorSignal: kills ? BigInt(wouldAct) : 0n,
    override: BigInt(counts.overridden),
    monitorOverride: enforces && !kills ? BigInt(wouldAct) : 0n,
    notifyEnforcer: 0n,
    monitorNotifyEnforcer: 0n,
    set: 0n,
    monitorSet: 0n,
    nopost: BigInt(Math.max(0, matched - posted - rateLimited)),
  };
}

const sum = (counters: readonly ActionCounters[]): ActionCounters =>
  counters.reduce(
    (total, one) => ({
      post: total.post + one.post,
      signal: total.signal + one.signal,
      monitorSignal: total.monitorSignal + one.monitorSignal,
      override: total.override + one.override,
      monitorOverride: total.monitorOverride + one.monitorOverride,
      notifyEnforcer: 0n,
      monitorNotifyEnforcer: 0n,
      set: 0n,
      monitorSet: 0n,
      nopost: total.nopost + one.nopost,
    }),
    NO_COUNTS,
  );

const NO_COUNTS: ActionCounters = {
  post: 0n,
  signal: 0n,
  monitorSignal: 0n,
  override: 0n,
  monitorOverride: 0n,
  notifyEnforcer: 0n,
  monitorNotifyEnforcer: 0n,
  set: 0n,
  monitorSet: 0n,
  nopost: 0n,
};

function hookStatus({ kind, call, way, points }: HookStatus, hookIdx: number): HookStatusMessage {
  const there = points.filter(({ state }) => state === 'attached' || state === 'idle');
  const reasons = [...new Set(points.flatMap(({ reason }) => reason ?? []))];
  const state =
    there.length === 0
      ? 'STATUS_CALL_NOT_FOUND'
      : there.length < points.length
        ? 'STATUS_PARTIAL_CALL_NOT_FOUND'
        : 'STATUS_LOADED';
  return {
    section: way === '' ? kind : way,
    state,
    hookDescription: [call, ...reasons].join('; '),
    hookIdx,
  };
}
