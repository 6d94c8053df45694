import { type SyscallAbi, syscallNames, syscallNumber } from '../../events/syscallNumbers.ts';
import type { HostAbilities } from '../plan.ts';

/** Symbols of the functions behind system calls: `__x64_sys_openat`. */

/** System calls whose kernel function has another name: by function, without `sys_`. */
const FUNCTION_NAMES: Readonly<Record<string, string>> = {
  newuname: 'uname',
  newstat: 'stat',
  newlstat: 'lstat',
  newfstat: 'fstat',
  umount: 'umount2',
  sendfile64: 'sendfile',
};
const FUNCTION_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(FUNCTION_NAMES).map(([functionName, syscall]) => [syscall, functionName]),
);

const PREFIX: Readonly<Record<HostAbilities['arch'], string>> = {
  x64: '__x64_',
  arm64: '__arm64_',
};

export type SyscallSymbol =
  | { kind: 'syscall'; name: string; functionName: string }
  /** A system call that can't be had here, or none at all. */
  | { kind: 'unknown'; reason: string; remedy: string | undefined };

/** The symbol's parts: `__x64_sys_dup`, `sys_dup`, `dup`, and in lists `x64/sys_dup`. */
const SYMBOL =
  /^(?:(x64|i386|arm64|arm32)\/)?(?:__(x64|ia32|arm64|riscv)_(?:compat_)?)?(?:sys_)?(\w+)$/;

/** Whether a function's name is one of a system call: what `syscall: true` is meant for. */
export const isSyscallSymbol = (name: string): boolean =>
  /^(?:__(?:x64|ia32|arm64)_)?sys_\w+$/.test(name);

/** The system call that a policy's symbol stands for. */
export function syscallOfSymbol(symbol: string, arch: HostAbilities['arch']): SyscallSymbol {
  const [, abi, prefix, functionName] = SYMBOL.exec(symbol) ?? [];
  if (functionName === undefined)
    return {
      kind: 'unknown',
      reason: `${symbol} is not the name of a system call`,
      remedy: undefined,
    };
  const asked = abi ?? prefix;
  if (asked !== undefined && asked !== arch) {
    const is32 = asked === 'i386' || asked === 'ia32' || asked === 'arm32';
    return {
      kind: 'unknown',
      reason: is32
        ? '32-bit system calls are not told: their numbers mean other calls'
        : `this machine is ${arch}, not ${asked}`,
      remedy: undefined,
    };
  }
  const name =
    (Object.hasOwn(FUNCTION_NAMES, functionName) && FUNCTION_NAMES[functionName]) || functionName;
  if (syscallNumber(arch, name) === undefined) {
    const elsewhere = (['x64', 'arm64', 'i386'] as const satisfies SyscallAbi[]).find(
      (other) => syscallNumber(other, name) !== undefined,
    );
    return {
      kind: 'unknown',
      reason: elsewhere
        ? `${arch} has no system call ${name}; ${elsewhere} has`
        : `there is no system call ${name}`,
      remedy: elsewhere ? undefined : 'for an ordinary function, write syscall: false',
    };
  }
  return { kind: 'syscall', name, functionName: symbolOfSyscall(name, arch) };
}

/** `__x64_sys_openat` of `openat`. */
export const symbolOfSyscall = (name: string, arch: HostAbilities['arch']): string =>
  `${PREFIX[arch]}sys_${FUNCTION_OF.get(name) ?? name}`;

/** All system calls of an architecture, as symbols. */
export const allSyscallSymbols = (arch: HostAbilities['arch']): string[] =>
  syscallNames(arch).map((name) => symbolOfSyscall(name, arch));
