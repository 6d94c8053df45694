import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { syscallName } from '../../events/syscallNumbers.ts';
import type { HookNames } from '../../events/wire/event.ts';
import { tg_limit as LIMIT, tg_point_hooks as POINT_HOOKS } from '../../generated/layouts.ts';
import { type HookPlan, hasEnforcement, type PolicyPlan } from '../../policies/plan.ts';
import { describeSelector } from '../../policies/words.ts';
import { type BpfLink, type BpfMap, clock, isBpfError, openObject } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { DEFAULT_FUSE, type Fuse, type HookStatus, type PolicyStatus } from '../messages.ts';
import { type Sensor, SHARED_MAPS } from '../sensor.ts';
import {
  addCounts,
  encodeExactKey,
  encodeHook,
  encodePolicy,
  encodePrefixKey,
  encodeSyscallAccess,
  isFuseBlown,
  type PolicySwitch,
  readCounts,
  type ValueSets,
} from './encode.ts';

/** Arming without a time limit lasts until we quit: the dead-man deadline still ends it when we are gone. */
const FOREVER = 2n ** 63n - 1n;

type LoadedPolicy = {
  id: number;
  plan: PolicyPlan;
  hookNumbers: number[];
  state: PolicySwitch;
  /** Wall clock ms, for the screen. */
  armedUntilMs: number | undefined;
  /** The last arming ended because its fuse blew. */
  fuseBlown: boolean;
};

/** A request that can't be carried out; the message says why, for the operator. */
export class PolicyRefusal extends Error {}

/**
 * The policies in the kernel: installs plans, switches modes, reads counters. Switching is one map write and never reloads
 * anything. The system call dispatcher is attached only while a policy is on, so that without policies no system call pays.
 */
export type PolicyEngine = {
  install(plan: PolicyPlan): number;
  setMode(id: number, mode: 'off' | 'monitor'): void;
  /** `seconds` undefined: until we quit. `addKill`: Sigkill for selectors that have no enforcing action. */
  arm(id: number, seconds: number | undefined, addKill: boolean, fuse: Fuse): void;
  /** Takes every armed policy back to monitor; tells how many there were. */
  disarmAll(): number;
  /** Takes policies whose time is over, or whose fuse has blown, back to monitor; tells which, and why. */
  settle(): { id: number; name: string; why: 'time' | 'fuse' }[];
  status(): PolicyStatus[];
  hookNames(policy: number, hook: number): HookNames | undefined;
  recursionMisses(): number;
  close(): void;
};

export function createPolicyEngine(objectsDir: string, sensor: Sensor): PolicyEngine {
  const object = openObject(readFileSync(join(objectsDir, 'syscalls.bpf.o')), 'syscalls');
  try {
    for (const name of SHARED_MAPS) object.reuseMap(name, sensor.sharedMap(name));
    object.load();
  } catch (error) {
    object.close();
    throw error;
  }
  const maps = {
    handlers: object.map('syscall_handlers'),
    accesses: object.map('syscall_accesses'),
    points: object.map('point_hooks'),
    hooks: object.map('hooks'),
    policies: object.map('policies'),
    counts: object.map('counts'),
    exact: object.map('exact_values'),
    prefix: object.map('prefix_values'),
  };
  const fileAccessHandler = object.programFd('handle_file_access');
  const loaded: LoadedPolicy[] = [];
  const hookPlans = new Map<number, HookPlan>();
  let nextSet = 1;
  let dispatcher: BpfLink | undefined;

  /** Runs `work`, which fills value sets. When they don't fit, takes out again what it has put in, for the policies to come. */
  const withValueSets = <T>(work: (sets: ValueSets) => T): T => {
    const put: { map: BpfMap; key: Uint8Array }[] = [];
    const fill = (map: BpfMap, keys: Uint8Array[]): number => {
      for (const key of keys) {
        map.set(key, new Uint8Array(1));
        put.push({ map, key });
      }
      return nextSet++;
    };
    try {
      return work({
        exact: (values) =>
          fill(
            maps.exact,
            values.map((value) => encodeExactKey(nextSet, value)),
          ),
        prefix: (values) =>
          fill(
            maps.prefix,
            values.map((value) => encodePrefixKey(nextSet, value)),
          ),
      });
    } catch (error) {
      for (const { map, key } of put) map.delete(key);
      // What a full hash map and a full trie answer.
      if (isBpfError(error) && (error.code === 'BPF_E2BIG' || error.code === 'BPF_ENOSPC'))
        throw new PolicyRefusal(
          `its values don't fit: all policies together hold at most ${maps.exact.maxEntries} paths and binaries, and as many prefixes`,
        );
      throw error;
    }
  };

  const find = (id: number): LoadedPolicy => {
    const policy = loaded[id];
    if (!policy) throw new PolicyRefusal(`there is no policy ${id}`);
    return policy;
  };

  const write = (policy: LoadedPolicy, state: PolicySwitch, armedUntilMs?: number) => {
    maps.policies.set(u32(policy.id), encodePolicy(state));
    policy.state = state;
    policy.fuseBlown = false;
    policy.armedUntilMs = armedUntilMs;
    const needed = loaded.some((other) => other.state.mode !== 'off');
    if (needed) dispatcher ??= object.attach('dispatch_syscall');
    else {
      dispatcher?.detach();
      dispatcher = undefined;
    }
  };

  const monitor = (policy: LoadedPolicy) =>
    write(policy, { ...policy.state, mode: 'monitor', addKill: false, armedUntil: 0n });

  /** Lets the hook points run the hooks; the last step of installing, so that no hook runs half-written. */
  const connect = (hookNumbers: number[], plans: HookPlan[]) => {
    for (const plan of plans) {
      for (const access of plan.equivalent.syscalls) {
        const number = syscallNumber(access.name);
        if (number === undefined) continue; // not a system call of this architecture
        maps.accesses.set(u32(number), encodeSyscallAccess(access));
        maps.handlers.set(u32(number), u32(fileAccessHandler));
      }
    }
    const list = maps.points.get(u32(0)) ?? new Uint8Array(POINT_HOOKS.size);
    const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
    let slot = 0;
    for (const number of hookNumbers) {
      while (view.getUint32(POINT_HOOKS.at.hooks + slot * 4, true) !== 0) slot += 1;
      view.setUint32(POINT_HOOKS.at.hooks + slot * 4, number, true);
    }
    maps.points.set(u32(0), list);
  };

  /** The counters of all hooks' selectors, by their index in the map: one system call instead of one a selector. */
  const readAllCounts = (): Uint8Array[] =>
    hookPlans.size === 0
      ? []
      : maps.counts
          .entries((hookPlans.size + 1) * LIMIT.TG_MAX_SELECTORS)
          .map(({ value }) => value);

  const hookStatus = (
    policyName: string,
    plan: HookPlan,
    number: number,
    allCounts: readonly Uint8Array[],
  ): HookStatus => {
    // A hook without selectors counts as one that always matches.
    const selectors = plan.selectors.length > 0 ? plan.selectors : [undefined];
    return {
      number,
      names: namesOf(policyName, plan),
      call: plan.hook.call,
      obtained: plan.equivalent.obtained,
      differs: plan.equivalent.differs,
      sigkill: plan.equivalent.sigkill,
      selectors: selectors.map((selector, index) => ({
        words: selector ? describeSelector(plan.hook, selector) : 'every call',
        kills: selector?.kills ?? false,
        counts: readCounts(allCounts[number * LIMIT.TG_MAX_SELECTORS + index]),
      })),
    };
  };

  return {
    install(plan) {
      const id = loaded.length;
      const first = hookPlans.size + 1;
      if (id >= LIMIT.TG_MAX_POLICIES)
        throw new PolicyRefusal(`at most ${LIMIT.TG_MAX_POLICIES} policies fit`);
      if (
        first + plan.hooks.length >
        Math.min(LIMIT.TG_MAX_HOOKS, LIMIT.TG_MAX_HOOKS_PER_POINT + 1)
      )
        throw new PolicyRefusal(`at most ${LIMIT.TG_MAX_HOOKS_PER_POINT} hooks of this kind fit`);
      const encoded = withValueSets((sets) => plan.hooks.map((hook) => encodeHook(id, hook, sets)));
      const hookNumbers = plan.hooks.map((hook, index) => {
        maps.hooks.set(u32(first + index), encoded[index] ?? new Uint8Array());
        hookPlans.set(first + index, hook);
        return first + index;
      });
      const off: PolicySwitch = { mode: 'off', addKill: false, armedUntil: 0n, fuse: DEFAULT_FUSE };
      loaded.push({ id, plan, hookNumbers, state: off, armedUntilMs: undefined, fuseBlown: false });
      connect(hookNumbers, plan.hooks);
      return id;
    },
    setMode(id, mode) {
      const policy = find(id);
      write(policy, { ...policy.state, mode, addKill: false, armedUntil: 0n });
    },
    arm(id, seconds, addKill, fuse) {
      const policy = find(id);
      if (!isTime(seconds ?? 1) || !isTime(fuse.seconds) || !isTime(fuse.limit))
        throw new PolicyRefusal('times and limits of arming must be whole numbers from 1');
      if (!addKill && !hasEnforcement(policy.plan.policy))
        throw new PolicyRefusal(`${policy.plan.policy.name} has no action that could be armed`);
      const { boot } = clock();
      const armedUntil = seconds === undefined ? FOREVER : boot + BigInt(seconds) * 1_000_000_000n;
      const untilMs = seconds === undefined ? undefined : Date.now() + seconds * 1000;
      write(policy, { mode: 'enforce', addKill, armedUntil, fuse }, untilMs);
    },
    disarmAll() {
      const armed = loaded.filter((policy) => policy.state.mode === 'enforce');
      for (const policy of armed) monitor(policy);
      return armed.length;
    },
    settle() {
      const { boot } = clock();
      const settled: ReturnType<PolicyEngine['settle']> = [];
      for (const policy of loaded) {
        if (policy.state.mode !== 'enforce') continue;
        const fuse = isFuseBlown(maps.policies.get(u32(policy.id)));
        if (!fuse && policy.state.armedUntil > boot) continue;
        monitor(policy);
        policy.fuseBlown = fuse;
        settled.push({ id: policy.id, name: policy.plan.policy.name, why: fuse ? 'fuse' : 'time' });
      }
      return settled;
    },
    status: () => {
      const allCounts = readAllCounts();
      return loaded.map((policy) => {
        const hooks = policy.plan.hooks.map((plan, index) =>
          hookStatus(policy.plan.policy.name, plan, policy.hookNumbers[index] ?? 0, allCounts),
        );
        return {
          id: policy.id,
          name: policy.plan.policy.name,
          file: policy.plan.policy.file,
          title: policy.plan.policy.annotations['trigon/title'] ?? '',
          mode: policy.state.mode,
          armedUntil: policy.armedUntilMs,
          fuseBlown: policy.fuseBlown,
          enforces: hasEnforcement(policy.plan.policy),
          hooks,
          counts: addCounts(hooks.flatMap((hook) => hook.selectors.map(({ counts }) => counts))),
        };
      });
    },
    hookNames(policyId, hookNumber) {
      const policy = loaded[policyId]?.plan.policy;
      const plan = hookPlans.get(hookNumber);
      return policy && plan ? namesOf(policy.name, plan) : undefined;
    },
    recursionMisses: () => Number(object.programInfo('dispatch_syscall').recursionMisses),
    close() {
      dispatcher?.detach();
      object.close();
    },
  };
}

/** Fits the kernel's 32 bits and makes sense as a duration. */
const isTime = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= 0xffffffff;

function namesOf(policyName: string, plan: HookPlan): HookNames {
  return {
    policyName,
    functionName: plan.hook.call,
    message: plan.hook.message,
    tags: plan.hook.tags,
    labels: plan.hook.args.map((arg) => arg.label),
    obtained: plan.equivalent.obtained,
  };
}

function syscallNumber(name: string): number | undefined {
  for (let number = 0; number < LIMIT.TG_SYSCALLS; number++)
    if (syscallName(process.arch === 'arm64' ? 'arm64' : 'x64', number) === name) return number;
  return undefined;
}
