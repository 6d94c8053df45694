import type { PolicyCondition, PolicyMode } from '../messages.ts';
import type { AgentStats, PolicyStats, SelectorStats } from './types.ts';
import type { Labels, Put, Value } from './writer.ts';

/** Tetragon's words of the label `state`. */
const STATES: readonly PolicyCondition[] = [
  'enabled',
  'disabled',
  'partially_enabled',
  'load_error',
];
const MODES: readonly PolicyMode[] = ['off', 'monitor', 'enforce'];

export function putPolicies(put: Put, { policies }: AgentStats) {
  const countOf = (is: (policy: PolicyStats) => boolean) => policies.filter(is).length;
  put.gauge(
    'tetragon_tracingpolicy_loaded',
    'Policies, by state.',
    STATES.map((state) => [{ state }, countOf(({ condition }) => condition === state)]),
  );
  put.gauge(
    'trigon_policies',
    'Policies, by mode.',
    MODES.map((mode) => [{ mode }, countOf((policy) => policy.mode === mode)]),
  );
  const each = (value: (policy: PolicyStats) => number): Value[] =>
    policies.map((policy) => [policyLabels(policy), value(policy)]);
  put.gauge(
    'tetragon_tracingpolicy_kernel_memory_bytes',
    "A policy's share of the maps of the kernel.",
    each(({ memoryBytes }) => memoryBytes),
  );
  put.counter(
    'tetragon_tracingpolicy_selector_actions_total',
    'What selectors did, and what they would have done in monitor mode.',
    policies.flatMap((policy) =>
      policy.selectors.flatMap((selector) => actionValues(policy, selector)),
    ),
  );
  put.counter(
    'trigon_policy_kills_total',
    'Processes that policies killed.',
    each(({ counts }) => counts.killed),
  );
  put.counter(
    'trigon_policy_denials_total',
    'Calls that policies refused.',
    each(({ counts }) => counts.overridden),
  );
  put.counter(
    'trigon_policy_lost_events_total',
    'Events that policies could not post: the ring was full.',
    each(({ counts }) => counts.lost),
  );
  put.counter(
    'trigon_policy_runs_total',
    'Runs of hooks of policies.',
    each(({ runs }) => runs.runs),
  );
  put.counter(
    'trigon_policy_run_seconds_total',
    'Time that these took, estimated: every 64th is timed.',
    each(({ runs }) => runs.runTimeNs / 1e9),
  );
}

const policyLabels = ({ name, namespace }: PolicyStats): Labels => ({
  policy: name,
  policy_namespace: namespace,
});

function actionValues(policy: PolicyStats, selector: SelectorStats): Value[] {
  const { counts, kills } = selector;
  const labels = {
    ...policyLabels(policy),
    hook: selector.hook,
    hook_index: String(selector.hookIndex),
    selector_index: String(selector.selectorIndex),
  };
  const values: readonly (readonly [action: string, value: number])[] = [
    ['post', counts.posted],
    ['signal', counts.killed + counts.signalled],
    ['override', counts.overridden],
    [kills ? 'monitor_signal' : 'monitor_override', counts.wouldAct],
  ];
  return values.map(([action, value]) => [{ ...labels, action }, value]);
}
