import { syscallParameters } from '../../events/syscallPrototypes.ts';
import { sigkillAtEntry } from '../equivalents/points.ts';
import type { HookArgument, KprobeHook } from '../model.ts';
import type { HookPoint, ValuePlan } from '../plan.ts';
import type { HookContext } from './context.ts';
import { asInput, isMisfit, type Misfit, planData } from './points.ts';
import { syscallRegister } from './registers.ts';
import { refusableSyscall } from './syscallOverride.ts';
import {
  isNumberType,
  nothing,
  plainValue,
  resolvedValue,
  sizeInputOf,
  structOf,
} from './values.ts';

/** Structures that system calls are given in the process's memory. */
const USER_STRUCTURES: readonly HookArgument['type'][] = [
  'sockaddr',
  'sockaddr_un',
  'bpf_attr',
  'bpf_map',
  'perf_event',
  'kernel_cap_t',
  'cap_inheritable',
  'cap_permitted',
  'cap_effective',
];

/**
 * A system call by the dispatcher, and, for Override, what can refuse it.
 *
 * @returns points, or why the hook's arguments can't be had from a system call
 */
export function syscallPoints(
  syscall: { name: string; functionName: string },
  context: HookContext<KprobeHook>,
): HookPoint[] | Misfit | { refusal: string } {
  const { hook, wants, host } = context;
  const values = new Map<number, ValuePlan>();
  for (const [position, argument] of hook.args.entries()) {
    const value = argumentOf(syscall.name, argument, context);
    if (isMisfit(value)) return value;
    values.set(position, value);
  }
  const data = planData(context, asInput(syscallRegister(host.arch)));
  if (!Array.isArray(data)) return data;
  for (const [index, value] of data.entries()) values.set(hook.args.length + index, value);
  const returnValue = returnOf(context);
  if (returnValue && isMisfit(returnValue)) return returnValue;
  const point: HookPoint = {
    functionName: syscall.functionName,
    attachment: { kind: 'syscall', syscall: syscall.name },
    obtained: 'exact',
    differs: [],
    sigkill: sigkillAtEntry(syscall.name),
    canSignal: true,
    canOverride: false,
    refusedBy: [],
    when: 'always',
    values,
    returnValue,
    requires: [],
  };
  return wants.override ? refusableSyscall(syscall.name, point, context) : [point];
}

function argumentOf(
  syscall: string,
  argument: HookArgument,
  context: HookContext,
): ValuePlan | Misfit {
  const parameter = syscallParameters(syscall)?.[argument.index];
  if (syscallParameters(syscall) && !parameter && argument.type !== 'nop')
    context.warn(
      argument,
      `${syscall} has ${syscallParameters(syscall)?.length ?? 0} arguments; what stands in argument ${argument.index} means nothing`,
    );
  if (argument.resolve.length > 0)
    return resolvedArgument(syscall, argument, parameter?.type, context);
  const { type } = argument;
  if (type === 'nop') return nothing(argument);
  if (isNumberType(type) || type === 'fd') {
    if (parameter?.type.endsWith('*') && type !== 'uint64' && type !== 'int64' && type !== 'size_t')
      context.warn(
        argument,
        `argument ${argument.index} of ${syscall} (${parameter.name}) is a pointer, not a number`,
      );
    return plainValue(argument, argument.index, []);
  }
  const inMemory = plainValue(argument, argument.index, ['TG_VALUE_USER']);
  if (
    parameter &&
    !parameter.type.endsWith('*') &&
    !/(?:header|data)_t$|unsigned long/.test(parameter.type)
  )
    context.warn(
      argument,
      `argument ${argument.index} of ${syscall} (${parameter.name}) is ${parameter.type}, not a pointer to ${type}`,
    );
  if (type === 'string' || type === 'filename') return { ...inMemory, type: 'TG_TYPE_STRING' };
  if (type === 'char_buf' || type === 'char_iovec')
    return { ...inMemory, sizeInput: sizeInputOf(argument) };
  if (USER_STRUCTURES.includes(type)) return inMemory;
  return {
    reason: `a system call is not given a ${type}: allowed are numbers, fd, string, char_buf, char_iovec, ${USER_STRUCTURES.join(', ')}`,
    argument,
  };
}

function resolvedArgument(
  syscall: string,
  argument: HookArgument,
  parameter: string | undefined,
  { host }: HookContext,
): ValuePlan | Misfit {
  const struct = argument.btfType ?? structOf(parameter ?? '');
  if (struct === undefined)
    return {
      reason: `resolve needs btfType: what argument ${argument.index} of ${syscall} points to is not known`,
      argument,
    };
  try {
    const field = host.resolveField(struct, argument.resolve, argument.btfTypeModule);
    const made = resolvedValue(argument, argument.index, ['TG_VALUE_USER'], field);
    return typeof made === 'string' ? { reason: made, argument } : made;
  } catch (error) {
    return { reason: (error as Error).message, argument };
  }
}

function returnOf({ hook }: HookContext<KprobeHook>): ValuePlan | undefined | Misfit {
  const argument = hook.return ? hook.returnArg : undefined;
  if (!argument) return undefined;
  if (isNumberType(argument.type) || argument.type === 'fd')
    return plainValue(argument, 'TG_INPUT_RETURN', []);
  return { reason: `a system call returns a number or fd, not ${argument.type}`, argument };
}
