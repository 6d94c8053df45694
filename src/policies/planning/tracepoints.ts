import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { HookArgument, TracepointHook } from '../model.ts';
import type { HookPlan, HookPoint, TracepointFormat, ValuePlan } from '../plan.ts';
import type { HookContext } from './context.ts';
import { assemble } from './functions.ts';
import {
  isNumberType,
  isStructureType,
  kernelType,
  nothing,
  numberOfSize,
  plainValue,
  resolvedValue,
  structOf,
  typeOfField,
} from './values.ts';

type Field = TracepointFormat['fields'][number];

const SIGKILL =
  'what the tracepoint tells of has happened or goes on; the process dies at the end of the call';

/** Plans a tracepoint: raw ones by their C arguments, the others by the fields of their record. */
export function planTracepoint(context: HookContext<TracepointHook>): HookPlan {
  const { hook, host } = context;
  const name = `${hook.subsystem}/${hook.event}`;
  const absent = (reason: string, remedy?: string) =>
    assemble(context, [], [{ name, reason, remedy }]);
  if (hook.raw) {
    if (!host.rawTracepoints)
      return absent(
        host.reasons.rawTracepoints ?? 'raw tracepoints can’t be attached',
        'run Trigon as root',
      );
    const types = host.rawTracepointArguments(hook.event);
    if (!types) return absent('this kernel has no such tracepoint');
    return assemble(
      context,
      [pointAt({ kind: 'rawTracepoint', name: hook.event }, context, rawValues(types, context))],
      [],
    );
  }
  const format = host.tracepointFormat(hook.subsystem, hook.event);
  if (!format)
    return absent(
      host.reasons.tracepoints ?? 'this kernel has no such tracepoint, or tracefs is not mounted',
    );
  return withExtras(
    assemble(
      context,
      [
        pointAt(
          { kind: 'tracepoint', subsystem: hook.subsystem, event: hook.event },
          context,
          recordValues(format, context),
        ),
      ],
      [],
    ),
  );
}

function pointAt(
  attachment: HookPoint['attachment'],
  { hook }: HookContext<TracepointHook>,
  values: ValuePlan[],
): HookPoint {
  return {
    functionName: hook.event,
    attachment,
    obtained: 'exact',
    differs: [],
    sigkill: SIGKILL,
    canSignal: true,
    canOverride: false,
    refusedBy: [],
    when: 'always',
    values: new Map(values.entries()),
    returnValue: undefined,
    requires: [],
  };
}

/** Values behind the args: the rest of an array that one argument stands for. */
function withExtras(plan: HookPlan): HookPlan {
  const [point] = plan.points;
  return point ? { ...plan, values: [...point.values.values()] } : plan;
}

function rawValues(types: readonly string[], context: HookContext<TracepointHook>): ValuePlan[] {
  const { hook } = context;
  return hook.args.map((argument) => {
    const type = types[argument.index];
    if (argument.type === 'nop') return nothing(argument);
    if (type === undefined) {
      context.refuse(
        argument,
        `${hook.event} has ${types.length === 1 ? 'argument 0 only' : `arguments 0 to ${types.length - 1}`}: ${types.join(', ')}`,
      );
      return nothing(argument);
    }
    const made = rawValue(argument, type, context);
    if (typeof made !== 'string') return made;
    context.refuse(argument, made);
    return nothing(argument);
  });
}

function rawValue(
  argument: HookArgument,
  type: string,
  context: HookContext<TracepointHook>,
): ValuePlan | string {
  if (argument.resolve.length > 0) {
    const struct = argument.btfType ?? structOf(type);
    if (struct === undefined)
      return `nothing can be resolved from ${type}; btfType can name a struct`;
    try {
      const field = context.host.resolveField(struct, argument.resolve, argument.btfTypeModule);
      return resolvedValue(argument, argument.index, [], field);
    } catch (error) {
      return (error as Error).message;
    }
  }
  const natural = typeOfArgument(type);
  const declared = argument.type === 'auto' ? natural : argument.type;
  if (declared === undefined)
    return `an argument of type ${type} can't be shown; give its type, or resolve a field`;
  if (
    argument.type !== 'auto' &&
    isStructureType(declared) &&
    natural !== undefined &&
    natural !== declared &&
    !isRelated(natural, declared)
  )
    context.warn(
      argument,
      `argument ${argument.index} of ${context.hook.event} is ${type}, read as ${declared}`,
    );
  return plainValue({ ...argument, type: declared }, argument.index, []);
}

const RELATED = [
  ['sock', 'socket'],
  ['cap_effective', 'cap_inheritable', 'cap_permitted', 'kernel_cap_t'],
];
const isRelated = (one: string, other: string) =>
  RELATED.some((group) => group.includes(one) && group.includes(other));

/** C types of tracepoint arguments that are numbers, by what they say of size and sign. */
function typeOfArgument(type: string): HookArgument['type'] | undefined {
  const plain = type.replace(/\bconst /g, '').trim();
  if (plain.endsWith('*')) return typeOfField({ type: plain, size: 8, signed: false });
  if (/^(?:int|pid_t|enum \w+)$/.test(plain)) return 'int';
  if (plain === 'bool') return 'uint8';
  if (/^(?:unsigned int|u32|__u32|uid_t|gid_t|gfp_t|dev_t)$/.test(plain)) return 'uint32';
  if (/^(?:long(?: int)?|s64|__s64|ssize_t|loff_t)$/.test(plain)) return 'int64';
  if (/^(?:unsigned long|long unsigned int|u64|__u64|size_t|sector_t)$/.test(plain))
    return 'uint64';
  return undefined;
}

/** struct trace_entry: the record's head, 8 bytes, where the kernel puts something else while programs run. */
const HEAD_SIZE = 8;
const LAST_WORD = 9;

function recordValues(format: TracepointFormat, context: HookContext<TracepointHook>): ValuePlan[] {
  const { hook } = context;
  const extras: ValuePlan[] = [];
  const values = hook.args.map((argument) => {
    if (argument.type === 'nop') return nothing(argument);
    const field = format.fields[argument.index];
    if (!field) {
      context.refuse(
        argument,
        `${hook.event} has fields 0 to ${format.fields.length - 1}: ${format.fields.map(({ name }, index) => `${index} ${name}`).join(', ')}`,
      );
      return nothing(argument);
    }
    const made =
      field.offset < HEAD_SIZE
        ? `field ${field.name} belongs to the record's head, which programs can't read`
        : recordValue(argument, field, format, context);
    if (typeof made === 'string') {
      context.refuse(argument, made);
      return nothing(argument);
    }
    const [first, ...rest] = made;
    extras.push(...rest);
    return first ?? nothing(argument);
  });
  const room = LIMIT.TG_MAX_ARGS - values.length;
  if (extras.length > room)
    context.warn(
      hook,
      `an array has ${extras.length - room} more values than fit: at most ${LIMIT.TG_MAX_ARGS} are told`,
    );
  return [...values, ...extras.slice(0, Math.max(room, 0))];
}

/** The value of a field; several for an array of long. */
function recordValue(
  argument: HookArgument,
  field: Field,
  format: TracepointFormat,
  context: HookContext<TracepointHook>,
): ValuePlan[] | string {
  const { hook } = context;
  const declared =
    argument.type === 'auto' || argument.type === 'syscall64'
      ? typeOfRecord(argument, field, hook)
      : argument.type;
  const array = LONG_ARRAY.exec(field.type);
  if (array && (argument.type === 'auto' || isNumberType(argument.type))) {
    const count = field.size / 8;
    const type = argument.type === 'auto' ? 'size_t' : argument.type;
    return Array.from({ length: count }, (_, index) =>
      inPlace({ ...argument, type }, field.offset + 8 * index),
    );
  }
  if (declared === undefined)
    return `cannot handle a field of type ${field.type} (${field.name}); give its type`;
  const known = { ...argument, type: declared };
  if (field.type.startsWith('__data_loc'))
    return declared === 'data_loc' || declared === 'string'
      ? [{ ...plainValue(known, 0, []), type: 'TG_TYPE_DATA_LOC', offset: field.offset }]
      : `field ${field.name} is a text in the record (${field.type}), not ${declared}`;
  if (/\[\d*\]$/.test(field.type)) {
    if (isNumberType(declared)) return [inPlace(known, field.offset)];
    const type = declared === 'string' ? 'TG_TYPE_CONST_BUF' : kernelType(declared);
    return [{ ...plainValue(known, 0, []), type, offset: field.offset, atMost: field.size }];
  }
  if (isNumberType(declared)) return [inPlace(known, field.offset)];
  return pointerValue(known, field, format, hook);
}

const LONG_ARRAY = /^(?:unsigned )?long(?: unsigned int| int)?\s*\[\d+\]$/;

const inPlace = (argument: HookArgument, offset: number): ValuePlan => ({
  ...plainValue(argument, 0, ['TG_VALUE_IN_PLACE']),
  offset,
});

/** What a word of the record points to: the process's memory in the tracepoints of system calls, else the kernel's. */
function pointerValue(
  argument: HookArgument,
  field: Field,
  format: TracepointFormat,
  hook: TracepointHook,
): ValuePlan[] | string {
  const word = wordOf(field);
  if (word === undefined)
    return `field ${field.name} is not among the first ${LAST_WORD} words of the record, where pointers can be followed`;
  const value = plainValue(argument, word, hook.subsystem === 'syscalls' ? ['TG_VALUE_USER'] : []);
  if (argument.type === 'fd') return [{ ...value, flags: [] }];
  if (argument.type === 'filename' && hook.subsystem === 'syscalls')
    return [{ ...value, type: 'TG_TYPE_STRING' }];
  if (argument.type !== 'char_buf' && argument.type !== 'char_iovec') return [value];
  if (argument.sizeArgIndex === 0)
    return `${argument.type} needs sizeArgIndex: the number of the field with its size, counted from 1`;
  const size = format.fields[argument.sizeArgIndex - 1];
  const sizeWord = size && wordOf(size);
  return sizeWord === undefined
    ? `sizeArgIndex ${argument.sizeArgIndex} is no field that can hold a size`
    : [{ ...value, sizeInput: sizeWord }];
}

function wordOf({ offset, size }: Field): number | undefined {
  const word = offset / 8;
  return Number.isInteger(word) && word >= 1 && word <= LAST_WORD && size === 8 ? word : undefined;
}

/** The type of a field that the policy leaves open. */
function typeOfRecord(
  argument: HookArgument,
  { type, size, signed }: Field,
  { subsystem }: TracepointHook,
): HookArgument['type'] | undefined {
  if (argument.type === 'syscall64') return 'syscall64';
  const plain = type.replace(/\bconst /g, '').trim();
  if (plain.startsWith('__data_loc')) return 'data_loc';
  if (/^char ?\[\d+\]$/.test(plain)) return 'const_buf';
  if (/^(?:unsigned )?char ?\*$/.test(plain))
    return argument.sizeArgIndex > 0 ? 'char_buf' : 'string';
  if (plain.endsWith(']')) return undefined;
  if (plain.endsWith('*')) return typeOfField({ type: plain, size, signed });
  // The record of a system call has each argument in a word, whatever its type.
  return subsystem === 'syscalls' ? numberOfC(plain, size, signed) : numberOfSize(size, signed);
}

function numberOfC(type: string, size: number, signed: boolean): HookArgument['type'] | undefined {
  if (/^(?:int|pid_t|key_t|mqd_t|clockid_t|const clockid_t|timer_t)$/.test(type)) return 'int32';
  if (/^(?:unsigned(?: int)?|u32|__u32|uid_t|gid_t)$/.test(type)) return 'uint32';
  if (type === 'umode_t') return 'uint16';
  if (/^(?:long|off_t|loff_t|ssize_t)$/.test(type)) return 'int64';
  return numberOfSize(size, signed);
}
