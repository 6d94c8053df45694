import { type RefusalHere, refusalHere } from '../equivalents/refusals.ts';
import type { HostAbilities } from '../plan.ts';
import { lsmObstacle, refusalObstacle } from './entryPoints.ts';
import { functionOfLsmHook } from './lsm.ts';

/**
 * Pending override: where a marked call is answered. By LSM programs, else, where BPF is none of the active security modules, by
 * fmod_ret at the functions that call the hooks.
 */

/** Why no call can be answered so on this host, whatever it comes to; undefined: calls can. */
export function answersObstacle({
  lsm,
  fmodRet,
  rawTracepoints,
  reasons,
}: HostAbilities): string | undefined {
  if (!rawTracepoints)
    return reasons.rawTracepoints ?? 'the raw_syscalls tracepoints can’t be attached';
  if (lsm || fmodRet) return undefined;
  const withoutLsm = reasons.lsm ?? 'LSM programs can’t be attached';
  return reasons.fmodRet === undefined ? withoutLsm : `${withoutLsm}; ${reasons.fmodRet}`;
}

/** Why no program can refuse what comes to an LSM hook; undefined: one can. */
export const answerObstacle = (hook: string, host: HostAbilities): string | undefined =>
  host.lsm ? lsmObstacle(hook, host, true) : refusalObstacle(functionOfLsmHook(hook), host);

/** The LSM hooks in which a system call can be refused on this host. */
export const answersHere = (syscall: string, host: HostAbilities): RefusalHere =>
  answersObstacle(host) === undefined
    ? refusalHere(syscall, (hook) => answerObstacle(hook, host) === undefined)
    : refusalHere(syscall, () => false);
