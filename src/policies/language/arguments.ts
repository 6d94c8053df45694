/** What a hook reads from its call: args, data and returnArg. */

import type { ArgumentType, HookArgument, HookKind } from '../model.ts';
import { CAPABILITY_SET_TYPES, isAmong, TYPE_NAMES, typeByName } from './argumentTypes.ts';
import {
  type Fields,
  list,
  type Place,
  readBoolean,
  readFields,
  readLimited,
  readNumber,
  readOptionalText,
  readText,
  report,
  reportMissing,
  warn,
} from './reader.ts';
import { isRegister } from './registers.ts';

/** Tetragon's limits. */
const MAX_VALUES = 5;
const MAX_INDEX = 4;
const MAX_SIZE_INDEX = 15;
const MAX_STEPS = 10;

/** Of a format file: more fields than any tracepoint has. */
const MAX_TRACEPOINT_INDEX = 255;

/** Where an argument stands, for which rules differ. */
type Role = 'arg' | 'data' | 'returnArg';
export type ArgumentContext = { kind: HookKind; raw: boolean };

const FIELDS = [
  'index',
  'type',
  'label',
  'resolve',
  'btfType',
  'btfTypeModule',
  'sizeArgIndex',
  'returnCopy',
  'maxData',
  'source',
];

/** `args` and, where a hook may have it, `data`: five together. */
export function readArguments(
  fields: Fields,
  context: ArgumentContext,
): { args: HookArgument[]; data: HookArgument[] } {
  const what = fields.has('data') ? 'args and data together' : 'arguments';
  const args = readLimited(fields.get('args'), MAX_VALUES, what);
  const data = readLimited(fields.get('data'), MAX_VALUES, what, args.length);
  return {
    args: args.map((place) => readArgument(place, 'arg', context)),
    data: data.map((place) => readArgument(place, 'data', context)),
  };
}

/** `return` and `returnArg`. A returnArg without `return: true` is allowed, and means nothing. */
export function readReturn(
  place: Place,
  fields: Fields,
  context: ArgumentContext,
): { return: boolean; returnArg: HookArgument | undefined } {
  const returns = readBoolean(fields.get('return'));
  const returnArg = fields.get('returnArg');
  if (returns && !returnArg)
    report(
      fields.get('return') ?? place,
      'needs "returnArg", which says the type of the value returned',
    );
  return {
    return: returns,
    returnArg: returnArg && readArgument(returnArg, 'returnArg', context),
  };
}

function readArgument(place: Place, role: Role, context: ArgumentContext): HookArgument {
  const fields = readFields(place, FIELDS);
  const type = readType(place, fields, role, context);
  const source = readSource(place, fields, role);
  const argument: HookArgument = {
    index: readIndex(place, fields, role, context),
    type,
    label: readOptionalText(fields.get('label')),
    resolve: readResolve(place, fields, role, source),
    btfType: readOptionalText(fields.get('btfType')),
    btfTypeModule: readOptionalText(fields.get('btfTypeModule')),
    sizeArgIndex: readNumber(fields.get('sizeArgIndex'), 0, MAX_SIZE_INDEX) ?? 0,
    returnCopy: readBoolean(fields.get('returnCopy')),
    maxData: readBoolean(fields.get('maxData')),
    source,
    field: place.field,
    position: place.node.position,
  };
  checkBuffer(argument, fields, place);
  if (
    argument.btfTypeModule !== undefined &&
    context.kind !== 'kprobe' &&
    context.kind !== 'fentry'
  )
    report(
      fields.get('btfTypeModule') ?? place,
      'only kprobes and fentries take types from modules',
    );
  return argument;
}

function readIndex(
  place: Place,
  fields: Fields,
  role: Role,
  { kind, raw }: ArgumentContext,
): number {
  const index = fields.get('index');
  if (!index && role === 'arg')
    reportMissing(place, 'index', '; it is the number of the argument, from 0');
  const most = role === 'arg' && kind === 'tracepoint' && !raw ? MAX_TRACEPOINT_INDEX : MAX_INDEX;
  return readNumber(index, 0, role === 'data' ? undefined : most) ?? 0;
}

function readType(
  place: Place,
  fields: Fields,
  role: Role,
  context: ArgumentContext,
): ArgumentType {
  const typePlace = fields.get('type');
  const name = readText(typePlace);
  const type = name === undefined ? 'auto' : typeByName(name);
  if (typePlace && type === undefined)
    report(typePlace, `"${name}" is not a type; allowed: ${list(TYPE_NAMES)}`);
  else if (type !== undefined && !(typePlace && name === undefined)) {
    const problem = typeProblem(type, role, fields, context);
    if (typePlace && problem) report(typePlace, problem);
    else if (problem) reportMissing(place, 'type', `: ${problem}`);
  }
  return type ?? 'auto';
}

/** Why a type can't stand there; undefined: it can. */
function typeProblem(
  type: ArgumentType,
  role: Role,
  fields: Fields,
  { kind, raw }: ArgumentContext,
): string | undefined {
  const isFunction = kind === 'kprobe' || kind === 'fentry';
  switch (type) {
    case 'auto':
      if (isFunction)
        return "the type of a function's argument must be told, e.g. int, string, file, sock";
      if (role === 'returnArg') return 'the type of the value returned must be told';
      if ((kind !== 'tracepoint' || raw) && !fields.has('resolve'))
        return 'it must be told, unless "resolve" leads to a field whose type is known';
      return undefined;
    case 'syscall64':
      return kind === 'tracepoint'
        ? undefined
        : 'syscall64 is for the tracepoints raw_syscalls/sys_enter and sys_exit; use uint64';
    case 'const_buf':
    case 'data_loc':
      return kind === 'tracepoint' && !raw
        ? undefined
        : `${type} is for text fields of tracepoints; use string or char_buf`;
    default:
      return undefined;
  }
}

function readSource(place: Place, fields: Fields, role: Role): HookArgument['source'] {
  const source = fields.get('source');
  const text = readOptionalText(source);
  if (role !== 'data') {
    if (source && text !== undefined)
      report(source, 'only "data" has sources; a function\'s argument is told by its index');
    return undefined;
  }
  if (text === 'current_task' || text === 'pt_regs') return text;
  if (source && text !== undefined)
    report(source, `"${text}" is not allowed; allowed: current_task, pt_regs`);
  else if (!source || text === undefined)
    reportMissing(place, 'source', '; allowed: current_task, pt_regs');
  return undefined;
}

/** A field's name, or numbers in brackets, or one and then the other. */
const STEP = /^(?:[A-Za-z_]\w*(?:\[\d{1,9}\])*|(?:\[\d{1,9}\])+)$/;

function readResolve(
  place: Place,
  fields: Fields,
  role: Role,
  source: HookArgument['source'],
): string[] {
  const resolve = fields.get('resolve');
  const text = readOptionalText(resolve);
  if (!resolve || text === undefined) {
    if (role === 'data')
      reportMissing(
        place,
        'resolve',
        '; it is the way to the value, e.g. cred.uid.val, or the name of a register',
      );
    return [];
  }
  if (source === 'pt_regs') {
    if (!isRegister(text))
      report(resolve, `there is no register "${text}"; allowed: rdi, eax, r8d, x0, …`);
    return [text];
  }
  const steps = text.split('.');
  const wrong = steps.find((step) => !STEP.test(step));
  if (wrong !== undefined)
    report(
      resolve,
      `"${wrong}" is not the name of a field; allowed: names with dots between them, e.g. mm.owner.comm or a.b[3].c`,
    );
  else if (steps.length > MAX_STEPS)
    report(resolve, `${steps.length} fields are too deep; at most ${MAX_STEPS} are allowed`);
  return steps;
}

const BUFFER_TYPES = [
  'char_buf',
  'char_iovec',
  'iov_iter',
] as const satisfies readonly ArgumentType[];

function checkBuffer(argument: HookArgument, fields: Fields, place: Place): void {
  const { type, maxData, returnCopy } = argument;
  const maxDataPlace = fields.get('maxData') ?? place;
  if (maxData && returnCopy) report(maxDataPlace, 'can\'t be combined with "returnCopy"');
  else if (maxData && type !== 'auto' && !isAmong(BUFFER_TYPES, type))
    warn(maxDataPlace, `has no effect on ${type}; it is for char_buf and iov_iter`);
  if (returnCopy && (type === 'nop' || isAmong(CAPABILITY_SET_TYPES, type)))
    warn(fields.get('returnCopy') ?? place, `has no effect on ${type}; it is for buffers`);
}
