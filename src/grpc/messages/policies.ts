/** Requests and answers about policies. */
import {
  enumeration,
  flag,
  list,
  message,
  plain,
  set,
  text,
  uint32,
  uint64,
} from '../../events/codec.ts';
import { type WireMessage, wireMessage } from '../wire/message.ts';

export const TRACING_POLICY_STATES = [
  'TP_STATE_UNKNOWN',
  'TP_STATE_ENABLED',
  'TP_STATE_DISABLED',
  'TP_STATE_LOAD_ERROR',
  'TP_STATE_ERROR',
  'TP_STATE_LOADING',
  'TP_STATE_UNLOADING',
  'TP_STATE_SKIPPED',
  'TP_STATE_PARTIALLY_ENABLED',
] as const;
export type TracingPolicyState = (typeof TRACING_POLICY_STATES)[number];

export const TRACING_POLICY_MODES = [
  'TP_MODE_UNKNOWN',
  'TP_MODE_ENFORCE',
  'TP_MODE_MONITOR',
  'TP_MODE_MONITOR_ONLY',
] as const;
export type TracingPolicyMode = (typeof TRACING_POLICY_MODES)[number];

const HOOK_STATES = [
  'STATUS_UNSPECIFIED',
  'STATUS_LOADED',
  'STATUS_DIGEST_REJECTED',
  'STATUS_CALL_NOT_FOUND',
  'STATUS_PARTIAL_CALL_NOT_FOUND',
] as const;
export type HookState = (typeof HOOK_STATES)[number];

const texts = list(text);

export type AddPolicyRequest = { readonly yaml: string; readonly domain: string };
export const ADD_POLICY_REQUEST: WireMessage<AddPolicyRequest> = wireMessage(
  'AddTracingPolicyRequest',
  message<AddPolicyRequest>({ yaml: plain(text), domain: plain(text) }),
);

/** Which policy: the domain says how it came to the agent, '' any way. */
export type PolicyName = {
  readonly name: string;
  readonly namespace: string;
  readonly domain: string;
};
const policyName = message<PolicyName>({
  name: plain(text),
  namespace: plain(text),
  domain: plain(text),
});
export const policyNameMessage = (name: string): WireMessage<PolicyName> =>
  wireMessage(name, policyName);

export type ConfigurePolicyRequest = PolicyName & {
  readonly enable?: boolean;
  readonly mode?: TracingPolicyMode;
};
export const CONFIGURE_POLICY_REQUEST: WireMessage<ConfigurePolicyRequest> = wireMessage(
  'ConfigureTracingPolicyRequest',
  message<ConfigurePolicyRequest>({
    name: plain(text),
    namespace: plain(text),
    enable: set(flag),
    mode: set(enumeration(TRACING_POLICY_MODES)),
    domain: plain(text),
  }),
);

export type ActionCounters = {
  readonly post: bigint;
  readonly signal: bigint;
  readonly monitorSignal: bigint;
  readonly override: bigint;
  readonly monitorOverride: bigint;
  readonly notifyEnforcer: bigint;
  readonly monitorNotifyEnforcer: bigint;
  readonly set: bigint;
  readonly monitorSet: bigint;
  readonly nopost: bigint;
};
export type SelectorActionCounters = {
  readonly hook: string;
  readonly hookIndex?: number;
  readonly selectorIndex?: number;
  readonly actionCounters?: ActionCounters;
  readonly selectorLabel: string;
};
export type TracingPolicyStats = {
  readonly actionCounters?: ActionCounters;
  readonly selectorActionCounters: readonly SelectorActionCounters[];
};
export type HookStatusMessage = {
  readonly section: string;
  readonly state: HookState;
  readonly hookDescription: string;
  readonly hookIdx: number;
};
export type TracingPolicyStatus = {
  readonly id: bigint;
  readonly name: string;
  readonly namespace: string;
  readonly info: string;
  readonly sensors: readonly string[];
  readonly enabled: boolean;
  readonly filterId: bigint;
  readonly error: string;
  readonly state: TracingPolicyState;
  readonly kernelMemoryBytes: bigint;
  readonly mode: TracingPolicyMode;
  readonly stats?: TracingPolicyStats;
  readonly domain: string;
  readonly hookStatuses: readonly HookStatusMessage[];
};

const actionCounters = message<ActionCounters>({
  post: plain(uint64),
  signal: plain(uint64),
  monitorSignal: plain(uint64),
  override: plain(uint64),
  monitorOverride: plain(uint64),
  notifyEnforcer: plain(uint64),
  monitorNotifyEnforcer: plain(uint64),
  set: plain(uint64),
  monitorSet: plain(uint64),
  nopost: plain(uint64),
});

const tracingPolicyStatus = message<TracingPolicyStatus>({
  id: plain(uint64),
  name: plain(text),
  namespace: plain(text),
  info: plain(text),
  sensors: plain(texts),
  enabled: plain(flag),
  filterId: plain(uint64),
  error: plain(text),
  state: plain(enumeration(TRACING_POLICY_STATES)),
  kernelMemoryBytes: plain(uint64),
  mode: plain(enumeration(TRACING_POLICY_MODES)),
  stats: set(
    message<TracingPolicyStats>({
      actionCounters: set(actionCounters),
      selectorActionCounters: plain(
        list(
          message<SelectorActionCounters>({
            hook: plain(text),
            hookIndex: set(uint32),
            selectorIndex: set(uint32),
            actionCounters: set(actionCounters),
            selectorLabel: plain(text),
          }),
        ),
      ),
    }),
  ),
  domain: plain(text),
  hookStatuses: plain(
    list(
      message<HookStatusMessage>({
        section: plain(text),
        state: plain(enumeration(HOOK_STATES)),
        hookDescription: plain(text),
        hookIdx: plain(uint32),
      }),
    ),
  ),
});

export type ListPoliciesRequest = { readonly domain: string };
export type ListPoliciesResponse = { readonly policies: readonly TracingPolicyStatus[] };
export const LIST_POLICIES_REQUEST: WireMessage<ListPoliciesRequest> = wireMessage(
  'ListTracingPoliciesRequest',
  message<ListPoliciesRequest>({ domain: plain(text) }),
);
export const LIST_POLICIES_RESPONSE: WireMessage<ListPoliciesResponse> = wireMessage(
  'ListTracingPoliciesResponse',
  message<ListPoliciesResponse>({ policies: plain(list(tracingPolicyStatus)) }),
);

export type ListDomainsResponse = { readonly domains: readonly string[] };
export const LIST_DOMAINS_RESPONSE: WireMessage<ListDomainsResponse> = wireMessage(
  'ListDomainsResponse',
  message<ListDomainsResponse>({ domains: plain(texts) }),
);
