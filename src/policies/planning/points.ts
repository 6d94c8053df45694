import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { EquivalentPoint } from '../equivalents/types.ts';
import type { HookArgument } from '../model.ts';
import type { HookPoint, HostAbilities, ValuePlan } from '../plan.ts';
import { dataOf, type HookContext } from './context.ts';
import { refusesNoInternetSocket } from './families.ts';
import { syscallRegister, widthOfRegister } from './registers.ts';
import {
  fits,
  fittingTypes,
  nothing,
  numberOfSize,
  plainValue,
  resolvedValue,
  sizeOfNumber,
  valueOfSource,
} from './values.ts';

/** Why a point can't serve a hook. `argument`: whose fault it is, if the policy's and not the kernel's. */
export type Misfit = { reason: string; argument: HookArgument | undefined };

export const isMisfit = (made: object): made is Misfit => 'reason' in made;

export const isPoint = (made: HookPoint | Misfit): made is HookPoint => !isMisfit(made);

type Functionlike = { functionName: string; parameters: readonly string[] };

/**
 * The hook at a point of an equivalent: where its arguments are found there. An argument that isn't to be had is left out, unless
 * a filter needs it: then the point is of no use.
 */
export function pointOfEquivalent(
  point: EquivalentPoint,
  of: Functionlike,
  when: HookPoint['when'],
  context: HookContext,
): HookPoint | Misfit {
  const { hook, host, wants } = context;
  const { attachment } = point;
  const isSocket = attachment.kind === 'cgroup' && attachment.program === 'socket';
  if (when === 'enforce' && isSocket && refusesNoInternetSocket(hook))
    return {
      reason: `${of.functionName} can be refused for IPv4 and IPv6 sockets only (${point.obtained}), and a selector that refuses takes none of them`,
      argument: undefined,
    };
  const values = new Map<number, ValuePlan>();
  for (const [position, argument] of hook.args.entries()) {
    const value = argumentAt(point, of, argument, host);
    if (!isMisfit(value)) {
      if (wants.fileTypes.has(position) && value.type === 'TG_TYPE_STRING')
        return {
          reason: `${describe(of, argument)} is only a text at ${point.obtained}: the file’s type is not known`,
          argument: undefined,
        };
      values.set(position, value);
    } else if (value.argument || wants.filtered.has(position)) return value;
    else values.set(position, nothing(argument));
  }
  const data = planData(context, asInput(syscallRegister(host.arch)));
  if (!Array.isArray(data)) return data;
  for (const [index, value] of data.entries()) values.set(hook.args.length + index, value);
  const returnValue = returnAt(point, of, context);
  if (returnValue && isMisfit(returnValue)) return returnValue;
  const requires = point.requires.map(({ source, operator, values: wanted }) => ({
    value: valueOfSource(source, undefined, host),
    operator,
    values: wanted,
  }));
  const tooMany = countProblem(
    [...values.values()],
    requires.map(({ value }) => value),
  );
  if (tooMany) return { reason: tooMany, argument: undefined };
  return {
    functionName: of.functionName,
    attachment: point.attachment,
    obtained: `equivalent: ${point.obtained}`,
    differs: point.differs,
    sigkill: point.sigkill,
    canSignal: point.canSignal,
    canOverride: point.canOverride,
    refusedBy: [],
    when,
    values,
    returnValue,
    requires,
  };
}

const describe = ({ functionName, parameters }: Functionlike, { index }: HookArgument) =>
  `argument ${index} of ${functionName}${parameters[index] ? ` (${parameters[index]})` : ''}`;

function argumentAt(
  point: EquivalentPoint,
  of: Functionlike,
  argument: HookArgument,
  host: HostAbilities,
): ValuePlan | Misfit {
  if (argument.type === 'nop') return nothing(argument);
  if (argument.index >= of.parameters.length)
    return {
      reason:
        of.parameters.length === 1
          ? `${of.functionName} has argument 0 only`
          : `${of.functionName} has arguments 0 to ${of.parameters.length - 1}`,
      argument,
    };
  const source = point.parameters[argument.index];
  if (!source)
    return {
      reason: `${describe(of, argument)} is not told at ${point.obtained}`,
      argument: undefined,
    };
  if (argument.resolve.length > 0) {
    const struct = argument.btfType ?? source.struct;
    if (struct === undefined || source.flags.includes('TG_VALUE_USER'))
      return {
        reason: `nothing can be resolved from ${describe(of, argument)} at ${point.obtained}`,
        argument: undefined,
      };
    return fromKernel(argument, () => {
      const field = host.resolveField(
        struct,
        [...source.path, ...argument.resolve],
        argument.btfTypeModule,
      );
      return resolvedValue(argument, source.input, source.flags, field);
    });
  }
  if (argument.type !== 'auto' && !fits(source.kind, argument.type))
    return {
      reason: `${describe(of, argument)} can be read as ${fittingTypes(source.kind)} here, not as ${argument.type}`,
      argument,
    };
  return fromKernel(argument, () => valueOfSource(source, argument, host));
}

/** A value whose making asks the kernel's types for fields. */
export function fromKernel(
  argument: HookArgument,
  make: () => ValuePlan | string,
): ValuePlan | Misfit {
  try {
    const made = make();
    return typeof made === 'string' ? { reason: made, argument } : made;
  } catch (error) {
    // resolveField() throws for a field that this kernel's structs don't have.
    return { reason: (error as Error).message, argument };
  }
}

/** Security functions and hooks return 0 or an error; the calls that stand for them may return something of use. */
const returnsOutcome = ({ functionName }: Functionlike, { hook }: HookContext): boolean =>
  hook.kind === 'lsm' || functionName.startsWith('security_');

function returnAt(
  point: EquivalentPoint,
  of: Functionlike,
  context: HookContext,
): ValuePlan | undefined | Misfit {
  const { hook, wants, host } = context;
  if (!('return' in hook) || !hook.return || !hook.returnArg) return undefined;
  const { returnArg } = hook;
  if (!point.returns || (returnArg.type !== 'auto' && !fits(point.returns.kind, returnArg.type)))
    return wants.returnFiltered
      ? { reason: `the return value is not told at ${point.obtained}`, argument: undefined }
      : undefined;
  const value = valueOfSource(point.returns, returnArg, host);
  return value.input === 'TG_INPUT_RETURN' && returnsOutcome(of, context)
    ? { ...value, flags: [...value.flags, 'TG_VALUE_OUTCOME'] }
    : value;
}

/** Why values don't fit into a hook; undefined: they do. Requirements share the slots of equal values. */
function countProblem(
  values: readonly ValuePlan[],
  required: readonly ValuePlan[],
): string | undefined {
  const read = values.filter(({ type }) => type !== undefined);
  const keys = new Set(read.map(readingKey));
  const more = required.filter(
    (value) => value.input !== 'TG_INPUT_RETURN' && !keys.has(readingKey(value)),
  );
  const count = read.length + new Set(more.map(readingKey)).size;
  return count > LIMIT.TG_MAX_ARGS
    ? `${count} values would be needed here, with those that tell the function’s calls from others; at most ${LIMIT.TG_MAX_ARGS} fit: list fewer args`
    : undefined;
}

const readingKey = ({ type, input, flags, sizeInput, steps, offset }: ValuePlan) =>
  JSON.stringify([type, input, [...flags].sort(), sizeInput ?? null, steps, offset]);

/** Where a program finds a register. */
export type RegisterPlace = Pick<ValuePlan, 'input' | 'flags' | 'offset'>;

/** What a register holds comes as an input of the program. */
export const asInput =
  (inputOf: (name: string) => ValuePlan['input'] | undefined) =>
  (name: string): RegisterPlace | undefined => {
    const input = inputOf(name);
    return input === undefined ? undefined : { input, flags: [], offset: 0 };
  };

/**
 * The values of `data`: fields of the current task, and registers, for which `registers` says where they are.
 *
 * @param elsewhere another way of hooking may have registers that this one has not: their absence is not the policy's fault
 */
export function planData(
  context: HookContext,
  registers: (name: string) => RegisterPlace | undefined,
  elsewhere = false,
): ValuePlan[] | Misfit {
  const { hook, host } = context;
  const values: ValuePlan[] = [];
  for (const argument of dataOf(hook)) {
    const made = fromKernel(argument, () =>
      argument.source === 'pt_regs'
        ? registerValue(argument, registers, host)
        : resolvedValue(
            argument,
            'TG_INPUT_TASK',
            [],
            host.resolveField('task_struct', argument.resolve, argument.btfTypeModule),
          ),
    );
    if (isMisfit(made))
      return elsewhere && argument.source === 'pt_regs' ? { ...made, argument: undefined } : made;
    values.push(made);
  }
  return values;
}

function registerValue(
  argument: HookArgument,
  registers: (name: string) => RegisterPlace | undefined,
  { arch }: HostAbilities,
): ValuePlan | string {
  const name = argument.resolve[0] ?? '';
  const place = registers(name);
  if (!place)
    return `register ${name} is not read here; the registers with the arguments of the call are`;
  if (argument.type !== 'auto' && !fits('number', argument.type))
    return `a register is a number, not ${argument.type}`;
  const width = widthOfRegister(name, arch);
  const asked = argument.type === 'auto' ? 'uint64' : argument.type;
  // Of a narrow register's bits only its own count, however wide the policy's type is.
  const { bytes, signed } = sizeOfNumber(asked) ?? { bytes: width, signed: false };
  const type = bytes > width ? (numberOfSize(width, signed) ?? asked) : asked;
  return { ...plainValue({ ...argument, type }, place.input, place.flags), offset: place.offset };
}
