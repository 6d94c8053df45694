import { syscallParameters } from '../../events/syscallPrototypes.ts';
import type { RefusalHere } from '../equivalents/refusals.ts';
import { SYSCALL_REFUSALS } from '../equivalents/sockets.ts';
import type { KprobeHook } from '../model.ts';
import { overrideErrno } from '../override.ts';
import type { HookPoint } from '../plan.ts';
import { NOT_BOTH, noOverride, overridesOf } from './actions.ts';
import { answersHere, answersObstacle } from './answers.ts';
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
  const atOnce = host.kprobeOverride || host.fmodRetSyscalls;
  // A program that refuses the call at once has no return to wait for; a marked call returns in any case.
  if (atOnce && !wants.returnFiltered) {
    const attachment: HookPoint['attachment'] = host.kprobeOverride
      ? { kind: 'kprobeOverride', syscall, function: symbol }
      : { kind: 'fmodRet', function: symbol, syscall };
    return [tell, { ...act, attachment }];
  }
  const pending = answersHere(syscall, host);
  if (pending.hooks.length > 0) {
    warnOfPending(syscall, pending, context);
    return [{ ...point, canOverride: true, refusedBy: pending.hooks }];
  }
  const atCgroups = SYSCALL_REFUSALS[syscall];
  if (atCgroups && host.cgroupRoot !== undefined)
    return refusedAtCgroups(syscall, tell, atCgroups, context);
  const reason = atOnce ? RETURN_FILTERED : reasonFor(syscall, context);
  return { refusal: `${syscall} can't be refused here: ${reason}` };
}

const RETURN_FILTERED =
  'a filter looks at what the call returns, and a program that refuses it does so before it returns';

function reasonFor(syscall: string, context: HookContext<KprobeHook>): string {
  const { host } = context;
  if (answersObstacle(host) !== undefined) return noOverride(context, syscall);
  return `${syscall} comes to no LSM hook in which it could be refused, and ${host.reasons.kprobeOverride ?? 'the kernel has no kprobe override'}; its process can be killed (Sigkill)`;
}

function warnOfPending(
  syscall: string,
  { notes, onlyErrno, silentErrno }: RefusalHere,
  context: HookContext<KprobeHook>,
): void {
  for (const note of notes) context.warn(context.hook, `Override of ${syscall}: ${note}`);
  for (const action of overridesOf(context.hook)) {
    const errno = overrideErrno(action.argError);
    if (onlyErrno !== undefined && errno !== onlyErrno)
      context.warn(
        action,
        `${syscall} is refused by its check for a capability: the caller sees EPERM, not the error that argError asks for`,
      );
    if (errno === silentErrno) context.warn(action, goesOn(syscall, errno));
  }
}

/** What is to be known of an error that the call's LSM hook gives when it has nothing to say. */
export const goesOn = (syscall: string, errno: number): string =>
  `${syscall} goes on with argError -${errno}: with this error its LSM hook says that it has nothing to say; use another one, -1 (EPERM) for example`;

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
  const misfit = refusing.find(isMisfit);
  // Half of an enforcement is none: what this way of refusing lacks refuses the policy.
  if (misfit && !misfit.argument) return { refusal: misfit.reason };
  return misfit ?? [tell, ...refusing.filter(isPoint)];
}
