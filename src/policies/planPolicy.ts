import { bindFilter } from './filterValues.ts';
import type { ArgumentFilter, ArgumentType, Hook, PolicyError, TracingPolicy } from './model.ts';
import { ARGUMENT_TYPES } from './model.ts';
import type { HookPlan, HostAbilities, PlanResult, SelectorPlan } from './plan.ts';
import { checkActions } from './planning/actions.ts';
import { enforces, type HookContext, problemAt, wantsOf } from './planning/context.ts';
import { planEnforcer } from './planning/enforcers.ts';
import { planFunctions } from './planning/functions.ts';
import { bindList } from './planning/listFilters.ts';
import { isLoaderHook, loaderHook, withPrograms } from './planning/loader.ts';
import { planTracepoint } from './planning/tracepoints.ts';
import { planUprobe, planUsdt } from './planning/userProbes.ts';
import { warningsOf } from './warnings.ts';

/**
 * Binds a policy to this kernel. A hook that can't be had here is left out and told (`missing`); a policy of which no hook can be
 * had, that says something wrong, or that wants an action that can't be done, is refused as a whole: better none than half of an
 * enforcement.
 */
export function planPolicy(policy: TracingPolicy, host: HostAbilities): PlanResult {
  const errors: PolicyError[] = [];
  const warnings: PolicyError[] = [];
  const refuse = reporting(policy, errors);
  const warn = reporting(policy, warnings);

  const enforced = planEnforcer(policy, host, { refuse, warn });
  const hooks = hooksOf(policy).map((hook) => {
    const context = { policy, hook, host, wants: wantsOf(hook), refuse, warn };
    checkActions(context);
    return bindLists(bindTypes(planHook(context), context), context);
  });

  const had = hooks.some(({ points }) => points.length > 0);
  if (errors.length === 0 && hooks.length > 0 && !had)
    for (const { hook, missing } of hooks)
      for (const { name, reason, remedy } of missing)
        refuse(
          hook,
          `${name} can't be had here: ${reason}${remedy ? `; to get it: ${remedy}` : ''}`,
        );
  if (errors.length > 0) return { errors };
  const plan = { policy, hooks, enforced, warnings };
  return { plan: { ...plan, warnings: [...warnings, ...warningsOf(plan, host)] } };
}

/** Adds what is wrong to a list, and each once: the functions of a list may all have the same flaw. */
function reporting(policy: TracingPolicy, list: PolicyError[]): HookContext['refuse'] {
  const told = new Set<string>();
  return (at, message) => {
    const problem = problemAt(policy, at, message);
    const key = JSON.stringify(problem);
    if (!told.has(key)) list.push(problem);
    told.add(key);
  };
}

/** Those of the file, and the one that stands for spec.loader. */
const hooksOf = (policy: TracingPolicy): Hook[] => [
  ...policy.hooks,
  ...(policy.loader ? [loaderHook(policy)] : []),
];

/** A policy that kills, signals or refuses somewhere by its own text. */
export function hasEnforcement(policy: TracingPolicy): boolean {
  return policy.hooks.some((hook) => hook.selectors.some(enforces));
}

function planHook(context: HookContext): HookPlan {
  const { hook } = context;
  switch (hook.kind) {
    case 'kprobe':
    case 'fentry':
    case 'lsm':
      return isLoaderHook(hook)
        ? withPrograms(planFunctions({ ...context, hook }), context)
        : planFunctions({ ...context, hook });
    case 'tracepoint':
      return planTracepoint({ ...context, hook });
    case 'uprobe':
      return planUprobe({ ...context, hook });
    case 'usdt':
      return planUsdt({ ...context, hook });
  }
}

/** Reads the values of filters on arguments whose type was `auto` and is known now. */
function bindTypes(plan: HookPlan, context: HookContext): HookPlan {
  if (!isOpen(plan.hook) || plan.points.length === 0) return plan;
  const bind = (shift: number) => (filter: ArgumentFilter) => {
    const type = typeAt(plan, (filter.arguments[0] ?? 0) + shift);
    if (!type) return filter;
    const { filter: bound, problems } = bindFilter(filter, type);
    for (const problem of problems) context.refuse(filter, problem);
    return bound;
  };
  const selectors = plan.selectors.map(
    (selector): SelectorPlan => ({
      ...selector,
      matchArgs: selector.matchArgs.map(bind(0)),
      matchData: selector.matchData.map(bind(plan.hook.args.length)),
    }),
  );
  return { ...plan, selectors };
}

/** Puts the numbers of system calls into filters that name a list of them. */
function bindLists(plan: HookPlan, context: HookContext): HookPlan {
  const selectors = plan.selectors.map(
    (selector): SelectorPlan => ({
      ...selector,
      matchArgs: selector.matchArgs.map((filter) => bindList(filter, context)),
    }),
  );
  return { ...plan, selectors };
}

const isOpen = (hook: Hook) =>
  [...hook.args, ...('data' in hook ? hook.data : [])].some(({ type }) => type === 'auto');

function typeAt({ values }: HookPlan, position: number): ArgumentType | undefined {
  const declared = values[position]?.declared;
  return ARGUMENT_TYPES.find((type) => type === declared);
}
