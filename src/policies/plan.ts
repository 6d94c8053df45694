import { EQUIVALENTS, type Equivalent } from './equivalents.ts';
import type { Hook, PolicyError, Selector, TracingPolicy } from './model.ts';
import type { Position } from './yaml.ts';

/** What this kernel offers to hook on. */
export type HostAbilities = {
  /** Programs on the raw system call tracepoints load and attach. */
  rawSyscalls: boolean;
};

/** How a policy runs on this kernel: one plan a hook. */
export type PolicyPlan = {
  policy: TracingPolicy;
  hooks: HookPlan[];
};

export type HookPlan = {
  hook: Hook;
  /** Only equivalents in this version; attaching to the function itself comes with the kernels that allow it. */
  equivalent: Equivalent;
  /** For each of the policy's args: where the kernel side gets it from. */
  sources: Equivalent['parameters'][number]['source'][];
  selectors: SelectorPlan[];
};

export type SelectorPlan = Selector & { kills: boolean; posts: boolean };

export type PlanResult =
  | { plan: PolicyPlan; errors?: undefined }
  | { plan?: undefined; errors: PolicyError[] };

/**
 * Binds a policy to this kernel. A hook that can't be had here, or an argument that its hook point doesn't know, refuses the
 * whole policy: better none than half of one.
 */
export function planPolicy(policy: TracingPolicy, host: HostAbilities): PlanResult {
  const errors: PolicyError[] = [];
  const hooks: HookPlan[] = [];
  policy.hooks.forEach((hook, index) => {
    const refuse: Refuse = (position, field, message) =>
      errors.push({
        file: policy.file,
        ...position,
        field: `spec.kprobes[${index}]${field}`,
        message,
      });
    const plan = planHook(hook, host, refuse);
    if (plan) hooks.push(plan);
  });
  return errors.length > 0 ? { errors } : { plan: { policy, hooks } };
}

type Refuse = (position: Position, field: string, message: string) => void;

function planHook(hook: Hook, host: HostAbilities, refuse: Refuse): HookPlan | undefined {
  const equivalent = Object.hasOwn(EQUIVALENTS, hook.call) ? EQUIVALENTS[hook.call] : undefined;
  if (!equivalent) {
    const known = Object.keys(EQUIVALENTS).join(', ');
    refuse(
      hook.position,
      '.call',
      `this version of Trigon can't hook ${hook.call}; it knows ${known}`,
    );
    return undefined;
  }
  if (!host.rawSyscalls) {
    refuse(
      hook.position,
      '.call',
      `${hook.call} needs the raw_syscalls tracepoints, which this kernel refuses`,
    );
    return undefined;
  }
  const sources = hook.args.flatMap((arg, position) => {
    const parameter = equivalent.parameters[arg.index];
    if (!parameter) {
      const last = equivalent.parameters.length - 1;
      refuse(arg.position, `.args[${position}].index`, `${hook.call} has arguments 0 to ${last}`);
    } else if (parameter.type !== arg.type) {
      refuse(
        arg.position,
        `.args[${position}].type`,
        `argument ${arg.index} of ${hook.call} is of type ${parameter.type}, not ${arg.type}`,
      );
    } else {
      return [parameter.source];
    }
    return [];
  });
  return { hook, equivalent, sources, selectors: hook.selectors.map(planSelector) };
}

function planSelector(selector: Selector): SelectorPlan {
  const names = selector.actions.map((action) => action.action);
  return {
    ...selector,
    kills: names.includes('Sigkill'),
    // Without actions a selector posts; with actions it posts unless NoPost says otherwise (Tetragon's rule).
    posts: !names.includes('NoPost'),
  };
}

/** A policy that kills somewhere by its own text. */
export function hasEnforcement(policy: TracingPolicy): boolean {
  return policy.hooks.some((hook) =>
    hook.selectors.some((selector) => planSelector(selector).kills),
  );
}
