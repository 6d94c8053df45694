import type { Action, Hook } from '../model.ts';
import { isErrorNumber } from '../override.ts';
import type { HostAbilities } from '../plan.ts';
import type { HookContext } from './context.ts';

/** Refuses what no hook of this kind can do here, and tells what it costs to do the rest. */
export function checkActions(context: HookContext): void {
  const { hook, host } = context;
  for (const selector of hook.selectors)
    for (const action of [...selector.actions, ...selector.returnActions]) {
      const refusal = refusalOf(action, hook, host);
      if (refusal) context.refuse(action, refusal);
      else if (action.action === 'GetUrl' || action.action === 'DnsLookup')
        context.warn(
          action,
          `${action.action} is done by Trigon when the event arrives, and only if it was started with --allow-network-actions`,
        );
      else if (action.action === 'Override' && !isErrorNumber(action.argError))
        context.warn(
          action,
          `argError ${action.argError} is not a negative error number (-4095 to -1): the call is refused with EPERM`,
        );
    }
}

function refusalOf(action: Action, hook: Hook, host: HostAbilities): string | undefined {
  if (action.imaHash && !host.lsm)
    return `hashes of files come from IMA through an LSM program: ${host.reasons.lsm ?? 'none can be attached here'}; leave imaHash out`;
  switch (action.action) {
    case 'Set':
      return host.writeUser
        ? undefined
        : `Set writes into the memory of another program: ${host.reasons.writeUser ?? 'the kernel does not let programs do so'}`;
    case 'Override':
      if (hook.kind === 'uprobe' || hook.kind === 'usdt')
        return 'replacing a function of a program is not possible in this version of Trigon; Sigkill and Signal are';
      if (hook.kind === 'tracepoint')
        return 'a tracepoint only tells: it can’t refuse a call; use a hook on the system call or an LSM hook';
      if (hook.kind === 'fentry') return 'fentries only tell; use a kprobe for actions';
      return undefined;
    case 'Sigkill':
    case 'Signal':
    case 'NotifyEnforcer':
      return hook.kind === 'fentry' ? 'fentries only tell; use a kprobe for actions' : undefined;
    default:
      return undefined;
  }
}

/** Why a hook can't remember who opened a socket although its function could be had; undefined: it can. */
export function socketTrackingObstacle(hook: Hook, host: HostAbilities): string | undefined {
  const tracks = hook.selectors.some((selector) =>
    [...selector.actions, ...selector.returnActions].some(
      ({ action }) => action === 'TrackSock' || action === 'UntrackSock',
    ),
  );
  const asks = tracks || ('returnArgAction' in hook && hook.returnArgAction !== undefined);
  return asks && !host.kprobes && !host.fentry
    ? 'TrackSock and UntrackSock remember who opened a socket by hooks on its making and freeing, which no tracepoint tells of'
    : undefined;
}

export const NOT_BOTH =
  'Override can’t be had together with Sigkill or Signal in one hook here: calls are refused by a cgroup program, which can’t send signals; use one of them, or two policies';

/** What Override would need. */
export function noOverride({ host }: HookContext): string {
  const lsm = host.lsm ? undefined : (host.reasons.lsm ?? 'LSM programs can’t be attached');
  const kprobe = host.kprobeOverride
    ? undefined
    : (host.reasons.kprobeOverride ?? 'the kernel has no kprobe override');
  const lacks = [lsm, kprobe].filter((reason) => reason !== undefined).join('; ');
  return host.lsm || host.kprobeOverride
    ? 'only system calls, security_ functions and LSM hooks can be; it can be watched, or its process killed (Sigkill)'
    : `${lacks}. It can be watched, or its process killed (Sigkill); connect, bind, sendto to an address, and socket can be refused`;
}

/** The hook's actions of that kind. */
export const overridesOf = (hook: Hook): Action[] =>
  hook.selectors
    .flatMap(({ actions, returnActions }) => [...actions, ...returnActions])
    .filter(({ action }) => action === 'Override');
