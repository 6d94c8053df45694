import { syscallParameters } from '../../events/syscallPrototypes.ts';
import { refusalHere } from '../equivalents/refusals.ts';
import { SYSCALL_REFUSALS } from '../equivalents/sockets.ts';
import type { KprobeHook } from '../model.ts';
import { overrideErrno } from '../override.ts';
import type { HookPoint } from '../plan.ts';
import { NOT_BOTH, noOverride, overridesOf } from './actions.ts';
import type { HookContext } from './context.ts';
import { isMisfit, isPoint, type Misfit, pointOfEquivalent } from './points.ts';
import { symbolOfSyscall } from './symbols.ts';

/**
 * The points of a system call that Override refuses: the best way that this host has.
 *
 * @param point the call at the dispatcher, which tells
 * @returns points, an argument that can't be had there, or why the call can't be refused
 */
export function refusableSyscall(
  syscall: string,
  point: HookPoint,
  context: HookContext<KprobeHook>,
): HookPoint[] | Misfit | { refusal: string } {
  const { host, wants } = context;
  const symbol = symbolOfSyscall(syscall, host.arch);
  const tell: HookPoint = { ...point, when: 'monitor' };
  const act: HookPoint = {
    ...point,
    when: 'enforce',
    canOverride: true,
    returnValue: undefined,
  };
  if (host.kprobeOverride || host.fmodRetSyscalls) {
    if (wants.returnFiltered) return RETURN_FILTERED;
    const attachment: HookPoint['attachment'] = host.kprobeOverride
      ? { kind: 'kprobeOverride', syscall, function: symbol }
      : { kind: 'fmodRet', function: symbol, syscall };
    return [tell, { ...act, attachment }];
  }
  const pending = refusalHere(syscall, host);
  if (host.lsm && host.rawTracepoints && pending.hooks.length > 0) {
    warnOfPending(syscall, pending, context);
    return [{ ...point, canOverride: true, refusedBy: pending.hooks }];
  }
  const atCgroups = SYSCALL_REFUSALS[syscall];
  if (atCgroups && host.cgroupRoot !== undefined)
    return refusedAtCgroups(syscall, tell, atCgroups, context);
  return {
    refusal: `${syscall} can't be refused here: ${reasonFor(syscall, pending.hooks, context)}`,
  };
}

const RETURN_FILTERED: Misfit = {
  reason:
    'a filter looks at what the call returns, and a program that refuses it does so before it returns',
  argument: undefined,
};

function reasonFor(
  syscall: string,
  hooks: readonly string[],
  context: HookContext<KprobeHook>,
): string {
  if (!context.host.lsm) return noOverride(context);
  return hooks.length > 0
    ? 'the raw_syscalls tracepoints can’t be attached'
    : `${syscall} comes to no LSM hook in which it could be refused, and ${context.host.reasons.kprobeOverride ?? 'the kernel has no kprobe override'}; its process can be killed (Sigkill)`;
}

function warnOfPending(
  syscall: string,
  { notes, onlyErrno }: ReturnType<typeof refusalHere>,
  context: HookContext<KprobeHook>,
): void {
  for (const note of notes) context.warn(context.hook, `Override of ${syscall}: ${note}`);
  if (onlyErrno === undefined) return;
  for (const action of overridesOf(context.hook))
    if (overrideErrno(action.argError) !== onlyErrno)
      context.warn(
        action,
        `${syscall} is refused by its check for a capability: the caller sees EPERM, not the error that argError asks for`,
      );
}

function refusedAtCgroups(
  syscall: string,
  tell: HookPoint,
  refusals: NonNullable<(typeof SYSCALL_REFUSALS)[string]>,
  context: HookContext<KprobeHook>,
): HookPoint[] | Misfit | { refusal: string } {
  if (context.wants.signals) return { refusal: NOT_BOTH };
  const of = {
    functionName: tell.functionName,
    parameters: (syscallParameters(syscall) ?? []).map(({ name }) => name),
  };
  const refusing = refusals.map((each) => pointOfEquivalent(each, of, 'enforce', context));
  return refusing.find(isMisfit) ?? [tell, ...refusing.filter(isPoint)];
}
