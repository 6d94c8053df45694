import { equivalentFunctions, syscallBodies } from '../equivalents/index.ts';
import type { HookArgument, KprobeHook, LsmHook, ValueList } from '../model.ts';
import type { HookPlan, HookPoint, MissingPoint } from '../plan.ts';
import { unsupportedSocketTracking } from './actions.ts';
import { type HookContext, planSelector } from './context.ts';
import { climb, type FunctionRequest, type RungResult } from './ladder.ts';
import { functionOfLsmHook } from './lsm.ts';
import type { Misfit } from './points.ts';
import { planData } from './points.ts';
import { syscallRegister } from './registers.ts';
import { allSyscallSymbols, isSyscallSymbol } from './symbols.ts';
import { nothing } from './values.ts';

/** Plans a kprobe, fentry or LSM hook. */
export function planFunctions(context: HookContext<KprobeHook | LsmHook>): HookPlan {
  const { hook } = context;
  const data = planData(context, syscallRegister(context.host.arch));
  const names = namesOf(context);
  const tracking = unsupportedSocketTracking(hook);
  const points: HookPoint[] = [];
  const missing: MissingPoint[] = [];
  const told = new Set<string>();
  for (const name of names) {
    if (tracking !== undefined) {
      missing.push({ name: name.name, reason: tracking, remedy: 'a kernel with kprobes' });
      continue;
    }
    const made = climb({ ...name, data }, context);
    if (made.points) {
      const called = made.points[0]?.functionName;
      // A list may name one system call in several ways.
      if (points.some(({ functionName }) => functionName === called)) continue;
      points.push(...made.points);
      reportMisfits(made.misfits, context, told);
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

type NamedRequest = Omit<FunctionRequest, 'data'>;

const LIST = /^list:(.+)$/;

function namesOf(context: HookContext<KprobeHook | LsmHook>): NamedRequest[] {
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

const requestFor = (name: string, asSyscall: boolean): NamedRequest => ({
  name,
  isSyscall: asSyscall || isSyscallSymbol(name),
  functionName: name,
});

function membersOf(list: ValueList, context: HookContext<KprobeHook | LsmHook>): NamedRequest[] {
  switch (list.type) {
    case 'syscalls':
      return list.values.map((name) => requestFor(name, true));
    case 'generated_syscalls':
      return allSyscallSymbols(context.host.arch).map((name) => requestFor(name, true));
    case 'generated_ftrace':
      return matching(list, context).map((name) => requestFor(name, false));
    default:
      return list.values.map((name) => requestFor(name, false));
  }
}

/** Without kprobes the kernel's list of functions is of no use: the pattern picks from those that something stands for. */
function matching(list: ValueList, context: HookContext): string[] {
  context.warn(
    context.hook,
    `list "${list.name}" takes only functions for which Trigon knows a system call or tracepoint, not all that match`,
  );
  try {
    const pattern = new RegExp(list.pattern ?? '');
    return [...equivalentFunctions(), ...syscallBodies(context.host.arch)].filter((name) =>
      pattern.test(name),
    );
  } catch {
    context.refuse(placeOf(list), `"${list.pattern}" is not a regular expression`);
    return [];
  }
}

const placeOf = (list: ValueList) => ({
  position: list.position,
  field: `spec.lists (${list.name})`,
});

function reportMisfits(misfits: readonly Misfit[], context: HookContext, told: Set<string>): void {
  for (const { reason, argument } of misfits) {
    if (told.has(reason)) continue;
    told.add(reason);
    context.warn(argument ?? context.hook, `${reason}; that way is left out`);
  }
}

/** What can't be had is missing; what the policy says wrong, or wants done and can't have, refuses it. */
function miss(
  { name }: NamedRequest,
  made: Exclude<RungResult, { points: HookPoint[] }>,
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
