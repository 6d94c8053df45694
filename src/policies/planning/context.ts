import type { Action, Hook, HookArgument, PolicyError, Selector, TracingPolicy } from '../model.ts';
import type { HostAbilities, SelectorPlan } from '../plan.ts';
import type { Position } from '../yaml.ts';

/** What planning one hook needs, and where it puts what it finds wrong. */
export type HookContext<H extends Hook = Hook> = {
  policy: TracingPolicy;
  hook: H;
  host: HostAbilities;
  /** What the hook's selectors want of its points. */
  wants: HookWants;
  /** The policy can't run so. */
  refuse(at: { position: Position; field: string }, message: string): void;
  /** It can, but the operator should know. */
  warn(at: { position: Position; field: string }, message: string): void;
};

export type HookWants = {
  /** Sigkill, Signal, or NotifyEnforcer with a signal. */
  signals: boolean;
  override: boolean;
  /** Positions in args, then data, that filters look at. */
  filtered: ReadonlySet<number>;
  /** Positions whose file type is asked for. */
  fileTypes: ReadonlySet<number>;
  /** A filter looks at the return value. */
  returnFiltered: boolean;
};

/** What ends a process, refuses its call or changes it: not done while a policy monitors. */
export const ENFORCING_ACTIONS = [
  'Sigkill',
  'Signal',
  'Override',
  'NotifyEnforcer',
  'Set',
] as const;

const actionsOf = (selector: Selector) => [...selector.actions, ...selector.returnActions];

export const isEnforcing = ({ action }: Action): boolean =>
  ENFORCING_ACTIONS.some((enforcing) => enforcing === action);

export const enforces = (selector: Selector): boolean => actionsOf(selector).some(isEnforcing);

/** The action has the call answered with an error, which must happen before the call has done anything. */
export const refusesCalls = ({ action, argError = 0 }: Action): boolean =>
  action === 'Override' || (action === 'NotifyEnforcer' && argError !== 0);

const sendsSignal = ({ action, argSig = 0 }: Action): boolean =>
  action === 'Sigkill' || action === 'Signal' || (action === 'NotifyEnforcer' && argSig !== 0);

export const dataOf = (hook: Hook): readonly HookArgument[] => ('data' in hook ? hook.data : []);

export function wantsOf(hook: Hook): HookWants {
  const filters = hook.selectors.flatMap((selector) => [
    ...selector.matchArgs.map((filter) => ({ filter, shift: 0 })),
    ...selector.matchData.map((filter) => ({ filter, shift: hook.args.length })),
  ]);
  const positions = (wanted: typeof filters) =>
    new Set(wanted.flatMap(({ filter, shift }) => filter.arguments.map((at) => at + shift)));
  return {
    signals: hook.selectors.flatMap(actionsOf).some(sendsSignal),
    override: hook.selectors
      .flatMap(({ actions }) => actions)
      .some(({ action }) => action === 'Override'),
    filtered: positions(filters),
    fileTypes: positions(
      filters.filter(({ filter }) => /^(?:Not)?FileType$/.test(filter.operator)),
    ),
    returnFiltered: hook.selectors.some((selector) => selector.matchReturnArgs.length > 0),
  };
}

export function planSelector(selector: Selector): SelectorPlan {
  return {
    ...selector,
    enforces: enforces(selector),
    // Without actions a selector posts; with actions it posts unless NoPost says otherwise (Tetragon's rule).
    posts: !selector.actions.some(({ action }) => action === 'NoPost'),
  };
}

export const problemAt = (
  policy: TracingPolicy,
  { position, field }: { position: Position; field: string },
  message: string,
): PolicyError => ({ file: policy.file, ...position, field, message });
