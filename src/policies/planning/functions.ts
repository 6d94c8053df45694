import type { HookArgument, KprobeHook, LsmHook } from '../model.ts';
import type { HookPlan, HookPoint, MissingPoint } from '../plan.ts';
import { socketTrackingObstacle } from './actions.ts';
import { type HookContext, planSelector } from './context.ts';
import { climb } from './ladder.ts';
import { membersOf, requestFor } from './lists.ts';
import { functionOfLsmHook } from './lsm.ts';
import type { Misfit } from './points.ts';
import type { FunctionRequest, RungFailure, RungPoints } from './rung.ts';
import { nothing } from './values.ts';

/** Plans a kprobe, fentry or LSM hook. */
export function planFunctions(context: HookContext<KprobeHook | LsmHook>): HookPlan {
  const { hook } = context;
  const names = namesOf(context);
  const tracking = socketTrackingObstacle(hook, context.host);
  const points: HookPoint[] = [];
  const missing: MissingPoint[] = [];
  const told = new Set<string>();
  for (const name of names) {
    if (tracking !== undefined) {
      missing.push({ name: name.name, reason: tracking, remedy: 'a kernel with kprobes' });
      continue;
    }
    const made = climb(name, context);
    if (made.points) {
      const called = made.points[0]?.functionName;
      // A list may name one system call in several ways.
      if (points.some(({ functionName }) => functionName === called)) continue;
      points.push(...made.points);
      reportMisfits(made, context, told);
    } else {
      miss(name, made, context, missing);
    }
  }
  if (names.length === 0 && hook.kind !== 'lsm')
    missing.push({ name: hook.call, reason: 'the list is empty here', remedy: undefined });
  return assemble(context, points, missing);
}

/** A hook of these points: values as the first one has them. */
export function assemble(
  { hook }: HookContext,
  points: HookPoint[],
  missing: MissingPoint[],
): HookPlan {
  const first = points[0];
  const data = 'data' in hook ? hook.data : [];
  const waits = points.every(({ returnValue }) => returnValue !== undefined);
  return {
    hook,
    points,
    missing,
    values: [...hook.args, ...data].map(
      (argument, position) => first?.values.get(position) ?? nothing(argument),
    ),
    returnValue: waits ? first?.returnValue : undefined,
    selectors: hook.selectors.map(planSelector),
  };
}

const LIST = /^list:(.+)$/;

function namesOf(context: HookContext<KprobeHook | LsmHook>): FunctionRequest[] {
  const { hook, policy } = context;
  if (hook.kind === 'lsm')
    return [{ name: functionOfLsmHook(hook.hook), isSyscall: false, functionName: hook.hook }];
  const listName = LIST.exec(hook.call)?.[1];
  if (listName === undefined) return [requestFor(hook.call, hook.syscall)];
  const list = policy.lists.find(({ name }) => name === listName);
  if (list) return membersOf(list, context);
  context.refuse(hook, `there is no list "${listName}" in spec.lists`);
  return [];
}

function reportMisfits(
  { misfits, doubts = [] }: RungPoints,
  context: HookContext,
  told: Set<string>,
): void {
  const tell = ({ argument }: Misfit, message: string) => {
    if (told.has(message)) return;
    told.add(message);
    context.warn(argument ?? context.hook, message);
  };
  for (const misfit of misfits) tell(misfit, `${misfit.reason}; that way is left out`);
  for (const doubt of doubts) tell(doubt, doubt.reason);
}

/** What can't be had is missing; what the policy says wrong, or wants done and can't have, refuses it. */
function miss(
  { name }: FunctionRequest,
  made: RungFailure,
  context: HookContext,
  missing: MissingPoint[],
): void {
  const argument: HookArgument | undefined = made.misfit?.argument;
  if (argument) context.refuse(argument, made.reason);
  else if (made.refused) context.refuse(overrideOf(context), made.reason);
  else missing.push({ name, reason: made.reason, remedy: made.remedy });
}

/** The place of the first action that asks for more than there is. */
function overrideOf({ hook, wants }: HookContext) {
  const wanted = wants.override ? ['Override'] : ['Sigkill', 'Signal'];
  return (
    hook.selectors
      .flatMap(({ actions, returnActions }) => [...actions, ...returnActions])
      .find(({ action }) => wanted.includes(action)) ?? hook
  );
}
