import { refusalHere } from '../equivalents/refusals.ts';
import type { Action, Enforcer, TracingPolicy } from '../model.ts';
import type { EnforcedCall, HostAbilities } from '../plan.ts';
import type { HookContext } from './context.ts';
import { lsmHookHere } from './entryPoints.ts';
import { allSyscallSymbols, syscallOfSymbol } from './symbols.ts';

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
  const calls = [...new Set(namesOf(enforcer, policy, host))].flatMap((name) => {
    const call = enforcedCall(name, host);
    if (typeof call === 'string') {
      report.warn(at, `${name}: ${call}; it is left out`);
      return [];
    }
    const obstacle = refuses ? obstacleTo(name, call, host) : undefined;
    if (obstacle !== undefined && mustRefuse) report.refuse(at, obstacle);
    else if (obstacle !== undefined)
      report.warn(at, `${obstacle}; its process gets the signal all the same`);
    return [call];
  });
  if (calls.length === 0) report.refuse(at, 'none of these calls can be had here');
  return withoutRepeats(calls);
}

const noticesOf = ({ hooks }: TracingPolicy): Action[] =>
  hooks
    .flatMap(({ selectors }) => selectors)
    .flatMap(({ actions, returnActions }) => [...actions, ...returnActions])
    .filter(({ action }) => action === 'NotifyEnforcer');

const LIST = /^list:(.+)$/;

function namesOf({ calls }: Enforcer, policy: TracingPolicy, host: HostAbilities): string[] {
  return calls.flatMap((call) => {
    const name = LIST.exec(call)?.[1];
    const list = policy.lists.find((each) => each.name === name);
    if (!list) return [call];
    if (list.type === 'generated_syscalls') return allSyscallSymbols(host.arch);
    return list.type === 'generated_ftrace'
      ? (host.tracedFunctions(new RegExp(list.pattern ?? '')) ?? [])
      : list.values;
  });
}

/** One call, or why there is no such call here. */
function enforcedCall(name: string, host: HostAbilities): EnforcedCall | string {
  if (name.startsWith('security_')) {
    const hook = lsmHookHere(name, host);
    return hook === undefined
      ? 'it calls no LSM hook that this kernel has'
      : { syscall: undefined, hooks: host.lsm ? [hook] : [] };
  }
  const symbol = syscallOfSymbol(name, host.arch);
  if (symbol.kind === 'unknown') return symbol.reason;
  const { hooks } = refusalHere(symbol.name, host);
  return { syscall: symbol.name, hooks: host.lsm && host.rawTracepoints ? hooks : [] };
}

/** Why a call can't be refused; undefined: it can. */
function obstacleTo(
  name: string,
  { hooks }: EnforcedCall,
  host: HostAbilities,
): string | undefined {
  if (hooks.length > 0) return undefined;
  const reason = !host.lsm
    ? (host.reasons.lsm ?? 'LSM programs can’t be attached')
    : !host.rawTracepoints
      ? (host.reasons.rawTracepoints ?? 'the raw_syscalls tracepoints can’t be attached')
      : 'it comes to no LSM hook';
  return `${name} can't be refused here: ${reason}`;
}

const withoutRepeats = (calls: readonly EnforcedCall[]): EnforcedCall[] => [
  ...new Map(calls.map((call) => [`${call.syscall ?? call.hooks.join()}`, call])).values(),
];
