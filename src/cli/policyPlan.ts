import { callOf } from '../agent/policies/describe.ts';
import type { Action, ActionName } from '../policies/model.ts';
import type { HookPlan, HookPoint, PolicyPlan } from '../policies/plan.ts';
import { describeAttachment, describeRefusal, wayOf } from '../policies/words/attachments.ts';
import { describeSelector } from '../policies/words.ts';

/** A plan as `policy check` shows it, and as its JSON has it: see docs/policy-commands.md. */
export type ShownHook = {
  /** What the policy names. */
  hook: string;
  /** Path of the field, e.g. `spec.kprobes[0]`. */
  field: string;
  points: ShownPoint[];
  missing: { name: string; reason: string; remedy: string | null }[];
  selectors: string[];
};

export type ShownPoint = {
  function: string;
  /** Where our program runs. */
  attached: string;
  /** The kind of program: `kprobe.multi`, `LSM program`. */
  way: string;
  exact: boolean;
  /** 'exact', or how it is really obtained. */
  obtained: string;
  differs: string[];
  /** 'monitor' or 'enforce': it tells only in that mode. */
  when: HookPoint['when'];
  /** Of the actions that the hook asks for; none where it only tells. */
  actions: { action: ActionName; possible: boolean; why: string }[];
};

/** A call of spec.enforcers. */
export type ShownCall = {
  call: string;
  refused: boolean;
  /** The LSM hooks that refuse it. */
  hooks: string[];
  /** Why it is not refused. */
  why: string | null;
};

export const shownCalls = ({ enforced }: PolicyPlan): ShownCall[] =>
  enforced.map(({ name, hooks, obstacle }) => ({
    call: name,
    refused: hooks.length > 0,
    hooks: [...hooks],
    why: obstacle ?? null,
  }));

export function shownHooks(plan: PolicyPlan): ShownHook[] {
  return plan.hooks.map((planned) => ({
    hook: callOf(planned.hook),
    field: planned.hook.field,
    points: planned.points.map((point) => shownPoint(planned, point, plan)),
    missing: planned.missing.map(({ name, reason, remedy }) => ({
      name,
      reason,
      remedy: remedy ?? null,
    })),
    selectors: planned.selectors.map((selector) => describeSelector(planned.hook, selector)),
  }));
}

function shownPoint(planned: HookPlan, point: HookPoint, { enforced }: PolicyPlan): ShownPoint {
  // Where a policy only tells while it monitors, nothing is done.
  const acting = point.when === 'monitor' ? [] : planned.selectors;
  const wanted = acting.flatMap(({ actions, returnActions }) => [...actions, ...returnActions]);
  return {
    function: point.functionName,
    attached: describeAttachment(point.attachment),
    way: wayOf(point.attachment),
    exact: point.obtained === 'exact',
    obtained: point.obtained,
    differs: [...point.differs],
    when: point.when,
    actions: [...new Set(wanted.map(({ action }) => action))].flatMap((action) =>
      action === 'NotifyEnforcer'
        ? [shownNotice(wanted, point, enforced)]
        : shownAction(action, point),
    ),
  };
}

function shownAction(action: ActionName, point: HookPoint): ShownPoint['actions'] {
  switch (action) {
    case 'Sigkill':
    case 'Signal':
      return [{ action, possible: point.canSignal, why: point.sigkill }];
    case 'Override': {
      const why = describeRefusal(point) ?? 'calls can not be answered from here';
      return [{ action, possible: point.canOverride, why }];
    }
    case 'Set':
      return [{ action, possible: true, why: 'the argument is changed in the program’s memory' }];
    default:
      return [];
  }
}

/** What the notifications of a point come to: calls refused, a signal, both or nothing. */
function shownNotice(
  wanted: readonly Action[],
  { canSignal }: HookPoint,
  enforced: PolicyPlan['enforced'],
): ShownPoint['actions'][number] {
  const notices = wanted.filter(({ action }) => action === 'NotifyEnforcer');
  const asked = (field: 'argError' | 'argSig') =>
    notices.some(({ [field]: value = 0 }) => value !== 0);
  const refused = enforced.filter(({ hooks }) => hooks.length > 0).length;
  const effects = [
    ...(asked('argError')
      ? [`${refused} of ${enforced.length} calls of spec.enforcers are refused`]
      : []),
    ...(asked('argSig')
      ? [canSignal ? 'the process gets the signal' : 'no signal can be sent from here']
      : []),
  ];
  return {
    action: 'NotifyEnforcer',
    possible: (asked('argError') && refused > 0) || (asked('argSig') && canSignal),
    why: effects.join(', ') || 'it asks for no error and no signal',
  };
}

/** Lines of the calls of spec.enforcers. */
export const enforcerLines = (calls: readonly ShownCall[]): string[] =>
  calls.length === 0
    ? []
    : [
        '  spec.enforcers',
        ...calls.map(({ call, hooks, why }) =>
          why === null
            ? `    ${call}: refused in the LSM ${hooks.length === 1 ? 'hook' : 'hooks'} ${hooks.join(', ')}`
            : `    ${call}: not refused here: ${why}`,
        ),
      ];

/** Lines of a plan, indented by two more for each level. */
export function planLines(hooks: readonly ShownHook[]): string[] {
  return hooks.flatMap(({ hook, points, missing, selectors }) => [
    `  ${hook}`,
    ...points.flatMap(pointLines),
    ...missing.map(({ name, reason, remedy }) => {
      const hint = remedy === null ? '' : `; to get it: ${remedy}`;
      return `    ${name}: not to be had here: ${reason}${hint}`;
    }),
    ...selectors.map((words, index) => `    selector ${index + 1}: ${words}`),
  ]);
}

function pointLines({ attached, exact, obtained, when, differs, actions }: ShownPoint): string[] {
  const whens = { always: '', monitor: ', while it monitors', enforce: ', while it enforces' };
  return [
    `    → ${exact ? `exact: ${attached}` : obtained}${whens[when]}`,
    ...differs.map((text) => `      differs: ${text}`),
    ...actions.map(
      ({ action, possible, why }) => `      ${action}: ${possible ? 'yes' : 'no'}; ${why}`,
    ),
  ];
}
