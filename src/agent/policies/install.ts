import { tg_limit as LIMIT, tg_subject as SUBJECT } from '../../generated/layouts.ts';
import type { HookPlan, HookPoint, PolicyPlan, SelectorPlan } from '../../policies/plan.ts';
import { type BpfMap, possibleCpus } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import { type Access, accessesOf } from './accesses.ts';
import { requirementFilter } from './argumentFilters.ts';
import type { FilterSpec } from './filterSpec.ts';
import { type SelectorFilters, selectorFilters } from './filters.ts';
import { createInstallation, GRACE_MS, type Installation } from './installation.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { type HostNamespace, isEveryWorkload, workloadFilter } from './processFilters.ts';
import { PolicyRefusal } from './refusal.ts';
import type { ValueSets } from './sets.ts';
import type { Place, Site, Sites } from './sites.ts';
import { encodeFilter, encodeHook, encodeSelector, type HookSpec, NO_VALUE } from './structs.ts';
import { type HookValues, hookValues, type ReadValue } from './values.ts';

/** A policy that lies in the kernel; whether it runs is its mode's matter. */
export type Installed = {
  hooks: InstalledHook[];
  installation: Installation;
};

export type InstalledHook = {
  plan: HookPlan;
  points: InstalledPoint[];
  /** For each selector the numbers of its counters: several when it means different filters at different points. */
  counters: number[][];
};

export type InstalledPoint = {
  point: HookPoint;
  values: HookValues;
  /** The kernel side's numbers of its hooks: at the call's entry or only point, and at its return. */
  numbers: number[];
  sites: Site[];
};

export type Installer = {
  /** All or nothing. @throws PolicyRefusal when something does not fit. */
  install(policy: number, plan: PolicyPlan): Installed;
};

type InstallerHost = {
  syscallNumber(name: string): number | undefined;
  hostNamespace: HostNamespace;
};

export function createInstaller(
  maps: EngineMaps,
  sets: ValueSets,
  sites: Sites,
  host: InstallerHost,
): Installer {
  const all = 'of all policies together';
  const hooks = createNumbers(
    1,
    LIMIT.TG_MAX_HOOKS,
    `at most ${LIMIT.TG_MAX_HOOKS - 1} hooks fit, ${all}`,
  );
  const selectors = createNumbers(
    0,
    LIMIT.TG_MAX_SELECTORS,
    `at most ${LIMIT.TG_MAX_SELECTORS} selectors fit, ${all}`,
  );
  const filters = createNumbers(
    1,
    LIMIT.TG_MAX_FILTERS,
    `at most ${LIMIT.TG_MAX_FILTERS - 1} filters fit, ${all}`,
  );
  const cpus = possibleCpus();

  const writeFilters = (specs: readonly FilterSpec[], installation: Installation): number => {
    if (specs.length === 0) return 0;
    const first = filters.take(specs.length);
    installation.onRelease(() => filters.give(first, specs.length));
    specs.forEach((spec, index) => {
      const stored = spec.set && sets.store(spec.set, installation);
      maps.filters.set(u32(first + index), encodeFilter(spec, stored));
    });
    installation.addMemory(specs.length * maps.filters.valueSize);
    return first;
  };

  /** Writes selectors side by side, their counters at 0; returns the number of the first. */
  const writeSelectors = (
    plans: readonly Pick<SelectorPlan, 'actions' | 'returnActions' | 'posts'>[],
    filtered: readonly SelectorFilters[],
    installation: Installation,
  ): number => {
    const first = selectors.take(plans.length);
    installation.onRelease(() => selectors.give(first, plans.length));
    plans.forEach(({ actions, returnActions, posts }, index) => {
      const specs = filtered[index] ?? { filters: [], returnFilters: [] };
      const bytes = encodeSelector(
        {
          firstFilter: writeFilters(specs.filters, installation),
          filterCount: specs.filters.length,
          firstReturnFilter: writeFilters(specs.returnFilters, installation),
          returnFilterCount: specs.returnFilters.length,
        },
        { actions, posts },
        { actions: returnActions, posts: true },
      );
      maps.selectors.set(u32(first + index), bytes);
      maps.counts.set(u32(first + index), zeros(maps.counts, cpus));
    });
    installation.addMemory(
      plans.length * (maps.selectors.valueSize + maps.counts.valueSize * cpus),
    );
    return first;
  };

  /** The filters of all selectors of a hook at one of its points. A hook without selectors has one that always matches. */
  const filtersAt = (plan: HookPlan, point: HookPoint, values: HookValues): SelectorFilters[] => {
    const required = point.requires.map((requirement, number) =>
      requirementFilter(requirement, values.required(number)),
    );
    const waits = placesOf(point, host.syscallNumber).back !== undefined;
    const isLate = ({ argument }: FilterSpec) => waits && argument === SUBJECT.TG_SUBJECT_RETURN;
    const before = required.filter((filter) => !isLate(filter));
    const late = required.filter(isLate);
    const context = {
      values,
      argumentCount: plan.hook.args.length,
      hostNamespace: host.hostNamespace,
    };
    const asked =
      plan.selectors.length > 0
        ? plan.selectors.map((selector) => selectorFilters(selector, context))
        : [{ filters: [], returnFilters: [] }];
    return asked.map(({ filters: own, returnFilters }) => ({
      filters: [...before, ...own],
      returnFilters: [...late, ...returnFilters],
    }));
  };

  const installPoint = (
    point: HookPoint,
    values: HookValues,
    spec: Pick<HookSpec, 'policy' | 'firstSelector' | 'selectorCount' | 'workload'>,
    accesses: readonly Access[],
    installation: Installation,
  ): InstalledPoint => {
    const { front, back } = placesOf(point, host.syscallNumber);
    const late = values.all.reduce((bits, { atReturn }, at) => bits | (atReturn ? 1 << at : 0), 0);
    const waits =
      values.returns || late !== 0 || (values.returnValue !== undefined && back !== undefined);
    const retries = point.attachment.kind === 'syscall' && values.all.some(isInUserMemory);
    // Else the point is the return itself, or knows it already: there is nothing to wait for.
    const returnsLater = back !== undefined;
    const pairs = returnsLater && (waits || retries);
    const first = hooks.take(pairs ? 2 : 1);
    installation.onRelease(() => hooks.give(first, pairs ? 2 : 1));
    const shared: HookSpec['flags'] = [
      ...(waits ? (['TG_HOOK_RETURN'] as const) : []),
      ...(point.when === 'monitor' ? (['TG_HOOK_ONLY_MONITOR'] as const) : []),
      ...(point.when === 'enforce' ? (['TG_HOOK_ONLY_ENFORCE'] as const) : []),
      ...(point.canSignal ? [] : (['TG_HOOK_NO_SIGNAL'] as const)),
    ];
    const entry = sites.at(front, installation);
    // What is off holds no values: a place of the kernel has few, and a library many policies.
    const write = (number: number, site: Site, rest: Pick<HookSpec, 'flags' | 'pair'>) => {
      const atReturn = !returnsLater || site !== entry;
      let held: (() => void)[] = [];
      const take = (value: ReadValue): number => {
        const taken = sites.takeValue(site, value);
        held.push(taken.give);
        return taken.number;
      };
      const giveAll = (those: readonly (() => void)[]) => {
        for (const give of those) give();
      };
      installation.onSwitch((isOn) => {
        if (!isOn) {
          setTimeout(giveAll, GRACE_MS, held).unref();
          held = [];
          return;
        }
        const hook: HookSpec = {
          ...spec,
          ...rest,
          argumentCount: values.posted,
          values: values.all.map((value) =>
            isReadable(value, site.place, atReturn) ? take(value) : NO_VALUE,
          ),
          returnValue: values.returnValue && atReturn ? take(values.returnValue) : NO_VALUE,
          late: returnsLater ? late : 0,
        };
        maps.hooks.set(u32(number), encodeHook(hook));
      });
      installation.onRelease(() => giveAll(held));
      installation.addMemory(maps.hooks.valueSize + values.all.length * maps.value_specs.valueSize);
    };

    write(first, entry, {
      flags: retries ? [...shared, 'TG_HOOK_RETRY'] : shared,
      pair: pairs ? first + 1 : 0,
    });
    if (!pairs) {
      sites.listen(entry, first, installation, accesses);
      return { point, values, numbers: [first], sites: [entry] };
    }
    const exit = sites.at(back, installation);
    write(first + 1, exit, { flags: [...shared, 'TG_HOOK_AT_RETURN'], pair: first });
    sites.listen(exit, first + 1, installation, accesses);
    sites.listen(entry, first, installation, accesses);
    return { point, values, numbers: [first, first + 1], sites: [entry, exit] };
  };

  const installHook = (
    policy: number,
    plan: HookPlan,
    workload: number,
    installation: Installation,
  ): InstalledHook => {
    const plans = plan.selectors.length > 0 ? plan.selectors : [EVERY_CALL];
    const written = new Map<string, number>();
    const points = plan.points.map((point) => {
      const values = hookValues(plan, point);
      const filtered = filtersAt(plan, point, values);
      const key = JSON.stringify(filtered, (_, value) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
      const firstSelector = written.get(key) ?? writeSelectors(plans, filtered, installation);
      written.set(key, firstSelector);
      const spec = { policy, firstSelector, selectorCount: plans.length, workload };
      return installPoint(point, values, spec, accessesOf(values, filtered), installation);
    });
    const firsts = [...written.values()];
    return {
      plan,
      points,
      counters: plans.map((_, index) => firsts.map((first) => first + index)),
    };
  };

  return {
    install(policy, plan) {
      const installation = createInstallation();
      try {
        const { workload } = plan.policy;
        const workloadNumber = isEveryWorkload(workload)
          ? 0
          : writeFilters([workloadFilter(workload)], installation);
        const installed = plan.hooks.map((hook) =>
          installHook(policy, hook, workloadNumber, installation),
        );
        return { hooks: installed, installation };
      } catch (error) {
        installation.disconnect();
        // At once: the policy was never switched on, so no program has done anything with what it took.
        installation.release();
        throw error;
      }
    },
  };
}

/** What a hook without selectors does. */
const EVERY_CALL = { actions: [], returnActions: [], posts: true };

/** Arguments of a user-space function are gone when it returns. */
function isReadable(value: HookValues['all'][number], place: Place, atReturn: boolean): boolean {
  if (value.atReturn) return atReturn;
  return !(atReturn && place.kind === 'uprobe');
}

const isInUserMemory = ({ flags, atReturn }: HookValues['all'][number]): boolean =>
  !atReturn && flags.includes('TG_VALUE_USER');

const zeros = (map: BpfMap, cpus: number): Uint8Array =>
  new Uint8Array(((map.valueSize + 7) & ~7) * cpus);

/** Where a point's program fires, and where the call's return can be seen; undefined: nowhere. */
function placesOf(
  { attachment }: HookPoint,
  syscallNumber: (name: string) => number | undefined,
): { front: Place; back: Place | undefined } {
  const numberOf = (name: string): number => {
    const number = syscallNumber(name);
    if (number === undefined)
      throw new PolicyRefusal(`there is no system call ${name} on this kind of processor`);
    return number;
  };
  switch (attachment.kind) {
    case 'syscall': {
      const syscall = numberOf(attachment.syscall);
      return { front: { kind: 'enter', syscall }, back: { kind: 'exit', syscall } };
    }
    case 'syscallReturn':
      return { front: { kind: 'exit', syscall: numberOf(attachment.syscall) }, back: undefined };
    case 'fileAccess':
      return {
        front: { kind: 'file', accesses: attachment.accesses },
        back: { kind: 'fileReturn', accesses: attachment.accesses },
      };
    case 'uprobe':
      return { front: { ...attachment, returns: false }, back: { ...attachment, returns: true } };
    default:
      return { front: attachment, back: undefined };
  }
}
