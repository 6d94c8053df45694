import { syscallNumber } from '../../events/syscallNumbers.ts';
import type { HostAbilities } from '../plan.ts';
import { ABSENT } from './absent.ts';
import { BPF } from './bpf.ts';
import { CREDENTIALS } from './credentials.ts';
import { EXEC } from './exec.ts';
import { FILE_ACCESS } from './fileAccess.ts';
import { FILES } from './files.ts';
import { MODULES } from './modules.ts';
import { MOUNTS } from './mounts.ts';
import { PACKETS } from './packets.ts';
import { PATHS } from './paths.ts';
import { SOCKETS } from './sockets.ts';
import { TASKS } from './tasks.ts';
import type { Equivalent, KernelVersion, Unavailable } from './types.ts';

const ALL: readonly Equivalent[] = [
  ...FILE_ACCESS,
  ...FILES,
  ...PATHS,
  ...MOUNTS,
  ...EXEC,
  ...CREDENTIALS,
  ...TASKS,
  ...SOCKETS,
  ...PACKETS,
  ...BPF,
  ...MODULES,
];

const BY_FUNCTION: ReadonlyMap<string, Equivalent> = new Map(
  ALL.flatMap((entry) => entry.functions.map((name) => [name, entry] as const)),
);

/** Functions that have an equivalent, in the order of the table. */
export const equivalentFunctions = (): string[] => [...BY_FUNCTION.keys()];

/** Names of a function's parameters, as far as the table knows it. */
export const parametersOf = (functionName: string): readonly string[] =>
  BY_FUNCTION.get(functionName)?.parameters ?? [];

/** What stands in for a function on a kernel of this version; the reason if nothing does. */
export function equivalentOf(functionName: string, host: HostAbilities): Equivalent | Unavailable {
  const entry = BY_FUNCTION.get(functionName);
  if (!entry) {
    return (
      (Object.hasOwn(ABSENT, functionName) ? ABSENT[functionName] : undefined) ?? {
        reason: 'no system call or tracepoint is known to stand for this function',
        remedy: 'a kernel with kprobes',
      }
    );
  }
  if (entry.since && isBefore(host.kernel, entry.since))
    return {
      reason: `kernels have this function since ${entry.since.join('.')}`,
      remedy: undefined,
    };
  if (entry.before && !isBefore(host.kernel, entry.before))
    return {
      reason: `kernels have no such function since ${entry.before.join('.')}`,
      remedy: undefined,
    };
  return entry;
}

const isBefore = (kernel: KernelVersion, limit: KernelVersion) =>
  kernel[0] < limit[0] || (kernel[0] === limit[0] && kernel[1] < limit[1]);

/** Functions `__sys_NAME` and `ksys_NAME` that do what system call NAME does, with its arguments (net/socket.c, kernel/sys.c, fs/read_write.c …). */
const BODIES: readonly string[] = [
  ...[
    ...['accept4', 'bind', 'connect', 'getpeername', 'getsockname', 'getsockopt', 'listen'],
    ...['recvfrom', 'recvmmsg', 'recvmsg', 'sendmmsg', 'sendmsg', 'sendto', 'setsockopt'],
    ...['setfsgid', 'setfsuid', 'setgid', 'setregid', 'setresgid', 'setresuid', 'setreuid'],
    ...['setuid', 'shutdown', 'socket', 'socketpair'],
  ].map((name) => `__sys_${name}`),
  ...[
    ...['dup3', 'fallocate', 'fchown', 'lseek', 'msgget', 'pread64', 'pwrite64', 'read'],
    ...['readahead', 'semget', 'setsid', 'shmdt', 'shmget', 'sync', 'sync_file_range', 'unshare'],
    'write',
  ].map((name) => `ksys_${name}`),
];

/** Those of this architecture. */
export const syscallBodies = (arch: HostAbilities['arch']): string[] =>
  BODIES.filter((name) => syscallOfBody(name, arch) !== undefined);

/** The system call whose body a function is: `setuid` of `__sys_setuid`; undefined for other functions. */
export function syscallOfBody(
  functionName: string,
  arch: HostAbilities['arch'],
): string | undefined {
  if (!BODIES.includes(functionName)) return undefined;
  const name = functionName.replace(/^(?:__|k)sys_/, '');
  return syscallNumber(arch, name) === undefined ? undefined : name;
}
