import { type SyscallAbi, syscallNames, syscallNumber } from '../../events/syscallNumbers.ts';
import type { ArgumentFilter, FilterValues, ValueList } from '../model.ts';
import type { HostAbilities } from '../plan.ts';
import type { HookContext } from './context.ts';
import { syscallOfSymbol } from './symbols.ts';

type ListValues = Extract<FilterValues, { kind: 'list' }>;

/** Numbers of the 32-bit interface have this bit, in policies and in events (docs of Tetragon's syscall64). */
const BIT_32 = 0x8000_0000;

/** How a list says that it means the 32-bit interface of x86-64. */
const OF_32_BITS = /^(?:i386\/(?:__ia32_)?|__ia32_)(?:compat_)?sys_(\w+)$/;

/** InMap with `list:NAME`: the numbers that the list's system calls have on this architecture are added to the filter's. */
export function bindList(filter: ArgumentFilter, context: HookContext): ArgumentFilter {
  const { values } = filter;
  if (values.kind !== 'list') return filter;
  const list = context.policy.lists.find(({ name }) => name === values.list);
  if (!list) return filter;
  const numbers = numbersOf(list, filter, context);
  const ranges = numbers.map((number) => [BigInt(number), BigInt(number)] as const);
  const bound: ListValues = { ...values, ranges: [...values.ranges, ...ranges] };
  return { ...filter, values: bound };
}

function numbersOf(list: ValueList, filter: ArgumentFilter, context: HookContext): number[] {
  const { arch } = context.host;
  if (list.type === 'generated_syscalls') return allNumbers(arch);
  return list.values.flatMap((written) => {
    const number = numberOf(written, arch);
    if (typeof number === 'number') return [number];
    context.warn(filter, `list "${list.name}": ${number}; it is left out`);
    return [];
  });
}

/** The system call's number, or why it has none here. */
function numberOf(written: string, arch: HostAbilities['arch']): number | string {
  const [, name32] = OF_32_BITS.exec(written) ?? [];
  if (name32 !== undefined && arch === 'x64') {
    const number = syscallNumber('i386', name32);
    return number === undefined ? `i386 has no system call ${name32}` : BIT_32 + number;
  }
  const symbol = syscallOfSymbol(written, arch);
  if (symbol.kind === 'unknown') return symbol.reason;
  return syscallNumber(arch, symbol.name) ?? `${arch} has no system call ${symbol.name}`;
}

const allNumbers = (abi: SyscallAbi): number[] =>
  syscallNames(abi).flatMap((name) => syscallNumber(abi, name) ?? []);
