/** The call that a `raw_syscalls/sys_enter` event saw, as tetra writes it. */
import { argumentValue } from './compactSegments.ts';
import { type SyscallAbi, syscallName } from './syscallNumbers.ts';
import { type SyscallParameter, syscallParameters } from './syscallPrototypes.ts';
import type { KprobeArgument } from './types.ts';

const parameterText = (
  { type, name }: SyscallParameter,
  argument: KprobeArgument | undefined,
): string => {
  const value = argumentValue(argument, 'size_arg');
  if (value === undefined) return `${type} ${name}=?`;
  return type.endsWith('*') ? `${type}${name}=0x${value.toString(16)}` : `${type} ${name}=${value}`;
};

/**
 * `name(type arg=value, …)`. The number is the first argument, the values follow as sizes;
 * pointers show in hex, values that are not there as `?`. A call of another ABI than the host's
 * is `abi/name` without arguments, as is one whose parameters are not in our table; a number
 * without a name is `unknown`.
 */
export const syscallText = (args: readonly KprobeArgument[], hostAbi: SyscallAbi): string => {
  const [id] = args;
  const full = argumentValue(id, 'syscall_id');
  const number = full?.id ?? argumentValue(id, 'long_arg');
  const abi = full?.abi ?? hostAbi;
  const name = number === undefined ? undefined : syscallName(abi, Number(number));
  if (name === undefined) return 'unknown';
  if (abi !== hostAbi) return `${abi}/${name}`;
  const parameters = syscallParameters(name);
  if (parameters === undefined) return name;
  const texts = parameters.map((parameter, index) => parameterText(parameter, args[index + 1]));
  return `${name}(${texts.join(', ')})`;
};
