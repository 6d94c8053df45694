import { hasLsmHook } from '../equivalents/refusals.ts';
import type { Action, Enforcer, TracingPolicy } from '../model.ts';
import { overrideErrno } from '../override.ts';
import type { EnforcedCall, HostAbilities } from '../plan.ts';
import { answerObstacle, answersHere, answersObstacle } from './answers.ts';
import type { HookContext } from './context.ts';
import { lsmHookOfFunction } from './lsm.ts';
import { allSyscallSymbols, syscallOfSymbol } from './symbols.ts';
import { goesOn } from './syscallOverride.ts';

/** Where the plan of spec.enforcers tells what it finds. */
type Report = Pick<HookContext, 'refuse' | 'warn'>;

/**
 * The calls of spec.enforcers, with the LSM hooks that refuse them when a hook of the policy has notified the enforcer. Calls that
 * can't be refused here are a mistake of the policy, unless the notification brings a signal too: that is sent all the same.
 */
export function planEnforcer(
  policy: TracingPolicy,
  host: HostAbilities,
  report: Report,
): EnforcedCall[] {
  const { enforcer } = policy;
  if (!enforcer) return [];
  const notices = noticesOf(policy);
  const at = { position: enforcer.position, field: 'spec.enforcers' };
  if (notices.length === 0) {
    report.warn(at, 'no hook has the action NotifyEnforcer: these calls are never refused');
    return [];
  }
  const mustRefuse = notices.some(({ argError = 0, argSig = 0 }) => argError !== 0 && argSig === 0);
  const refuses = notices.some(({ argError = 0 }) => argError !== 0);
  for (const call of enforcer.calls)
    if (LIST.test(call) && !listOf(call, policy))
      report.refuse(at, `there is no list "${LIST.exec(call)?.[1]}" in spec.lists`);
  const calls = [...new Set(namesOf(enforcer, policy, host))].flatMap((name) => {
    const call = enforcedCall(name, host);
    if (typeof call === 'string') {
      report.warn(at, `${name}: ${call}; it is left out`);
      return [];
    }
    if (!refuses) return [{ ...call, hooks: [], obstacle: NOBODY_ASKS }];
    if (call.obstacle !== undefined) {
      const message = `${name} can't be refused here: ${call.obstacle}`;
      if (mustRefuse) report.refuse(at, message);
      else report.warn(at, `${message}; its process gets the signal all the same`);
    }
    return [call];
  });
  if (calls.length === 0) report.refuse(at, 'none of these calls can be had here');
  const enforced = withoutRepeats(calls);
  // Who lists many calls has chosen them, and reads docs/equivalents.md.
  if (enforced.length <= 8) for (const call of enforced) warnOfAnswers(call, notices, host, report);
  return enforced;
}

const NOBODY_ASKS = 'no NotifyEnforcer has an argError, so that no call is refused';

const noticesOf = ({ hooks }: TracingPolicy): Action[] =>
  hooks
    .flatMap(({ selectors }) => selectors)
    .flatMap(({ actions, returnActions }) => [...actions, ...returnActions])
    .filter(({ action }) => action === 'NotifyEnforcer');

/** What of a call is not refused, and which errors don't come out. */
function warnOfAnswers(
  { syscall, hooks }: EnforcedCall,
  notices: readonly Action[],
  host: HostAbilities,
  { warn }: Report,
): void {
  if (syscall === undefined || hooks.length === 0) return;
  const { notes, onlyErrno, silentErrno } = answersHere(syscall, host);
  for (const notice of notices) {
    if (!notice.argError) continue;
    const errno = overrideErrno(notice.argError);
    for (const note of notes) warn(notice, `of the enforcer, ${syscall}: ${note}`);
    if (onlyErrno !== undefined && errno !== onlyErrno)
      warn(notice, `of the enforcer, ${syscall} is refused with EPERM, whatever argError says`);
    if (errno === silentErrno) warn(notice, goesOn(syscall, errno));
  }
}

const LIST = /^list:(.*)$/;

const listOf = (call: string, { lists }: TracingPolicy) =>
  lists.find(({ name }) => name === LIST.exec(call)?.[1]);

function namesOf({ calls }: Enforcer, policy: TracingPolicy, host: HostAbilities): string[] {
  return calls.flatMap((call) => {
    if (!LIST.test(call)) return [call];
    const list = listOf(call, policy);
    if (!list) return [];
    if (list.type === 'generated_syscalls') return allSyscallSymbols(host.arch);
    return list.type === 'generated_ftrace'
      ? (host.tracedFunctions(new RegExp(list.pattern ?? '')) ?? [])
      : list.values;
  });
}

/** One call, or why there is no such call here. */
function enforcedCall(name: string, host: HostAbilities): EnforcedCall | string {
  const none = answersObstacle(host);
  if (name.startsWith('security_')) {
    const hook = lsmHookOfFunction(name);
    if (hook === undefined || !(hasLsmHook(hook, host) || host.functionPrototype(name)))
      return 'it calls no LSM hook that this kernel has';
    const obstacle = none ?? answerObstacle(hook, host);
    return { name, syscall: undefined, hooks: obstacle === undefined ? [hook] : [], obstacle };
  }
  const symbol = syscallOfSymbol(name, host.arch);
  if (symbol.kind === 'unknown') return symbol.reason;
  const { hooks } = answersHere(symbol.name, host);
  const obstacle = hooks.length > 0 ? undefined : (none ?? 'it comes to no LSM hook');
  return { name, syscall: symbol.name, hooks, obstacle };
}

const withoutRepeats = (calls: readonly EnforcedCall[]): EnforcedCall[] => [
  ...new Map(calls.map((call) => [call.syscall ?? call.name, call])).values(),
];
