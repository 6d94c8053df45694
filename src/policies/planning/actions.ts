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
  if (action.imaHash)
    return `hashes of files come from IMA through an LSM program${because(host, 'lsm')}; leave imaHash out`;
  switch (action.action) {
    case 'NotifyEnforcer':
    case 'CleanupEnforcerNotification':
      return `${action.action} hands the call to spec.enforcers, which need kprobes${because(host, 'kprobes')}; use Sigkill, or Override where a hook allows it`;
    case 'Set':
      return 'Set writes into the memory of another program; this version of Trigon does not';
    case 'Override':
      if (hook.kind === 'uprobe' || hook.kind === 'usdt')
        return 'replacing a function of a program is not possible in this version of Trigon; Sigkill and Signal are';
      if (hook.kind === 'tracepoint')
        return 'a tracepoint only tells: it can’t refuse a call; use a hook on the system call or an LSM hook';
      if (hook.kind === 'fentry') return 'fentries only tell; use a kprobe for actions';
      return undefined;
    case 'Sigkill':
    case 'Signal':
      return hook.kind === 'fentry' ? 'fentries only tell; use a kprobe for actions' : undefined;
    default:
      return undefined;
  }
}

const REASONS = {
  lsm: 'no LSM program can be attached here',
  kprobes: 'no kprobe can be attached here',
} as const;

/** Why the host can't, as a clause. */
export const because = (host: HostAbilities, ability: keyof typeof REASONS): string =>
  host[ability]
    ? ', which this version of Trigon does not use yet'
    : `: ${host.reasons[ability] ?? REASONS[ability]}`;

/** Why a hook can't run although its function could be had; undefined: it can. */
export function unsupportedSocketTracking(hook: Hook): string | undefined {
  const tracks = hook.selectors.some((selector) =>
    [...selector.actions, ...selector.returnActions].some(
      ({ action }) => action === 'TrackSock' || action === 'UntrackSock',
    ),
  );
  return tracks || ('returnArgAction' in hook && hook.returnArgAction !== undefined)
    ? 'TrackSock and UntrackSock remember who opened a socket by hooks on its making and freeing, which no tracepoint tells of'
    : undefined;
}
