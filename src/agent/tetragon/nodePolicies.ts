import type { JsonObject } from '@bufbuild/protobuf';
import type {
  HookDescription,
  PolicyCondition,
  PolicyDescription,
  PolicyMode,
  PolicyState,
  SelectorCounts,
  SelectorDescription,
} from '../messages.ts';
import { NO_COUNTS } from '../selectorCounts.ts';
import type { Reference } from './client.ts';

/** A policy of a Tetragon agent, as the screen has policies. */
export type NodePolicy = {
  /** What it is called by its agent. */
  readonly reference: Reference;
  readonly description: PolicyDescription;
  readonly state: PolicyState;
};

/** Beyond, an agent's answer is cut: nobody has so many. */
const MOST_HOOKS = 256;
const MOST_SELECTORS = 1024;

/**
 * Reads a TracingPolicyStatus. What Tetragon doesn't tell (the policy's text, what its selectors do) stays empty.
 *
 * @param status as protobuf's JSON with the proto's names
 * @param where the agent, for the words
 */
export function readNodePolicy(
  id: number,
  status: JsonObject,
  where: { readonly node: string; readonly address: string; readonly isOfTrigon: boolean },
): NodePolicy {
  const name = textOf(status.name);
  const namespace = textOf(status.namespace);
  const monitorOnly = status.mode === 'TP_MODE_MONITOR_ONLY';
  const hooks = hooksOf(status, !monitorOnly);
  const error = textOf(status.error);
  const node = where.node || where.address;
  const agent = where.isOfTrigon ? 'Trigon’s agent' : 'Tetragon';
  return {
    reference: { name, namespace, domain: textOf(status.domain) },
    description: {
      id,
      name,
      namespace: namespace === '' ? undefined : namespace,
      file: where.address,
      position: 0,
      origin: 'added',
      title: `of ${agent} on ${node}`,
      why: '',
      severity: undefined,
      mitre: [],
      noise: '',
      arming: monitorOnly
        ? `${agent} has it for monitoring only`
        : `${agent} itself enforces it: it stays armed when this screen is killed or loses the connection`,
      canBeTested: false,
      parameters: [],
      sentence: `${agent} on ${node} runs it; its text is not told by the API.`,
      problems: [],
      enforces: !monitorOnly,
      added: [],
      memoryBytes: numberOf(status.kernel_memory_bytes),
      mode: modeOf(status),
      armedUntil: undefined,
      fuseBlown: false,
      condition: conditionOf(status.state),
      warnings: error === '' ? [] : [error],
      hooks: hooks.map(({ hook }) => hook),
    },
    state: {
      id,
      counts: hooks.map(({ counts }) => counts),
      runs: { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 },
      network: { done: 0, failed: 0, dropped: 0, refused: 0 },
    },
  };
}

type CountedHook = { readonly hook: HookDescription; readonly counts: SelectorCounts[] };

/** From the counters of its selectors; without them, one hook with the counters of the whole. */
function hooksOf(status: JsonObject, enforces: boolean): CountedHook[] {
  const stats = objectOf(status.stats);
  const groups = new Map<string, JsonObject[]>();
  for (const selector of listOf(stats.selector_action_counters, MOST_SELECTORS)) {
    const key = `${numberOf(selector.hook_index)} ${textOf(selector.hook)}`;
    const group = groups.get(key);
    if (group) group.push(selector);
    else if (groups.size < MOST_HOOKS) groups.set(key, [selector]);
  }
  const states = listOf(status.hook_statuses, MOST_HOOKS);
  const made = [...groups.values()].map((selectors) => {
    const call = textOf(selectors[0]?.hook);
    return {
      hook: hookOf(
        call,
        selectors.map((selector) => selectorOf(selector, enforces)),
        stateOfHook(states, call),
      ),
      counts: selectors.map((selector) => countsOf(objectOf(selector.action_counters))),
    };
  });
  if (made.length > 0) return made;
  const sensors = Array.isArray(status.sensors) ? status.sensors.map(textOf).join(', ') : '';
  const whole = { words: 'as the policy says', kills: false, enforces, isException: false };
  return [
    {
      hook: hookOf(sensors, [whole], undefined),
      counts: [countsOf(objectOf(stats.action_counters))],
    },
  ];
}

function hookOf(
  call: string,
  selectors: SelectorDescription[],
  problem: string | undefined,
): HookDescription {
  return {
    kind: 'kprobe',
    call,
    obtained: 'its agent has it attached',
    way: 'its agent',
    differs: [],
    sigkill: '',
    points: [
      {
        functionName: call,
        state: problem === undefined ? 'attached' : 'missing',
        reason: problem,
        remedy: undefined,
        numbers: [],
        names: undefined,
      },
    ],
    selectors,
  };
}

function selectorOf(selector: JsonObject, enforces: boolean): SelectorDescription {
  const label = textOf(selector.selector_label);
  const number = `selector ${numberOf(selector.selector_index) + 1}`;
  return {
    words: label === '' ? `${number}, as the policy says` : `${number}: ${label}`,
    kills: false,
    enforces,
    isException: false,
  };
}

/** In words, when the hook isn't at work. */
function stateOfHook(states: readonly JsonObject[], call: string): string | undefined {
  const found = states.find((state) => textOf(state.hook_description).includes(call));
  const words: Readonly<Record<string, string>> = {
    STATUS_DIGEST_REJECTED: 'the file has another digest than the policy wants',
    STATUS_CALL_NOT_FOUND: 'its kernel has no such function',
    STATUS_PARTIAL_CALL_NOT_FOUND: 'its kernel has only some of these functions',
  };
  return found && words[textOf(found.state)];
}

function countsOf(counters: JsonObject): SelectorCounts {
  const count = (name: string) => numberOf(counters[name]);
  const monitored = ['signal', 'override', 'notify_enforcer', 'set'].map((name) =>
    count(`monitor_${name}`),
  );
  return {
    ...NO_COUNTS,
    matched: count('post') + count('nopost'),
    posted: count('post'),
    wouldAct: monitored.reduce((sum, one) => sum + one, 0),
    signalled: count('signal'),
    overridden: count('override') + count('notify_enforcer'),
  };
}

function modeOf(status: JsonObject): PolicyMode {
  if (conditionOf(status.state) === 'disabled') return 'off';
  return status.mode === 'TP_MODE_ENFORCE' ? 'enforce' : 'monitor';
}

function conditionOf(state: unknown): PolicyCondition {
  switch (state) {
    case 'TP_STATE_DISABLED':
    case 'TP_STATE_UNLOADING':
    case 'TP_STATE_SKIPPED':
      return 'disabled';
    case 'TP_STATE_LOAD_ERROR':
    case 'TP_STATE_ERROR':
      return 'load_error';
    case 'TP_STATE_PARTIALLY_ENABLED':
      return 'partially_enabled';
    default:
      return 'enabled';
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** 64-bit numbers are texts in protobuf's JSON. */
function numberOf(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : 0;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});

const listOf = (value: unknown, most: number): JsonObject[] =>
  Array.isArray(value) ? value.slice(0, most).filter(isObject) : [];
