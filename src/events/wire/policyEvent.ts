import { getSystemErrorName } from 'node:util';
import {
  tg_action as ACTION,
  tg_outcome as OUTCOME,
  tg_policy_record as POLICY,
  tg_mode,
  tg_type,
} from '../../generated/layouts.ts';
import type { KprobeAction } from '../enums.ts';
import { type HostName, hostNames } from '../hostNames.ts';
import { signalName } from '../signals.ts';
import type {
  ActionOutcome,
  EventBodies,
  EventExtension,
  KprobeArgument,
  ProcessExecBody,
  StackTraceEntry,
} from '../types.ts';
import { type ArgumentContext, readArgument } from './argument.ts';
import type { HookNames, PathKind, SelectorEffect } from './hookNames.ts';
import { readImaHash } from './imaHash.ts';
import { type PolicyValues, readValues, type WireValue } from './values.ts';
import { viewOf } from './view.ts';

/** Names what stands at the addresses of a process's stack trace, innermost first; one entry for each. */
export type Symbolise = (
  kind: 'kernel' | 'user',
  addresses: readonly bigint[],
  process: StackOwner,
) => readonly StackTraceEntry[];

/** The exec id tells programs apart that had the same pid one after the other. */
export type StackOwner = { readonly pid: number; readonly execId: string };

export type PolicyEventContext = ArgumentContext & {
  readonly names: HookNames | undefined;
  readonly symbolise: Symbolise | undefined;
  readonly hostName?: HostName | undefined;
  readonly process: StackOwner;
};

type PolicyKind =
  | 'process_kprobe'
  | 'process_loader'
  | 'process_lsm'
  | 'process_tracepoint'
  | 'process_uprobe'
  | 'process_usdt';

/** A policy event without its envelope, process and parent. */
export type PolicyEventBody = {
  [K in PolicyKind]: { readonly kind: K; readonly trigon: EventExtension } & Omit<
    EventBodies[K],
    keyof ProcessExecBody
  >;
}[PolicyKind];

/** What Tetragon's events of some kinds have no place for; there it stands under `trigon`. */
type Extras = Pick<EventExtension, 'return' | 'kernelStackTrace' | 'userStackTrace'>;

/** A policy record as the event of its hook's kind. Of a hook that is not known (any more) a kprobe event without a name. */
export function readPolicyEvent(record: Uint8Array, context: PolicyEventContext): PolicyEventBody {
  const { names } = context;
  const view = viewOf(record);
  const number = (at: number) => view.getUint32(at, true);
  const values = readValues(record);
  const returnLabel = names?.labels[values.args.length];
  const all = values.args.map((value, position) =>
    asPath(labelled(value, names?.labels[position], context), names?.texts?.[position]),
  );
  const argumentCount = names?.argumentCount ?? all.length;
  const args = all.slice(0, argumentCount);
  const data = all.slice(argumentCount);
  const extras: Extras = {
    ...(values.returned ? { return: labelled(values.returned, returnLabel, context) } : {}),
    ...readStacks(values.stacks, context),
  };
  const hosts = context.hostName && hostNames(all, context.hostName);
  const trigon: EventExtension = {
    ...readExtension(number, names),
    ...(hosts ? { names: hosts } : {}),
  };
  const common = {
    policyName: names?.policyName ?? '',
    // Tetragon shows the action of the selector also when monitor mode holds it back.
    action: actionName(number(POLICY.at.actions)),
    ...(names?.message === undefined ? {} : { message: names.message }),
    ...(names && names.tags.length > 0 ? { tags: names.tags } : {}),
  };
  const withData = { args, ...(data.length > 0 ? { data } : {}) };
  switch (names?.kind) {
    case 'tracepoint':
      return {
        kind: 'process_tracepoint',
        ...common,
        subsys: names.subsystem,
        event: names.event,
        args: all,
        trigon: { ...trigon, ...extras },
      };
    case 'uprobe':
      return {
        kind: 'process_uprobe',
        ...common,
        ...withData,
        path: names.path,
        symbol: names.symbol,
        ...(names.offset === 0n ? {} : { offset: names.offset }),
        ...(names.refCtrOffset === 0n ? {} : { refCtrOffset: names.refCtrOffset }),
        trigon: { ...trigon, ...extras },
      };
    case 'usdt':
      return {
        kind: 'process_usdt',
        ...common,
        path: names.path,
        provider: names.provider,
        name: names.name,
        args: all,
        trigon: { ...trigon, ...extras },
      };
    case 'lsm':
      return {
        kind: 'process_lsm',
        ...common,
        functionName: names.functionName,
        args: all,
        ...readHash(values),
        trigon: { ...trigon, ...extras },
      };
    case 'loader':
      return { kind: 'process_loader', ...readLoaded(values, all), trigon };
    default:
      return {
        kind: 'process_kprobe',
        ...common,
        ...withData,
        ...extras,
        functionName: names?.functionName ?? '',
        returnAction: actionName(number(POLICY.at.return_actions)),
        trigon,
      };
  }
}

function readHash(values: PolicyValues): { imaHash?: string } {
  const value = values.extra(tg_type.TG_TYPE_IMA_HASH);
  const imaHash = value && readImaHash(value);
  return imaHash === undefined ? {} : { imaHash };
}

/** The first argument is the file. */
function readLoaded(
  values: PolicyValues,
  [file]: readonly KprobeArgument[],
): { path: string; buildid?: Uint8Array } {
  const id = values.extra(tg_type.TG_TYPE_BUILD_ID);
  return {
    path: file?.kind === 'file_arg' ? file.value.path : '',
    // Copied: the event may outlive the batch of records that it came in.
    ...(id && id.body.length > 0 ? { buildid: id.body.slice() } : {}),
  };
}

function labelled(
  value: WireValue,
  label: string | undefined,
  context: ArgumentContext,
): KprobeArgument {
  const argument = readArgument(value, context);
  return label === undefined || label === '' ? argument : { ...argument, label };
}

/** A text as the path that it stands for. */
function asPath(argument: KprobeArgument, kind: PathKind | undefined): KprobeArgument {
  return kind !== undefined && argument.kind === 'string_arg'
    ? { ...argument, kind, value: { path: argument.value } }
    : argument;
}

function readStacks(
  stacks: readonly WireValue[],
  { symbolise, process }: PolicyEventContext,
): Pick<Extras, 'kernelStackTrace' | 'userStackTrace'> {
  const read = (kind: 'kernel' | 'user', type: number) => {
    const addresses = stacks.filter((value) => value.type === type).flatMap(addressesOf);
    if (addresses.length === 0) return undefined;
    return symbolise?.(kind, addresses, process) ?? addresses.map((address) => ({ address }));
  };
  // First, because the process may end meanwhile, and then nobody can tell what it had at its addresses.
  const userStackTrace = read('user', tg_type.TG_TYPE_USER_STACK);
  const kernelStackTrace = read('kernel', tg_type.TG_TYPE_KERNEL_STACK);
  return {
    ...(kernelStackTrace ? { kernelStackTrace } : {}),
    ...(userStackTrace ? { userStackTrace } : {}),
  };
}

/** An address of 0 ends the trace: the kernel side's buffer is not always full. */
function addressesOf({ body }: WireValue): bigint[] {
  const view = viewOf(body);
  const addresses: bigint[] = [];
  for (let at = 0; at + 8 <= body.length; at += 8) {
    const address = view.getBigUint64(at, true);
    if (address === 0n) break;
    addresses.push(address);
  }
  return addresses;
}

/**
 * Tetragon names the last action of a selector. The kernel side keeps no order, so the weightiest counts: what changes a process
 * most, in front of what is only told. NoPost shows only where nothing else is done.
 */
const ACTION_NAMES: readonly (readonly [number, KprobeAction])[] = [
  [ACTION.TG_ACTION_SIGKILL, 'KPROBE_ACTION_SIGKILL'],
  [ACTION.TG_ACTION_OVERRIDE, 'KPROBE_ACTION_OVERRIDE'],
  [ACTION.TG_ACTION_SIGNAL, 'KPROBE_ACTION_SIGNAL'],
  [ACTION.TG_ACTION_NOTIFY_ENFORCER, 'KPROBE_ACTION_NOTIFYENFORCER'],
  [ACTION.TG_ACTION_SET, 'KPROBE_ACTION_SET'],
  [ACTION.TG_ACTION_CLEANUP_ENFORCER, 'KPROBE_ACTION_CLEANUPENFORCERNOTIFICATION'],
  [ACTION.TG_ACTION_TRACK_SOCK, 'KPROBE_ACTION_TRACKSOCK'],
  [ACTION.TG_ACTION_UNTRACK_SOCK, 'KPROBE_ACTION_UNTRACKSOCK'],
  [ACTION.TG_ACTION_NOTIFY_ENFORCER, 'KPROBE_ACTION_NOTIFYENFORCER'],
  [ACTION.TG_ACTION_CLEANUP_ENFORCER, 'KPROBE_ACTION_CLEANUPENFORCERNOTIFICATION'],
  [ACTION.TG_ACTION_SET, 'KPROBE_ACTION_SET'],
  [ACTION.TG_ACTION_TRACK_SOCK, 'KPROBE_ACTION_TRACKSOCK'],
  [ACTION.TG_ACTION_UNTRACK_SOCK, 'KPROBE_ACTION_UNTRACKSOCK'],
  [ACTION.TG_ACTION_URL, 'KPROBE_ACTION_GETURL'],
  [ACTION.TG_ACTION_DNS, 'KPROBE_ACTION_DNSLOOKUP'],
  [ACTION.TG_ACTION_POST, 'KPROBE_ACTION_POST'],
  [ACTION.TG_ACTION_NOPOST, 'KPROBE_ACTION_NOPOST'],
];

/** The action that an event shows, of tg_action bits; a selector without actions posts. */
export const actionName = (bits: number): KprobeAction =>
  ACTION_NAMES.find(([bit]) => (bits & bit) !== 0)?.[1] ?? 'KPROBE_ACTION_POST';

function readExtension(
  number: (at: number) => number,
  names: HookNames | undefined,
): EventExtension {
  const outcome = outcomeOf(number(POLICY.at.outcome), number(POLICY.at.actions));
  const bits = number(POLICY.at.actions) | number(POLICY.at.return_actions);
  return {
    ...(names?.obtained === undefined ? {} : { obtained: names.obtained }),
    mode: number(POLICY.at.mode) === tg_mode.TG_MODE_ENFORCE ? 'enforce' : 'monitor',
    ...outcome,
    ...(outcome ? readEffect(bits, names?.selectors[number(POLICY.at.selector)]) : {}),
  };
}

type Outcome = { readonly outcome: ActionOutcome; readonly outcomeReason?: string };

/** By tg_outcome; a selector without an enforcing action has none. */
const OUTCOMES: ReadonlyMap<number, Outcome> = new Map<number, Outcome>([
  [OUTCOME.TG_OUTCOME_WOULD_ACT, { outcome: 'withheld', outcomeReason: 'monitor mode' }],
  [OUTCOME.TG_OUTCOME_KILLED, { outcome: 'applied' }],
  [OUTCOME.TG_OUTCOME_SIGNALLED, { outcome: 'applied' }],
  [OUTCOME.TG_OUTCOME_OVERRIDDEN, { outcome: 'applied' }],
  [OUTCOME.TG_OUTCOME_PROTECTED, { outcome: 'skipped', outcomeReason: 'protected process' }],
  [OUTCOME.TG_OUTCOME_EXPIRED, { outcome: 'skipped', outcomeReason: 'arming expired' }],
  [OUTCOME.TG_OUTCOME_FUSED, { outcome: 'skipped', outcomeReason: 'fuse blown' }],
  [OUTCOME.TG_OUTCOME_WRONG_CONTEXT, { outcome: 'skipped', outcomeReason: 'wrong-context' }],
  [
    OUTCOME.TG_OUTCOME_FAILED,
    { outcome: 'failed', outcomeReason: 'the kernel refused the signal' },
  ],
  [
    OUTCOME.TG_OUTCOME_MOOT,
    { outcome: 'skipped', outcomeReason: 'the call failed by itself before it could be refused' },
  ],
]);

const NOT_REFUSED: Outcome = {
  outcome: 'failed',
  outcomeReason: 'the call went on without passing a hook that could refuse it',
};

const SIGNALS = ACTION.TG_ACTION_SIGKILL | ACTION.TG_ACTION_SIGNAL;
const REFUSALS = ACTION.TG_ACTION_OVERRIDE | ACTION.TG_ACTION_NOTIFY_ENFORCER;

/** What fails where only a refusal is asked for is the refusal; signals are sent at once, and fail only for themselves. */
function outcomeOf(outcome: number, bits: number): Outcome | undefined {
  const refuses = (bits & SIGNALS) === 0 && (bits & REFUSALS) !== 0;
  return outcome === OUTCOME.TG_OUTCOME_FAILED && refuses ? NOT_REFUSED : OUTCOMES.get(outcome);
}

/** What the actions do to the process and to its call, whether it came to that or not. */
function readEffect(
  bits: number,
  effect: SelectorEffect | undefined,
): Pick<EventExtension, 'signal' | 'error'> {
  const { signal, error } = effect ?? {};
  const sent =
    (bits & ACTION.TG_ACTION_SIGKILL) !== 0
      ? 'SIGKILL'
      : (bits & (ACTION.TG_ACTION_SIGNAL | ACTION.TG_ACTION_NOTIFY_ENFORCER)) !== 0 && signal
        ? signalName(signal) || `signal ${signal}`
        : undefined;
  const refused = (bits & REFUSALS) !== 0 && error !== undefined;
  return {
    ...(sent === undefined ? {} : { signal: sent }),
    ...(refused ? { error: errorName(error) } : {}),
  };
}

/** `EPERM` for 1; a number without a name as it is. Override may also answer 0, which is no error. */
function errorName(errno: number): string {
  if (!Number.isInteger(errno) || errno <= 0) return String(errno);
  const name = getSystemErrorName(-errno);
  return /^[A-Z]/.test(name) && !name.includes(' ') ? name : `errno ${errno}`;
}
