/** What a filter can do with each type of argument. */
import { ARGUMENT_TYPES, type ArgumentType } from '../model.ts';
import { type NumberRange, signedRange, unsignedRange } from '../numbers.ts';

/** The language's other names of types that have two. */
const ALIASES: Readonly<Record<string, ArgumentType>> = {
  sint8: 'int8',
  sint16: 'int16',
  sint32: 'int32',
  sint64: 'int64',
  long: 'int64',
  ulong: 'uint64',
  'unsigned long': 'uint64',
};

/** Every name by which a type may be written. */
export const TYPE_NAMES: readonly string[] = [...ARGUMENT_TYPES, ...Object.keys(ALIASES)];

export const typeByName = (name: string): ArgumentType | undefined =>
  Object.hasOwn(ALIASES, name) ? ALIASES[name] : ARGUMENT_TYPES.find((type) => type === name);

/** Which numbers a type can hold. */
const INTEGERS = {
  int: signedRange(32),
  int8: signedRange(8),
  int16: signedRange(16),
  int32: signedRange(32),
  int64: signedRange(64),
  uint8: unsignedRange(8),
  uint16: unsignedRange(16),
  uint32: unsignedRange(32),
  uint64: unsignedRange(64),
  size_t: unsignedRange(64),
  syscall64: unsignedRange(64),
  capability: signedRange(32),
  bpf_cmd: signedRange(32),
} as const satisfies Partial<Record<ArgumentType, NumberRange>>;
export const INTEGER_TYPES = Object.keys(INTEGERS) as readonly (keyof typeof INTEGERS)[];

export const CAPABILITY_SET_TYPES = [
  'kernel_cap_t',
  'cap_inheritable',
  'cap_permitted',
  'cap_effective',
] as const satisfies readonly ArgumentType[];

/** Texts whose last NUL bytes mean nothing, and char_buf, whose bytes all count. */
export const TEXT_TYPES = [
  'string',
  'filename',
  'char_buf',
  'const_buf',
  'data_loc',
  'net_device',
  'sockaddr_un',
  'fd',
  'file',
  'kiocb',
  'path',
  'dentry',
  'linux_binprm',
] as const satisfies readonly ArgumentType[];

/** Paths of existing files: never empty. */
export const PATH_TYPES = [
  'fd',
  'file',
  'kiocb',
  'path',
  'dentry',
  'linux_binprm',
] as const satisfies readonly ArgumentType[];

export const SOCKET_TYPES = ['sock', 'socket', 'skb'] as const satisfies readonly ArgumentType[];

/** What fits into an argument of this type; a type that is found out later takes what any number does. */
export function limitsOfType(type: ArgumentType): NumberRange {
  if (isAmong(CAPABILITY_SET_TYPES, type)) return unsignedRange(64);
  if (isAmong(INTEGER_TYPES, type)) return INTEGERS[type];
  return [signedRange(64)[0], unsignedRange(64)[1]];
}

/** As limitsOfType(), but for a mask, which may name the sign bit. */
export function maskLimitsOfType(type: ArgumentType): NumberRange {
  const [least, most] = limitsOfType(type);
  return [least, least < 0n && type !== 'auto' ? most * 2n + 1n : most];
}

export const isAmong = <const T extends ArgumentType>(
  types: readonly T[],
  type: ArgumentType,
): type is T => types.some((each) => each === type);
