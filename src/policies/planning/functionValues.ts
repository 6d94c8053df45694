import type { HookArgument } from '../model.ts';
import type { FunctionPrototype, HostAbilities, ValuePlan } from '../plan.ts';
import { fromKernel, isMisfit, type Misfit, planData, type RegisterPlace } from './points.ts';
import { functionRegister, savedRegister } from './registers.ts';
import type { FunctionContext } from './rung.ts';
import {
  isNumberType,
  isStructureType,
  nothing,
  plainValue,
  resolvedValue,
  sizeInputOf,
  structOf,
} from './values.ts';

/** A program at the entry of a kernel function, and what it can read there. */
export type Entry = {
  /** The function whose arguments the policy counts. */
  functionName: string;
  /** Its types; undefined: BTF doesn't have it. */
  prototype: FunctionPrototype | undefined;
  /** Arguments that the program is given, from the first. */
  inputs: number;
  /** Which of them is argument `index` of the function; undefined: none. */
  inputOf(index: number): number | undefined;
  /** All registers of the entry are there, not only those with arguments. */
  hasRegisters: boolean;
};

export type EntryValues = {
  values: Map<number, ValuePlan>;
  /** Arguments that can't be had there; no filter looks at them. */
  left: readonly Misfit[];
  returnValue: ValuePlan | undefined;
};

/** A kprobe: the registers with arguments, and all others. */
export const kprobeEntry = (functionName: string, host: HostAbilities): Entry => ({
  functionName,
  prototype: host.functionPrototype(functionName),
  inputs: 5,
  inputOf: (index) => index,
  hasRegisters: true,
});

/** A trampoline: the arguments that the function's type has. */
export function trampolineEntry(functionName: string, host: HostAbilities): Entry {
  const prototype = host.functionPrototype(functionName);
  return {
    functionName,
    prototype,
    inputs: Math.min(6, prototype?.parameters.length ?? 6),
    inputOf: (index) => index,
    hasRegisters: false,
  };
}

/**
 * The values of the hook's args and data at such an entry, and its return value.
 *
 * @returns a Misfit when a value that a filter looks at can't be had there, or the policy asks for something that there is not
 */
export function valuesAt(entry: Entry, context: FunctionContext): EntryValues | Misfit {
  const { hook, wants } = context;
  const values = new Map<number, ValuePlan>();
  const left: Misfit[] = [];
  for (const [position, argument] of hook.args.entries()) {
    const value = argumentAt(entry, argument, context);
    if (!isMisfit(value)) values.set(position, value);
    else if (value.argument || wants.filtered.has(position)) return value;
    else {
      values.set(position, nothing(argument));
      if (!isBeyond(entry, argument)) left.push({ ...value, argument });
    }
  }
  const data = planData(context, registersAt(entry, context.host), !entry.hasRegisters);
  if (!Array.isArray(data)) return data;
  for (const [index, value] of data.entries()) values.set(hook.args.length + index, value);
  const returnValue = returnAt(entry, context);
  return returnValue && isMisfit(returnValue) ? returnValue : { values, left, returnValue };
}

/** The function has no such argument: told by doubtsAbout(). */
const isBeyond = ({ prototype, inputOf }: Entry, { index }: HookArgument): boolean =>
  prototype !== undefined && (inputOf(index) ?? 0) >= prototype.parameters.length;

const registersAt =
  (entry: Entry, host: HostAbilities) =>
  (name: string): RegisterPlace | undefined => {
    if (entry.hasRegisters) return savedRegister(name, host);
    const index = functionRegister(host.arch)(name);
    const input = typeof index === 'number' ? entry.inputOf(index) : undefined;
    return input === undefined || input >= entry.inputs
      ? undefined
      : { input, flags: [], offset: 0 };
  };

function argumentAt(
  entry: Entry,
  argument: HookArgument,
  { host }: FunctionContext,
): ValuePlan | Misfit {
  if (argument.type === 'nop') return nothing(argument);
  const input = entry.inputOf(argument.index);
  const absent = (what: string): Misfit => ({
    reason: `${what} ${argument.index} of ${entry.functionName} is not given to a program here`,
    argument: undefined,
  });
  if (input === undefined || input >= entry.inputs) return absent('argument');
  if (argument.resolve.length > 0) {
    const c = entry.prototype?.parameters[input]?.type;
    return resolved(
      argument,
      input,
      c,
      `argument ${argument.index} of ${entry.functionName}`,
      host,
    );
  }
  const value = plainArgument(argument, input);
  if (isMisfit(value) || value.sizeInput === undefined || argument.sizeArgIndex === 0) return value;
  if (value.sizeInput === argument.sizeArgIndex - 1) {
    const sizeInput = entry.inputOf(value.sizeInput);
    return sizeInput === undefined || sizeInput >= entry.inputs
      ? {
          reason: `sizeArgIndex ${argument.sizeArgIndex} (argument ${argument.sizeArgIndex - 1}) of ${entry.functionName} is not given to a program here: at most ${entry.inputs} arguments are`,
          argument,
        }
      : { ...value, sizeInput };
  }
  return value;
}

function resolved(
  argument: HookArgument,
  input: ValuePlan['input'],
  c: string | undefined,
  what: string,
  host: HostAbilities,
): ValuePlan | Misfit {
  const struct = argument.btfType ?? structOf(c ?? '');
  if (struct === undefined)
    return {
      reason:
        c === undefined
          ? `resolve needs btfType: the type of ${what} is not known here`
          : `nothing can be resolved from ${what}, which is ${c}; btfType can name a struct`,
      argument,
    };
  return fromKernel(argument, () =>
    resolvedValue(
      argument,
      input,
      [],
      host.resolveField(struct, argument.resolve, argument.btfTypeModule),
    ),
  );
}

/** Pointers to these may lead to the kernel's copy or to the caller's memory, as the function has them. */
const EITHER_MEMORY: readonly HookArgument['type'][] = [
  'string',
  'char_buf',
  'char_iovec',
  'sockaddr',
  'sockaddr_un',
  'bpf_attr',
];

function plainArgument(argument: HookArgument, input: ValuePlan['input']): ValuePlan | Misfit {
  const { type } = argument;
  if (isNumberType(type) || type === 'fd') return plainValue(argument, input, []);
  if (EITHER_MEMORY.includes(type)) {
    const value = plainValue(argument, input, ['TG_VALUE_BY_ADDRESS']);
    return type === 'char_buf' || type === 'char_iovec'
      ? { ...value, sizeInput: sizeInputOf(argument) }
      : value;
  }
  if (isStructureType(type)) return plainValue(argument, input, []);
  return { reason: `a function of the kernel is not given a ${type}`, argument };
}

function returnAt(entry: Entry, { hook, host }: FunctionContext): ValuePlan | Misfit | undefined {
  if (!('return' in hook) || !hook.return || !hook.returnArg) return undefined;
  const { returnArg } = hook;
  const { functionName, prototype } = entry;
  if (returnArg.type === 'nop') return undefined;
  if (returnArg.resolve.length > 0)
    return resolved(
      returnArg,
      'TG_INPUT_RETURN',
      prototype?.returns,
      `the return value of ${functionName}`,
      host,
    );
  const value = plainArgument(returnArg, 'TG_INPUT_RETURN');
  return isMisfit(value) ? value : { ...value, atReturn: false };
}
