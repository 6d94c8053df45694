import { isDeepStrictEqual } from 'node:util';
import { type SyscallAbi, syscallNumber } from '../../events/syscallNumbers.ts';
import type { HookNames } from '../../events/wire/event.ts';
import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { AddedActions } from '../../policies/addActions.ts';
import type { Severity, TracingPolicy } from '../../policies/model.ts';
import type { HostAbilities, PolicyPlan } from '../../policies/plan.ts';
import { hasEnforcement } from '../../policies/planPolicy.ts';
import { clock } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import {
  DEFAULT_FUSE,
  type Fuse,
  type HookPointStatus,
  type NetworkCounts,
  type PolicyDescription,
  type PolicyMode,
  type PolicyState,
  type PolicyStatus,
  type SelectorCounts,
} from '../messages.ts';
import { mergeStatus } from '../policyBook.ts';
import type { Safety } from '../safety.ts';
import { addCounts } from '../selectorCounts.ts';
import type { Sensor } from '../sensor.ts';
import { createAnswers } from './answers.ts';
import { createAttachments } from './attachments.ts';
import { readRunCounts, readSelectorCounts } from './counts.ts';
import {
  callOf,
  canEnforce,
  conditionOf,
  describePolicy,
  hookNames,
  missingPoints,
} from './describe.ts';
import { createInstaller, type Installed, type InstalledPoint } from './install.ts';
import { engineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { createKernelObjects } from './objects.ts';
import { forgetHooks, sweepPending } from './pending.ts';
import { PolicyRefusal } from './refusal.ts';
import { createReleases } from './releases.ts';
import { createValueSets, type WorkloadSets } from './sets.ts';
import { createSites, type Site } from './sites.ts';
import { encodePolicy, isFuseBlown, type PolicySwitch } from './structs.ts';
import { createWatchTime, type WatchTime } from './watchTime.ts';
import { createWorkloads, type Workloads } from './workloads.ts';

/** Arming without a time limit lasts until we quit: the dead-man deadline still ends it when we are gone. */
const FOREVER = 2n ** 63n - 1n;

/** Ms since the epoch, by the clock as it is now. */
function wallTime(armedUntil: bigint): number | undefined {
  if (armedUntil === FOREVER) return undefined;
  const { boot, real } = clock();
  return Number((armedUntil - boot + real) / 1_000_000n);
}

/** Which of its file's policies it is, where the file comes from, and what was read. */
export type PolicyPlace = Pick<PolicyDescription, 'position' | 'origin'> & {
  source: string;
  /** Values of placeholders, beside the defaults in the file. */
  variables: Readonly<Record<string, string | undefined>>;
};

/** Why a loaded policy gets another plan: its file says something else now, or arming adds actions to what it says. */
export type PolicyChange = { place: PolicyPlace } | { added: AddedActions };

type LoadedPolicy = {
  id: number;
  /** As its file says it; the plan may have actions that arming added. */
  policy: TracingPolicy;
  place: PolicyPlace;
  plan: PolicyPlan;
  installed: Installed;
  /** Counters of the selectors of plans that stood here before. */
  carried: SelectorCounts[][];
  state: PolicySwitch;
  network: NetworkCounts;
  /** With what its file says now. */
  watchTime: WatchTime;
  /** What takeStates told last, and whether the policy was off already then. */
  told: PolicyState | undefined;
  toldOff: boolean;
  /** Made anew when it is switched, or its programs are attached or detached. */
  description: PolicyDescription;
};

/** Which policies' descriptions are others than at the last call. */
export type PolicyChanges = { changed: PolicyDescription[]; removed: number[] };

/**
 * The policies in the kernel: installs plans, switches modes, reads counters. Switching is one map write and never reloads
 * anything. Programs are attached only while a policy that is on needs them, so that without policies nothing pays. All calls
 * that name a policy throw a PolicyRefusal when there is none of that number.
 */
export type PolicyEngine = {
  /** @throws PolicyRefusal when it doesn't fit: nothing of it is left then. */
  install(plan: PolicyPlan, place: PolicyPlace): number;
  /**
   * Puts another plan in a policy's place: its number, its mode and, when the selectors are as many as before, its counters stay.
   * An armed policy goes back to monitor: it was armed for what it said before.
   *
   * @throws PolicyRefusal when the new one does not fit: the old one stays as it is
   */
  replace(id: number, plan: PolicyPlan, change: PolicyChange): void;
  remove(id: number): void;
  /** What is wrong with its file as it is now: the policy is as the file was before. */
  setProblems(id: number, problems: readonly string[]): void;
  /** As it was loaded, without what arming added. */
  policyOf(id: number): { policy: TracingPolicy; place: PolicyPlace };
  setMode(id: number, mode: 'off' | 'monitor'): void;
  /** `seconds` undefined: until we quit. @throws PolicyRefusal when its plan has no action that could be armed */
  arm(id: number, seconds: number | undefined, fuse: Fuse): void;
  /** Takes those of these policies back to monitor that are there and armed. */
  disarm(ids: readonly number[]): void;
  /** Takes every armed policy back to monitor; tells how many there were. */
  disarmAll(): number;
  /** Takes policies whose time is over, or whose fuse has blown, back to monitor; tells which, and why. */
  settle(): { id: number; name: string; why: 'time' | 'fuse' }[];
  /** Somebody has set the clock: what is armed ends when it would have ended, which is another time of day now. */
  followClock(): void;
  isArmed(): boolean;
  /** Of each policy, in the order in which they were loaded. */
  describe(): PolicyDescription[];
  stateOf(id: number): PolicyState;
  /** Seconds that a policy was on, of the last `seconds`. */
  watchedOf(id: number, seconds: number): number;
  /** Of the policies whose counters are others than at the last call. */
  takeStates(): PolicyState[];
  status(): PolicyStatus[];
  takeChanges(): PolicyChanges;
  hookNames(policy: number, hook: number): HookNames | undefined;
  /** The plan of the hook with this kernel-side number, and where its network actions are counted. */
  findHook(hook: number): EngineHook | undefined;
  /** Takes what dead threads have left in the kernel. */
  sweep(): void;
  /** Told of every container: see workloads.ts. */
  readonly workloads: Omit<Workloads, keyof WorkloadSets>;
  recursionMisses(): number;
  close(): void;
};

export type EngineHook = {
  selectors: PolicyPlan['hooks'][number]['selectors'];
  /** One for all hooks of a policy, also when its plan is replaced: it tells policies apart that have had the same number. */
  network: NetworkCounts;
  /** Position in the policy's description. */
  index: number;
  /** How many selectors each of the policy's hooks has: with other ones, positions mean something else. */
  shape: string;
  /** What the policy calls it. */
  call: string;
  severity: Severity | undefined;
  names: HookNames | undefined;
};

/**
 * @param safety its `pulse` is called between the steps of everything that keeps this thread for long: loading, attaching and detaching programs
 * @throws BpfError when the kernel refuses the programs.
 */
export function createPolicyEngine(
  objectsDir: string,
  sensor: Sensor,
  host: HostAbilities,
  safety: Pick<Safety, 'pulse' | 'renewDeadline'>,
): PolicyEngine {
  const { pulse } = safety;
  const objects = createKernelObjects(objectsDir, sensor, pulse);
  const maps = engineMaps(objects.owner);
  const workloads = createWorkloads(maps.workloads);
  const sets = createValueSets(maps, workloads satisfies WorkloadSets);
  const abi: SyscallAbi = host.arch;
  const numberOfSyscall = (name: string) => syscallNumber(abi, name);
  const sites = createSites(maps, numberOfSyscall, (site) => attachments.isHeld(site));
  const answers = createAnswers(maps, () => attachments.canMark());
  const installer = createInstaller(maps, sets, answers, sites, {
    syscallNumber: numberOfSyscall,
    hostNamespace: host.hostNamespace,
  });
  const attachments = createAttachments(objects, {
    cgroupRoot: host.cgroupRoot,
    hasRawTracepointCookies: isAtLeast(host.kernel, [6, 10]),
    hasSecurityHooks: host.lsm,
    answerNumber: answers.numberOf,
    pulse,
  });
  const ids = createNumbers(
    0,
    LIMIT.TG_MAX_POLICIES,
    `at most ${LIMIT.TG_MAX_POLICIES} policies fit`,
  );
  const loaded = new Map<number, LoadedPolicy>();
  const hooks = new Map<number, EngineHook>();
  const releases = createReleases(maps.pending);
  let changed = new Set<number>();
  let removed: number[] = [];

  const find = (id: number): LoadedPolicy => {
    const policy = loaded.get(id);
    if (!policy) throw new PolicyRefusal(`there is no policy ${id}`);
    return policy;
  };

  const pointStatus = (
    mode: PolicyMode,
    { point, numbers, sites: at }: InstalledPoint,
  ): HookPointStatus => {
    const reason =
      mode === 'off'
        ? undefined
        : at.map(attachments.failureOf).find((failure) => failure !== undefined);
    return {
      functionName: point.functionName,
      state: mode === 'off' ? 'idle' : reason === undefined ? 'attached' : 'failed',
      reason,
      remedy: undefined,
      numbers,
      names: hooks.get(numbers[0] ?? 0)?.names,
    };
  };

  const describePoints = ({ hooks: all }: Installed, mode: PolicyMode): HookPointStatus[][] =>
    all.map(({ plan, points }) => [
      ...points.map((point) => pointStatus(mode, point)),
      ...missingPoints(plan),
    ]);

  const redescribe = (policy: LoadedPolicy, change: Partial<PolicyDescription>) => {
    policy.description = { ...policy.description, ...change };
    changed.add(policy.id);
  };

  const sitesInUse = (...others: Installed[]): Set<Site> => {
    const on = [...loaded.values()].filter(({ state }) => state.mode !== 'off');
    return new Set([...on.map(({ installed }) => installed), ...others].flatMap(sitesOf));
  };

  /** Attaches what the policies that are on need, and detaches the rest. */
  const updateAttachments = () => {
    attachments.update(sitesInUse());
    // The kernel may have taken what it refused before: also policies that nobody touched may be others now.
    for (const policy of loaded.values()) {
      const points = describePoints(policy.installed, policy.state.mode);
      const before = policy.description.hooks.map((hook) => hook.points);
      if (isDeepStrictEqual(points, before)) continue;
      redescribe(policy, {
        condition: conditionOf(policy.state.mode, points.flat()),
        hooks: withPoints(policy.description, points).hooks,
      });
    }
  };

  const isAnyArmed = () => [...loaded.values()].some(({ state }) => state.mode === 'enforce');

  const write = (
    policy: LoadedPolicy,
    state: PolicySwitch,
    told: { armedUntil?: number | undefined; fuseBlown?: boolean } = {},
  ) => {
    const before = policy.state;
    const wasAnyArmed = isAnyArmed();
    policy.toldOff = false;
    const wasOn = before.mode !== 'off';
    const isOn = state.mode !== 'off';
    policy.state = state;
    // A policy is heard from as soon as it is on, so its programs stand by then; and it is off before they go.
    if (isOn && !wasOn) {
      try {
        updateAttachments();
        // What began before it was switched off would end now.
        forgetHooks(maps.pending, new Set(numbersOf(policy.installed)));
        policy.installed.installation.switch(true);
      } catch (error) {
        policy.state = before;
        updateAttachments();
        throw error;
      }
    }
    // Loading may have had a step that took longer than the deadline: until now there was nothing that had to end with it.
    if (state.mode === 'enforce' && !wasAnyArmed) safety.renewDeadline();
    maps.policies.set(u32(policy.id), encodePolicy(state, clock().boot));
    policy.watchTime.turn(isOn, performance.now());
    if (wasOn && !isOn) {
      policy.installed.installation.switch(false);
      updateAttachments();
    }
    const { armedUntil, fuseBlown = false } = told;
    const points = policy.description.hooks.flatMap((hook) => hook.points);
    const condition = conditionOf(state.mode, points);
    redescribe(policy, { mode: state.mode, condition, armedUntil, fuseBlown });
  };

  const monitor = (policy: LoadedPolicy, fuseBlown = false) =>
    write(policy, disarmed(policy.state), { fuseBlown });

  const countsOf = ({ installed, carried }: LoadedPolicy): SelectorCounts[][] =>
    installed.hooks.map(({ counters }, at) =>
      counters.map((numbers, index) => {
        const counts = readSelectorCounts(maps.counts, numbers);
        const before = carried[at]?.[index];
        return before ? addCounts([before, counts]) : counts;
      }),
    );

  const stateOf = (policy: LoadedPolicy): PolicyState => ({
    id: policy.id,
    counts: countsOf(policy),
    runs: readRunCounts(maps.policy_counts, policy.id),
    network: { ...policy.network },
  });

  const installHooks = (id: number, plan: PolicyPlan, network: NetworkCounts): Installed => {
    pulse();
    const installed = installer.install(id, plan);
    const shape = shapeOf(installed).join();
    const { severity } = plan.policy.about;
    installed.hooks.forEach(({ plan: hook, points }, index) => {
      // Copies: texts of a policy are pieces of its file's, which they would keep in memory as long as the number is known.
      const call = structuredClone(callOf(hook.hook));
      const common = { network, index, shape, severity, call };
      for (const { point, values, numbers } of points) {
        const names = structuredClone(hookNames(plan.policy.name, hook, point, values));
        for (const number of numbers)
          hooks.set(number, { ...common, names, selectors: hook.selectors });
      }
    });
    return installed;
  };

  return {
    install(plan, place) {
      const id = ids.take(1);
      try {
        maps.policies.set(u32(id), encodePolicy(OFF));
        maps.policy_counts.set(u32(id), emptyRunCounts(maps.policy_counts.get(u32(id))));
        const network: NetworkCounts = { done: 0, failed: 0, dropped: 0, refused: 0 };
        const installed = installHooks(id, plan, network);
        const description = describePolicy(id, plan, place, installed.installation.memoryBytes);
        const policy: LoadedPolicy = {
          id,
          policy: plan.policy,
          place,
          plan,
          installed,
          carried: [],
          state: OFF,
          network,
          watchTime: createWatchTime(),
          told: undefined,
          toldOff: false,
          description: withPoints(description, describePoints(installed, 'off')),
        };
        loaded.set(id, policy);
        changed.add(id);
        removed = removed.filter((other) => other !== id);
        return id;
      } catch (error) {
        ids.give(id, 1);
        throw error;
      }
    },
    replace(id, plan, change) {
      const policy = find(id);
      const installed = installHooks(id, plan, policy.network);
      const before = policy.installed;
      const isOn = policy.state.mode !== 'off';
      const isArmed = policy.state.mode === 'enforce';
      const entry = maps.policies.get(u32(id));
      // Nobody armed what the new hooks say: they must not act for a moment either.
      if (isArmed) maps.policies.set(u32(id), encodePolicy(disarmed(policy.state)));
      // The new hooks listen before the old ones stop: rather is a call told twice than not at all.
      if (isOn) {
        try {
          attachments.update(sitesInUse(installed));
          installed.installation.switch(true);
        } catch (error) {
          installed.installation.disconnect();
          releases.add(installed);
          updateAttachments();
          // With what its fuse had counted.
          if (isArmed && entry) maps.policies.set(u32(id), entry);
          throw error;
        }
      }
      if (isArmed) monitor(policy);
      const counts = countsOf(policy);
      const isAlike = isDeepStrictEqual(shapeOf(before), shapeOf(installed));
      if ('place' in change) {
        const watchTime = createWatchTime();
        watchTime.turn(isOn, performance.now());
        Object.assign(policy, { policy: plan.policy, place: change.place, watchTime });
      }
      Object.assign(policy, { plan, installed, carried: isAlike ? counts : [] });
      if (isOn) before.installation.switch(false);
      before.installation.disconnect();
      const { mode, armedUntil, fuseBlown } = policy.description;
      const points = describePoints(installed, mode);
      const described = describePolicy(id, plan, policy.place, installed.installation.memoryBytes);
      policy.description = {
        ...withPoints(described, points),
        ...{ mode, armedUntil, fuseBlown },
        condition: conditionOf(mode, points.flat()),
        enforces: hasEnforcement(policy.policy),
        added: 'added' in change ? change.added : [],
      };
      policy.toldOff = false;
      changed.add(id);
      updateAttachments();
      releases.add(before);
    },
    remove(id) {
      const policy = find(id);
      maps.policies.set(u32(id), encodePolicy(OFF));
      policy.installed.installation.disconnect();
      loaded.delete(id);
      changed.delete(id);
      removed.push(id);
      updateAttachments();
      releases.add(policy.installed, () => ids.give(id, 1));
    },
    setProblems(id, problems) {
      const policy = find(id);
      if (!isDeepStrictEqual(policy.description.problems, problems))
        redescribe(policy, { problems });
    },
    policyOf(id) {
      const { policy, place } = find(id);
      return { policy, place };
    },
    setMode(id, mode) {
      const policy = find(id);
      write(policy, { ...policy.state, mode, armedUntil: 0n });
    },
    arm(id, seconds, fuse) {
      const policy = find(id);
      const { name } = policy.plan.policy;
      if (!isTime(seconds ?? 1) || !isTime(fuse.seconds) || !isTime(fuse.limit))
        throw new PolicyRefusal('times and limits of arming must be whole numbers from 1');
      if (!canEnforce(policy.plan))
        throw new PolicyRefusal(`${name} has no action that could be armed`);
      const { boot } = clock();
      const armedUntil = seconds === undefined ? FOREVER : boot + BigInt(seconds) * 1_000_000_000n;
      write(policy, { mode: 'enforce', armedUntil, fuse }, { armedUntil: wallTime(armedUntil) });
    },
    disarm(ids) {
      for (const id of ids) {
        const policy = loaded.get(id);
        if (policy?.state.mode === 'enforce') monitor(policy);
      }
    },
    disarmAll() {
      const armed = [...loaded.values()].filter(({ state }) => state.mode === 'enforce');
      for (const policy of armed) monitor(policy);
      return armed.length;
    },
    settle() {
      const { boot } = clock();
      const settled: ReturnType<PolicyEngine['settle']> = [];
      for (const policy of loaded.values()) {
        if (policy.state.mode !== 'enforce') continue;
        const fuse = isFuseBlown(maps.policies.get(u32(policy.id)));
        if (!fuse && policy.state.armedUntil > boot) continue;
        monitor(policy, fuse);
        settled.push({ id: policy.id, name: policy.plan.policy.name, why: fuse ? 'fuse' : 'time' });
      }
      return settled;
    },
    followClock() {
      for (const policy of loaded.values())
        if (policy.state.mode === 'enforce')
          redescribe(policy, { armedUntil: wallTime(policy.state.armedUntil) });
    },
    isArmed: isAnyArmed,
    describe: () => [...loaded.values()].map(({ description }) => description),
    stateOf: (id) => stateOf(find(id)),
    watchedOf: (id, seconds) =>
      Math.floor(find(id).watchTime.within(seconds * 1000, performance.now()) / 1000),
    takeStates() {
      return [...loaded.values()].flatMap((policy) => {
        // What is off counts nothing, but what it has counted just before is still to be told.
        if (policy.state.mode === 'off' && policy.toldOff) return [];
        policy.toldOff = policy.state.mode === 'off';
        const state = stateOf(policy);
        if (isDeepStrictEqual(state, policy.told)) return [];
        policy.told = state;
        return [state];
      });
    },
    status: () =>
      [...loaded.values()].map((policy) => mergeStatus(policy.description, stateOf(policy))),
    takeChanges() {
      const changes = {
        changed: [...changed].map((id) => find(id).description),
        removed,
      };
      changed = new Set();
      removed = [];
      return changes;
    },
    // Also of a policy that was removed just now: its last events are still on their way.
    hookNames: (_policy, hook) => hooks.get(hook)?.names,
    findHook: (hook) => hooks.get(hook),
    sweep: () => sweepPending(maps.pending),
    workloads,
    recursionMisses: objects.recursionMisses,
    close() {
      releases.close();
      attachments.close();
      objects.close();
    },
  };
}

const OFF: PolicySwitch = { mode: 'off', armedUntil: 0n, fuse: DEFAULT_FUSE };

const disarmed = (state: PolicySwitch): PolicySwitch => ({
  ...state,
  mode: 'monitor',
  armedUntil: 0n,
});

const isAtLeast = (
  [major, minor]: readonly [number, number],
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);

/** Fits the kernel's 32 bits and makes sense as a duration. */
const isTime = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= 0xffffffff;

/** Of its hooks, on the kernel side. */
const numbersOf = ({ hooks }: Installed): number[] =>
  hooks.flatMap(({ points }) => points.flatMap((point) => point.numbers));

const sitesOf = ({ hooks }: Installed): Site[] =>
  hooks.flatMap(({ points }) => points.flatMap((point) => point.sites));

/** The description with what became of its hooks' points, in the order of the hooks. */
const withPoints = (
  description: PolicyDescription,
  points: readonly HookPointStatus[][],
): PolicyDescription => ({
  ...description,
  hooks: description.hooks.map((hook, at) => ({ ...hook, points: points[at] ?? [] })),
});

/** Selectors of each hook: with an equal number of them a new plan's counters go on where the old one's ended. */
const shapeOf = ({ hooks }: Installed): number[] => hooks.map(({ counters }) => counters.length);

const emptyRunCounts = (values: Uint8Array | undefined): Uint8Array =>
  new Uint8Array(values?.length ?? 0);
