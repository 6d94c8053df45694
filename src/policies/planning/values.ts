import { tg_limit as LIMIT, tg_input } from '../../generated/layouts.ts';
import type { Source, SourceKind } from '../equivalents/types.ts';
import type { ArgumentType, HookArgument } from '../model.ts';
import type { HostAbilities, ResolvedField, TypeName, ValuePlan } from '../plan.ts';

/** Turns what a policy says of a value, and where a hook point has it, into how the kernel side reads it. */

/** Numbers: the kernel side cuts them to the type. */
const NUMBERS: Partial<Record<ArgumentType, TypeName>> = {
  int: 'TG_TYPE_INT',
  int8: 'TG_TYPE_S8',
  int16: 'TG_TYPE_S16',
  int32: 'TG_TYPE_S32',
  int64: 'TG_TYPE_S64',
  uint8: 'TG_TYPE_U8',
  uint16: 'TG_TYPE_U16',
  uint32: 'TG_TYPE_U32',
  uint64: 'TG_TYPE_U64',
  size_t: 'TG_TYPE_SIZE',
  capability: 'TG_TYPE_CAPABILITY',
  bpf_cmd: 'TG_TYPE_BPF_CMD',
  syscall64: 'TG_TYPE_SYSCALL64',
};

/** Structures that a pointer leads to. */
const STRUCTURES: Partial<Record<ArgumentType, TypeName>> = {
  file: 'TG_TYPE_FILE',
  path: 'TG_TYPE_PATH',
  dentry: 'TG_TYPE_DENTRY',
  kiocb: 'TG_TYPE_KIOCB',
  linux_binprm: 'TG_TYPE_LINUX_BINPRM',
  filename: 'TG_TYPE_FILENAME',
  net_device: 'TG_TYPE_NET_DEVICE',
  skb: 'TG_TYPE_SKB',
  sock: 'TG_TYPE_SOCK',
  socket: 'TG_TYPE_SOCKET',
  sockaddr: 'TG_TYPE_SOCKADDR',
  sockaddr_un: 'TG_TYPE_SOCKADDR_UN',
  cred: 'TG_TYPE_CRED',
  user_namespace: 'TG_TYPE_USER_NAMESPACE',
  kernel_cap_t: 'TG_TYPE_KERNEL_CAP',
  cap_inheritable: 'TG_TYPE_CAP_INHERITABLE',
  cap_permitted: 'TG_TYPE_CAP_PERMITTED',
  cap_effective: 'TG_TYPE_CAP_EFFECTIVE',
  bpf_attr: 'TG_TYPE_BPF_ATTR',
  bpf_map: 'TG_TYPE_BPF_MAP',
  bpf_prog: 'TG_TYPE_BPF_PROG',
  perf_event: 'TG_TYPE_PERF_EVENT',
  iov_iter: 'TG_TYPE_IOV_ITER',
  load_info: 'TG_TYPE_LOAD_INFO',
  module: 'TG_TYPE_MODULE',
};

const TEXTS: Partial<Record<ArgumentType, TypeName>> = {
  string: 'TG_TYPE_STRING',
  char_buf: 'TG_TYPE_CHAR_BUF',
  char_iovec: 'TG_TYPE_CHAR_IOVEC',
  const_buf: 'TG_TYPE_CONST_BUF',
  data_loc: 'TG_TYPE_DATA_LOC',
};

export const isNumberType = (type: ArgumentType): boolean => Object.hasOwn(NUMBERS, type);
export const isStructureType = (type: ArgumentType): boolean => Object.hasOwn(STRUCTURES, type);

/** The kernel side's type for a type of the language; undefined for `nop` and `auto`. */
export function kernelType(type: ArgumentType): TypeName | undefined {
  return (
    NUMBERS[type] ?? STRUCTURES[type] ?? TEXTS[type] ?? (type === 'fd' ? 'TG_TYPE_FD' : undefined)
  );
}

const FILE_TYPES = ['file', 'path', 'dentry', 'fd', 'kiocb', 'linux_binprm'] as const;
const CAPABILITY_SETS = [
  'cap_effective',
  'cap_inheritable',
  'cap_permitted',
  'kernel_cap_t',
] as const;

/** Types of the language that fit what a point has; the first is what `auto` becomes. Empty: any number. */
const FITTING: Readonly<Record<SourceKind, readonly ArgumentType[]>> = {
  number: [],
  text: ['string', 'filename', 'path', 'dentry', 'file'],
  bytes: ['char_buf', 'iov_iter', 'string'],
  iovec: ['char_iovec'],
  file: FILE_TYPES,
  sock: ['sock', 'socket'],
  socketAddress: ['sockaddr', 'sockaddr_un'],
  inetAddress: ['sockaddr'],
  cred: ['cred'],
  userNamespace: ['user_namespace'],
  capabilities: CAPABILITY_SETS,
  skb: ['skb'],
  netDevice: ['net_device'],
  bpfProgram: ['bpf_attr', 'bpf_prog'],
  bpfMap: ['bpf_map', 'bpf_attr'],
  perfEvent: ['perf_event'],
  module: ['module'],
};

export function fits(kind: SourceKind, type: ArgumentType): boolean {
  if (kind === 'number') return isNumberType(type) || type === 'fd';
  return FITTING[kind].includes(type);
}

/** Types that fit, in words. */
export const fittingTypes = (kind: SourceKind): string =>
  kind === 'number' ? 'a whole number or fd' : FITTING[kind].join(', ');

const BARE: ValuePlan = {
  type: undefined,
  input: 0,
  flags: [],
  sizeInput: undefined,
  atMost: LIMIT.TG_BUFFER_MAX,
  steps: [],
  offset: 0,
  atReturn: false,
  label: undefined,
  declared: 'nop',
};

/** A value of which nothing is read. */
export const nothing = (argument: HookArgument | undefined): ValuePlan => ({
  ...BARE,
  label: argument?.label,
  declared: argument?.type ?? 'nop',
});

/** A value read straight from an input, as its type says. */
export function plainValue(
  argument: HookArgument,
  input: ValuePlan['input'],
  flags: ValuePlan['flags'],
): ValuePlan {
  return {
    ...BARE,
    type: kernelType(argument.type),
    input,
    flags,
    atReturn: argument.returnCopy,
    label: argument.label,
    declared: argument.type,
  };
}

/**
 * The value at a point of an equivalent.
 *
 * @throws Error, of resolveField(), when this kernel's structs have no such field
 */
export function valueOfSource(
  source: Source,
  argument: Pick<HookArgument, 'type' | 'label' | 'returnCopy'> | undefined,
  host: HostAbilities,
): ValuePlan {
  const declared =
    argument === undefined || argument.type === 'auto'
      ? (FITTING[source.kind][0] ?? 'int64')
      : argument.type;
  const value: ValuePlan = {
    ...BARE,
    type: source.type ?? kernelType(declared),
    input: source.input,
    flags: source.flags,
    sizeInput: source.size,
    offset: source.offset,
    atReturn: argument?.returnCopy ?? false,
    label: argument?.label,
    declared,
  };
  if (source.input === 'TG_INPUT_CONSTANT') return { ...value, steps: [source.offset], offset: 0 };
  if (source.struct === undefined || source.path.length === 0) return value;
  return { ...value, ...reach(host.resolveField(source.struct, source.path, undefined)) };
}

/** Steps to what a field points to, or to the field itself when it holds the structure. */
function reach({ steps, offset, type }: ResolvedField): Pick<ValuePlan, 'steps' | 'offset'> {
  return type.trimEnd().endsWith('*')
    ? { steps: [...steps, offset], offset: 0 }
    : { steps, offset };
}

/**
 * A value that a BTF path leads to: the argument's type, or what the last field's C type says when it is `auto`.
 *
 * @returns the value, or why the field can't be shown so
 */
export function resolvedValue(
  argument: HookArgument,
  input: ValuePlan['input'],
  flags: ValuePlan['flags'],
  field: ResolvedField,
): ValuePlan | string {
  if (field.steps.length >= LIMIT.TG_MAX_STEPS)
    return `resolve follows ${field.steps.length} pointers; at most ${LIMIT.TG_MAX_STEPS - 1} are possible`;
  const declared = argument.type === 'auto' ? typeOfField(field) : argument.type;
  if (declared === undefined)
    return `a field of type ${field.type} can't be shown; resolve further, or give its type`;
  const value = { ...plainValue({ ...argument, type: declared }, input, flags), ...reach(field) };
  if (isNumberType(declared))
    return {
      ...value,
      steps: field.steps,
      offset: field.offset,
      flags: [...flags, 'TG_VALUE_IN_PLACE'],
    };
  if (declared === 'string' && isCharArray(field.type))
    return { ...value, type: 'TG_TYPE_CONST_BUF', atMost: field.size };
  return value;
}

const isCharArray = (type: string): boolean =>
  /^(?:const )?(?:unsigned |signed )?char ?\[/.test(type);

const STRUCT_TYPES: Readonly<Record<string, ArgumentType>> = {
  file: 'file',
  path: 'path',
  dentry: 'dentry',
  kiocb: 'kiocb',
  linux_binprm: 'linux_binprm',
  filename: 'filename',
  net_device: 'net_device',
  sk_buff: 'skb',
  sock: 'sock',
  socket: 'socket',
  sockaddr: 'sockaddr',
  sockaddr_un: 'sockaddr_un',
  cred: 'cred',
  user_namespace: 'user_namespace',
  bpf_map: 'bpf_map',
  bpf_prog: 'bpf_prog',
  perf_event: 'perf_event',
  iov_iter: 'iov_iter',
  module: 'module',
  load_info: 'load_info',
};

/** The struct or union that a C type names: `sock` of `const struct sock *`. */
export const structOf = (type: string): string | undefined =>
  /^(?:const )?(?:struct|union) (\w+) ?\*?$/.exec(type.trim())?.[1];

/** The language's type for a C type; undefined: none. */
export function typeOfField({
  type,
  size,
  signed,
}: Pick<ResolvedField, 'type' | 'size' | 'signed'>): ArgumentType | undefined {
  const plain = type.trim().replace(/\bconst /g, '');
  const struct = structOf(plain);
  if (struct !== undefined)
    return Object.hasOwn(STRUCT_TYPES, struct) ? STRUCT_TYPES[struct] : undefined;
  if (/^(?:unsigned |signed )?char ?(?:\*|\[)/.test(plain)) return 'string';
  if (plain === 'kernel_cap_t') return 'kernel_cap_t';
  return plain.endsWith('*') || plain.endsWith(']') ? undefined : numberOfSize(size, signed);
}

const SIZES: Partial<Record<ArgumentType, { bytes: number; signed: boolean }>> = {
  int: { bytes: 4, signed: true },
  int8: { bytes: 1, signed: true },
  int16: { bytes: 2, signed: true },
  int32: { bytes: 4, signed: true },
  int64: { bytes: 8, signed: true },
  uint8: { bytes: 1, signed: false },
  uint16: { bytes: 2, signed: false },
  uint32: { bytes: 4, signed: false },
  uint64: { bytes: 8, signed: false },
  size_t: { bytes: 8, signed: false },
};

/** How wide a plain number is; undefined: the type is none. */
export const sizeOfNumber = (type: ArgumentType): { bytes: number; signed: boolean } | undefined =>
  SIZES[type];

export function numberOfSize(size: number, signed: boolean): ArgumentType | undefined {
  switch (size) {
    case 1:
      return signed ? 'int8' : 'uint8';
    case 2:
      return signed ? 'int16' : 'uint16';
    case 4:
      return signed ? 'int32' : 'uint32';
    case 8:
      return signed ? 'int64' : 'uint64';
    default:
      return undefined;
  }
}

/** Input that holds the length of a buffer, or the count of an iovec. */
export function sizeInputOf(argument: HookArgument): number | undefined {
  // What a call has filled is as long as it says it is, not as long as the buffer it was given.
  if (argument.returnCopy && argument.type === 'char_buf') return tg_input.TG_INPUT_RETURN;
  return argument.sizeArgIndex > 0 ? argument.sizeArgIndex - 1 : undefined;
}
