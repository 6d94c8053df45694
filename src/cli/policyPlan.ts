import { callOf } from '../agent/policies/describe.ts';
import type { ActionName } from '../policies/model.ts';
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

export function shownHooks(plan: PolicyPlan): ShownHook[] {
  return plan.hooks.map((planned) => ({
    hook: callOf(planned.hook),
    field: planned.hook.field,
    points: planned.points.map((point) => shownPoint(planned, point)),
    missing: planned.missing.map(({ name, reason, remedy }) => ({
      name,
      reason,
      remedy: remedy ?? null,
    })),
    selectors: planned.selectors.map((selector) => describeSelector(planned.hook, selector)),
  }));
}

function shownPoint(planned: HookPlan, point: HookPoint): ShownPoint {
  // Where a policy only tells while it monitors, nothing is done.
  const acting = point.when === 'monitor' ? [] : planned.selectors;
  const wanted = acting.flatMap(({ actions, returnActions }) =>
    [...actions, ...returnActions].map(({ action }) => action),
  );
  return {
    function: point.functionName,
    attached: describeAttachment(point.attachment),
    way: wayOf(point.attachment),
    exact: point.obtained === 'exact',
    obtained: point.obtained,
    differs: [...point.differs],
    when: point.when,
    actions: [...new Set(wanted)].flatMap((action) => shownAction(action, point)),
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
    case 'NotifyEnforcer':
      return [
        { action, possible: point.canSignal, why: 'the calls of spec.enforcers are watched for' },
      ];
    case 'Set':
      return [{ action, possible: true, why: 'the argument is changed in the program’s memory' }];
    default:
      return [];
  }
}

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
