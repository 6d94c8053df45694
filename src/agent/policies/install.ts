import { tg_limit as LIMIT, tg_subject as SUBJECT } from '../../generated/layouts.ts';
import type { HookPlan, HookPoint, PolicyPlan } from '../../policies/plan.ts';
import { u32 } from '../bytes.ts';
import { type Access, accessesOf, markFileFilters } from './accesses.ts';
import type { Answers } from './answers.ts';
import { requirementFilter } from './argumentFilters.ts';
import type { FilterSpec } from './filterSpec.ts';
import { type SelectorFilters, selectorFilters } from './filters.ts';
import { createInstallation, GRACE_MS, type Installation } from './installation.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import { needsOf, placesOf, type SelectorNeeds } from './places.ts';
import { type HostNamespace, isEveryWorkload, workloadFilter } from './processFilters.ts';
import { PolicyRefusal } from './refusal.ts';
import { createSelectorWriter, type Deeds } from './selectorWriter.ts';
import type { ValueSets } from './sets.ts';
import type { Place, Site, Sites } from './sites.ts';
import { encodeHook, type HookSpec, NO_VALUE } from './structs.ts';
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
  answers: Answers,
  sites: Sites,
  host: InstallerHost,
): Installer {
  const all = 'of all policies together';
  const hooks = createNumbers(
    1,
    LIMIT.TG_MAX_HOOKS,
    `at most ${LIMIT.TG_MAX_HOOKS - 1} hooks fit, ${all}`,
  );
  const numberOf = (syscall: string): number => {
    const number = host.syscallNumber(syscall);
    if (number === undefined)
      throw new PolicyRefusal(`there is no system call ${syscall} on this kind of processor`);
    return number;
  };

  const { writeFilters, writeSelectors } = createSelectorWriter(maps, sets);

  /** The filters of all selectors of a hook at one of its points. A hook without selectors has one that always matches. */
  const filtersAt = (plan: HookPlan, point: HookPoint, values: HookValues): SelectorFilters[] => {
    const required = point.requires.map((requirement, number) =>
      requirementFilter(requirement, values.required(number)),
    );
    const waits = placesOf(point, needsOf(plan.selectors), numberOf).back !== undefined;
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
    const marked = (filters: FilterSpec[]): FilterSpec[] =>
      point.attachment.kind === 'fileAccess' ? markFileFilters(values, filters) : filters;
    return asked.map(({ filters: own, returnFilters }) => ({
      filters: marked([...before, ...own]),
      returnFilters: [...late, ...returnFilters],
    }));
  };

  /** Where marked calls are refused, and where their marks end. */
  const answeringSites = (hooks: readonly string[], installation: Installation): Site[] => [
    sites.at({ kind: 'marks' }, installation),
    ...hooks.map((hook) => sites.at({ kind: 'answer', hook }, installation)),
  ];

  const installPoint = (
    point: HookPoint,
    values: HookValues,
    spec: Pick<HookSpec, 'policy' | 'firstSelector' | 'selectorCount' | 'workload'>,
    accesses: readonly Access[],
    needs: SelectorNeeds,
    installation: Installation,
  ): InstalledPoint => {
    const { front, back } = placesOf(point, needs, numberOf);
    const late = values.all.reduce((bits, { atReturn }, at) => bits | (atReturn ? 1 << at : 0), 0);
    const waits =
      values.returns || late !== 0 || (values.returnValue !== undefined && back !== undefined);
    const retries = point.attachment.kind === 'syscall' && values.all.some(isInUserMemory);
    // Else the point is the return itself, or knows it already: there is nothing to wait for.
    const returnsLater = back !== undefined;
    const isMarked = point.refusedBy.length > 0;
    const pairs = returnsLater && (waits || retries || isMarked);
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
    const answering = isMarked ? answeringSites(point.refusedBy, installation) : [];
    if (!pairs) {
      sites.listen(entry, first, installation, accesses);
      return { point, values, numbers: [first], sites: [...answering, entry] };
    }
    const exit = sites.at(back, installation);
    write(first + 1, exit, { flags: [...shared, 'TG_HOOK_AT_RETURN'], pair: first });
    sites.listen(exit, first + 1, installation, accesses);
    sites.listen(entry, first, installation, accesses);
    return { point, values, numbers: [first, first + 1], sites: [...answering, exit, entry] };
  };

  const installHook = (
    policy: number,
    plan: HookPlan,
    workload: number,
    answerSets: Deeds['answers'],
    installation: Installation,
  ): InstalledHook => {
    const plans = plan.selectors.length > 0 ? plan.selectors : [EVERY_CALL];
    const written = new Map<string, number>();
    const points = plan.points.map((point) => {
      const values = hookValues(plan, point);
      const filtered = filtersAt(plan, point, values);
      // Also what refuses is the point's own matter.
      const key = JSON.stringify([filtered, point.refusedBy.length > 0], (_, value) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
      const deeds = { ...deedsOf(plan, values), answers: answersAt(point, answerSets) };
      const firstSelector =
        written.get(key) ?? writeSelectors(plans, filtered, deeds, installation);
      written.set(key, firstSelector);
      const spec = { policy, firstSelector, selectorCount: plans.length, workload };
      const accesses = accessesOf(values, filtered);
      return installPoint(point, values, spec, accesses, needsOf(plan.selectors), installation);
    });
    const firsts = [...written.values()];
    return {
      plan,
      points,
      counters: plans.map((_, index) => firsts.map((first) => first + index)),
    };
  };

  /** The system calls that the policy refuses by marks: those of its hooks, and those of its enforcer. */
  const storeAnswers = (plan: PolicyPlan, installation: Installation): Deeds['answers'] => {
    const marked = plan.hooks.flatMap(({ points }) =>
      points.flatMap(({ attachment, refusedBy }) =>
        refusedBy.length > 0 && attachment.kind === 'syscall'
          ? [{ syscall: numberOf(attachment.syscall), hooks: refusedBy }]
          : [],
      ),
    );
    const enforced = plan.enforced.map(({ syscall, hooks: by }) => ({
      syscall: syscall === undefined ? undefined : numberOf(syscall),
      hooks: by,
    }));
    return {
      override: answers.store(marked, installation),
      enforcer: answers.store(enforced, installation),
    };
  };

  /** Where the calls of the policy's enforcer are refused: any of its hooks may ask for it. */
  const enforcingSites = ({ enforced }: PolicyPlan, installation: Installation): Site[] => {
    const names = [...new Set(enforced.flatMap(({ hooks: by }) => by))];
    return names.length > 0 ? answeringSites(names, installation) : [];
  };

  return {
    install(policy, plan) {
      const installation = createInstallation();
      try {
        const { workload } = plan.policy;
        const workloadNumber = isEveryWorkload(workload)
          ? 0
          : writeFilters([workloadFilter(workload)], installation);
        const answerSets = storeAnswers(plan, installation);
        const installed = plan.hooks.map((hook) =>
          installHook(policy, hook, workloadNumber, answerSets, installation),
        );
        const enforcing = enforcingSites(plan, installation);
        return { hooks: withSites(installed, enforcing), installation };
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

/** Arguments of a function are in registers, which hold something else when it returns. */
const HAS_LOST_ARGUMENTS: ReadonlySet<Place['kind']> = new Set(['uprobe', 'kprobe']);

function isReadable(value: HookValues['all'][number], place: Place, atReturn: boolean): boolean {
  if (value.atReturn) return atReturn;
  return !(atReturn && HAS_LOST_ARGUMENTS.has(place.kind));
}

const isInUserMemory = ({ flags, atReturn }: HookValues['all'][number]): boolean =>
  !atReturn && flags.includes('TG_VALUE_USER');

/** The set of marks counts only where marks are set. */
const answersAt = ({ refusedBy }: HookPoint, sets: Deeds['answers']): Deeds['answers'] => ({
  override: refusedBy.length > 0 ? sets.override : 0,
  enforcer: sets.enforcer,
});

function deedsOf({ hook }: HookPlan, values: HookValues): Omit<Deeds, 'answers'> {
  return {
    socket(argSock) {
      const position = hook.args.findIndex(({ index }) => index === argSock);
      if (position < 0)
        throw new PolicyRefusal(`${hook.field}: argSock ${argSock} is none of its args`);
      return values.at(position).argument;
    },
    returned: 'returnArgAction' in hook ? hook.returnArgAction : undefined,
  };
}

/** Every point of a policy with an enforcer needs what refuses its calls. */
const withSites = (hooks: InstalledHook[], more: readonly Site[]): InstalledHook[] =>
  more.length === 0
    ? hooks
    : hooks.map((hook) => ({
        ...hook,
        points: hook.points.map((point) => ({ ...point, sites: [...more, ...point.sites] })),
      }));
