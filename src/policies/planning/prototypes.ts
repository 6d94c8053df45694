import type { ArgumentType, Hook, HookArgument } from '../model.ts';
import type { FunctionPrototype } from '../plan.ts';
import type { Misfit } from './points.ts';
import { isNumberType } from './values.ts';

/**
 * What a policy takes a function's arguments for, against what the kernel's types say. Differences are told, not refused: policies
 * are written for several kernels, and a wrong type reads something all the same.
 */

/** C types that a number may be read from; any other number of C (enum, bool …) goes with any of them. */
const NUMBERS: Partial<Record<ArgumentType, readonly string[]>> = {
  int: ['int', 'unsigned int', 'long', 'unsigned long'],
  int8: ['char', 'signed char'],
  int16: ['short'],
  // The low bits of a wider number: of flags and modes, all that are used.
  int32: ['int', 'long', 'unsigned long'],
  int64: ['long', 'long long'],
  uint8: ['unsigned char', 'bool'],
  uint16: ['unsigned short'],
  uint32: ['unsigned int', 'long', 'unsigned long'],
  uint64: ['unsigned long', 'unsigned long long'],
  size_t: ['unsigned long', 'unsigned int', 'long', 'int'],
  capability: ['int', 'unsigned int'],
  bpf_cmd: ['int', 'unsigned int'],
  fd: ['int', 'unsigned int', 'long', 'unsigned long'],
};
const KNOWN_NUMBERS: ReadonlySet<string> = new Set(Object.values(NUMBERS).flat());

/** Numbers as wide as a pointer: an address may be told as one of them. */
const ADDRESSES: readonly ArgumentType[] = ['uint64', 'int64', 'size_t'];

/** What pointers must lead to; the types of the language whose struct has another name than they, or that are none. */
const TARGETS: Partial<Record<ArgumentType, RegExp>> = {
  string: /^char$/,
  char_buf: /^(?:unsigned )?char$|^void$/,
  char_iovec: /^struct iovec$/,
  skb: /^struct sk_buff$/,
  // struct sockaddr_unsized since 6.19.
  sockaddr: /^struct sockaddr(?:_unsized|_storage|_in6?)?$/,
  sockaddr_un: /^struct sockaddr(?:_unsized|_un)?$/,
  bpf_attr: /^union bpf_attr$/,
  kernel_cap_t: /^(?:kernel_cap_t|struct kernel_cap_struct)$/,
};
const CAPABILITY_SETS: readonly ArgumentType[] = [
  'cap_inheritable',
  'cap_permitted',
  'cap_effective',
];

function fitsC(type: ArgumentType, c: string): boolean {
  const plain = plainC(c);
  if (isNumberType(type) || type === 'fd') {
    if (plain.endsWith('*')) return ADDRESSES.includes(type);
    if (/^(?:struct |union |void$)/.test(plain)) return false;
    return !KNOWN_NUMBERS.has(plain) || (NUMBERS[type] ?? []).includes(plain);
  }
  const target = /^(.*[^*\s])\s*\*$/.exec(plain)?.[1];
  if (target === undefined) return false;
  const wanted = TARGETS[CAPABILITY_SETS.includes(type) ? 'kernel_cap_t' : type];
  return wanted ? wanted.test(target) : target === `struct ${type}`;
}

/** Without `const`, and with one blank between words. */
export const plainC = (type: string): string =>
  type
    .replace(/\b(?:const|volatile) /g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** What of the hook's arguments and return value may not be what the policy takes it for. */
export function doubtsAbout(
  hook: Hook,
  functionName: string,
  prototype: FunctionPrototype | undefined,
): Misfit[] {
  if (!prototype) return [];
  const returnArg = 'return' in hook && hook.return ? hook.returnArg : undefined;
  return [
    ...hook.args.map((argument) => doubtAbout(argument, functionName, prototype)),
    returnArg && doubtAboutReturn(returnArg, functionName, prototype),
  ].filter((doubt) => doubt !== undefined);
}

function doubtAbout(
  argument: HookArgument,
  functionName: string,
  { parameters }: FunctionPrototype,
): Misfit | undefined {
  const { index, type } = argument;
  if (type === 'nop' || isVariadic(parameters)) return undefined;
  const parameter = parameters[index];
  if (!parameter)
    return {
      reason: `${functionName} has ${count(parameters.length)} on this kernel; what stands in argument ${index} means nothing`,
      argument,
    };
  if (argument.resolve.length > 0 || type === 'auto' || fitsC(type, parameter.type))
    return undefined;
  return {
    reason: `argument ${index} of ${functionName}${parameter.name ? ` (${parameter.name})` : ''} is ${plainC(parameter.type)} on this kernel, and is read as ${type}`,
    argument,
  };
}

function doubtAboutReturn(
  argument: HookArgument,
  functionName: string,
  { returns }: FunctionPrototype,
): Misfit | undefined {
  if (argument.type === 'nop' || argument.type === 'auto') return undefined;
  if (argument.resolve.length > 0 || fitsC(argument.type, returns)) return undefined;
  const what = returns === 'void' ? 'returns nothing' : `returns ${plainC(returns)}`;
  return {
    reason: `${functionName} ${what} on this kernel, and it is read as ${argument.type}`,
    argument,
  };
}

const count = (number: number): string =>
  number === 0 ? 'no arguments' : number === 1 ? 'one argument' : `${number} arguments`;

const isVariadic = (parameters: FunctionPrototype['parameters']): boolean =>
  parameters.at(-1)?.type === '...';
