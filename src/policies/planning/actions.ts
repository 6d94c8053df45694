import type { Action, Hook, HookArgument, Selector } from '../model.ts';
import { isErrorNumber } from '../override.ts';
import type { HostAbilities } from '../plan.ts';
import { type HookContext, isEnforcing, refusesCalls } from './context.ts';

/** Refuses what no hook of this kind can do here, and tells what it costs to do the rest. */
export function checkActions(context: HookContext): void {
  const { hook, host } = context;
  checkReturnAction(context);
  for (const selector of hook.selectors) {
    warnOfEntryActions(selector, context);
    for (const action of [...selector.actions, ...selector.returnActions]) {
      const isLate = selector.returnActions.includes(action) && refusesCalls(action);
      const refusal = isLate ? tooLate(action) : refusalOf(action, hook, host);
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
}

const tooLate = ({ action }: Action): string =>
  `${action} in matchReturnActions: when the call returns it is too late to refuse it; put it into matchActions`;

/** The actions of a selector that looks at what the call returns are done before it returns. */
function warnOfEntryActions({ matchReturnArgs, actions }: Selector, context: HookContext): void {
  if (matchReturnArgs.length === 0) return;
  const early = actions.find(isEnforcing);
  if (early)
    context.warn(
      early,
      `${early.action} is done at the entry, whatever the call returns: matchReturnArgs only chooses which events are told; what is to be done for a result belongs into matchReturnActions`,
    );
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
      if (hook.kind === 'fentry') return ONLY_TELL;
      return undefined;
    case 'TrackSock':
    case 'UntrackSock':
      return socketProblem(
        action.action,
        hook.args.find(({ index }) => index === (action.argSock ?? 0)),
      );
    case 'NotifyEnforcer':
      if (action.argError && hook.kind === 'tracepoint' && hook.event.startsWith('sys_exit'))
        return 'the call is over there: nothing can refuse it any more, only the next one; notify the enforcer at its entry (sys_enter), or give argSig alone';
      return hook.kind === 'fentry' ? ONLY_TELL : undefined;
    case 'Sigkill':
    case 'Signal':
      return hook.kind === 'fentry' ? ONLY_TELL : undefined;
    default:
      return undefined;
  }
}

const ONLY_TELL = 'fentries only tell; use a kprobe for actions';

/** The kernel's side knows a socket by the address of its struct sock, as the function is given it or returns it. */
function socketProblem(action: string, argument: HookArgument | undefined): string | undefined {
  if (!argument) return undefined;
  const { index, type, resolve } = argument;
  const remedy = 'hook a function that has the struct sock itself, and write type: sock';
  if (resolve.length > 0)
    return `${action} needs the socket as the function has it, and argument ${index} is resolved; ${remedy}`;
  return type === 'sock'
    ? undefined
    : `${action} needs a struct sock, and argument ${index} is read as ${type}; ${remedy}`;
}

function checkReturnAction({ hook, refuse }: HookContext): void {
  if (!('returnArgAction' in hook) || hook.returnArgAction === undefined) return;
  const { returnArg, returnArgAction } = hook;
  if (returnArg?.type === 'sock' && returnArg.resolve.length === 0) return;
  refuse(
    returnArg ?? hook,
    `returnArgAction ${returnArgAction} needs a function that returns a struct sock: returnArg of type sock, not resolved`,
  );
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

/** What Override of a function or system call would need. */
export function noOverride({ hook, host }: HookContext, name: string): string {
  const isSecurity = hook.kind === 'lsm' || name.startsWith('security_');
  if (isSecurity && host.functionPrototype(name)?.returns === 'void')
    return 'it returns nothing, so that there is no result to replace. It can be watched, or its process killed (Sigkill)';
  if (isSecurity && host.lsm)
    return 'no program that refuses can be attached there. It can be watched, or its process killed (Sigkill)';
  const lsm = host.lsm ? undefined : (host.reasons.lsm ?? 'LSM programs can’t be attached');
  const kprobe = host.kprobeOverride
    ? undefined
    : (host.reasons.kprobeOverride ?? 'the kernel has no kprobe override');
  const lacks = [lsm, kprobe].filter((reason) => reason !== undefined).join('; ');
  return host.lsm || host.kprobeOverride
    ? 'only system calls, security_ functions and LSM hooks can be; it can be watched, or its process killed (Sigkill)'
    : `${lacks}. It can be watched, or its process killed (Sigkill); ${refusedAtCgroups(host)}`;
}

/** What programs at the cgroup tree refuse, or would. */
const refusedAtCgroups = ({ cgroupRoot, reasons }: HookContext['host']): string => {
  const calls = 'connect, bind, sendto to an address, and socket';
  if (cgroupRoot !== undefined) return `${calls} can be refused`;
  return `${calls} could be refused at the cgroup tree: ${reasons.cgroupRoot ?? 'cgroup v2 is not mounted'}`;
};

/** The hook's actions of that kind. */
export const overridesOf = (hook: Hook): Action[] =>
  hook.selectors.flatMap(({ actions }) => actions).filter(({ action }) => action === 'Override');
