import type { HostAbilities } from '../plan.ts';
import { FILE_REFUSALS } from './refusals/files.ts';
import { KERNEL_REFUSALS } from './refusals/kernel.ts';
import { PATH_REFUSALS } from './refusals/paths.ts';
import { PROCESS_REFUSALS } from './refusals/processes.ts';
import { SOCKET_REFUSALS } from './refusals/sockets.ts';
import type { Refusal } from './refusals/types.ts';

/**
 * In which LSM hooks system calls can be refused before they have had any effect: what pending override needs. Each list says for
 * itself which functions of the kernel call the hooks. Calls that pass no LSM hook (dup, close, lseek …) are in none.
 */
export const REFUSALS: readonly Refusal[] = [
  ...PATH_REFUSALS,
  ...FILE_REFUSALS,
  ...PROCESS_REFUSALS,
  ...SOCKET_REFUSALS,
  ...KERNEL_REFUSALS,
];

const BY_SYSCALL: ReadonlyMap<string, Refusal> = new Map(
  REFUSALS.flatMap((entry) => entry.syscalls.map((name) => [name, entry] as const)),
);

/** Where a call can be refused on this host. */
export type RefusalHere = {
  /** LSM hooks that can answer it; empty: the call passes none. */
  hooks: readonly string[];
  /** Part of the calls pass none of the hooks, or other errors come out; for the operator. */
  notes: readonly string[];
  /** The one errno that comes out, whatever the policy asks for; undefined: any can be had. */
  onlyErrno: number | undefined;
  /** The errno by which a hook says that it has nothing to say: the call goes on. */
  silentErrno: number | undefined;
};

const NOWHERE: RefusalHere = {
  hooks: [],
  notes: [],
  onlyErrno: undefined,
  silentErrno: undefined,
};

const EPERM = 1;

/** A permission check that tells its callers yes or no only: they all answer EPERM. */
const YES_OR_NO = 'capable';

/**
 * The LSM hooks in which a system call can be refused.
 *
 * @param canAnswer whether programs of this host can refuse what comes to an LSM hook
 */
export function refusalHere(syscall: string, canAnswer: (hook: string) => boolean): RefusalHere {
  const entry = BY_SYSCALL.get(syscall);
  if (!entry) return NOWHERE;
  const there = entry.hooks.filter(canAnswer);
  const hooks = there.length > 0 ? there : (entry.instead ?? []).filter(canAnswer);
  return {
    hooks,
    notes: entry.notes ?? [],
    onlyErrno: hooks.length > 0 && hooks.every((hook) => hook === YES_OR_NO) ? EPERM : undefined,
    silentErrno: entry.silentErrno,
  };
}

/** Whether LSM programs can be attached to a hook of this name: the kernel has a function for them. */
export const hasLsmHook = (hook: string, host: HostAbilities): boolean =>
  host.functionPrototype(`bpf_lsm_${hook}`) !== undefined;
