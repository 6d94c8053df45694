/** Policies in the layout that the kernel side reads (bpf/policy.h). Pure: bytes in, bytes out. */
import {
  tg_actions as ACTIONS,
  tg_answer_key as ANSWER_KEY,
  tg_answers as ANSWERS,
  tg_fd_access as FD_ACCESS,
  tg_filter as FILTER,
  tg_hook as HOOK,
  tg_limit as LIMIT,
  tg_policy as POLICY,
  tg_selector as SELECTOR,
  tg_site as SITE,
  tg_subject as SUBJECT,
  tg_syscall_sites as SYSCALL_SITES,
  tg_action,
  tg_hook_flag,
  tg_input,
  tg_mode,
  tg_operator,
  tg_rate_scope,
  tg_type,
  tg_value_flag,
  tg_value_spec as VALUE,
} from '../../generated/layouts.ts';
import type { Action } from '../../policies/model.ts';
import { overrideErrno } from '../../policies/override.ts';
import type { SyscallAccess, ValuePlan } from '../../policies/plan.ts';
import type { Fuse, PolicyMode } from '../messages.ts';
import { ACCESS_MASKS } from './accesses.ts';
import type { FilterSpec } from './filterSpec.ts';
import { PolicyRefusal } from './refusal.ts';

/** Where the values of a filter lie: the numbers of struct tg_filter. */
export type StoredSet = { set: number; count: number };

/** @param stored where the values of `filter.set` came to lie */
export function encodeFilter(filter: FilterSpec, stored: StoredSet | undefined): Uint8Array {
  const bytes = new Uint8Array(FILTER.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(FILTER.at.operator, tg_operator[filter.operator], true);
  view.setUint32(FILTER.at.argument, filter.argument, true);
  view.setUint32(FILTER.at.second, filter.second, true);
  view.setUint32(FILTER.at.field, filter.field, true);
  view.setUint32(FILTER.at.flags, filter.flags, true);
  view.setUint32(FILTER.at.set, stored?.set ?? 0, true);
  // Of numbers that are in the filter itself: how many pairs.
  view.setUint32(FILTER.at.count, stored?.count ?? filter.numbers.length >> 1, true);
  filter.numbers.forEach((number, index) => {
    view.setBigUint64(FILTER.at.numbers + index * 8, number, true);
  });
  return bytes;
}

export type SelectorNumbers = {
  firstFilter: number;
  filterCount: number;
  firstReturnFilter: number;
  returnFilterCount: number;
};

export function encodeSelector(
  numbers: SelectorNumbers,
  actions: ActionSpec,
  returnActions: ActionSpec,
): Uint8Array {
  const bytes = new Uint8Array(SELECTOR.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(SELECTOR.at.first_filter, numbers.firstFilter, true);
  view.setUint32(SELECTOR.at.filter_count, numbers.filterCount, true);
  view.setUint32(SELECTOR.at.first_return_filter, numbers.firstReturnFilter, true);
  view.setUint32(SELECTOR.at.return_filter_count, numbers.returnFilterCount, true);
  bytes.set(encodeActions(actions), SELECTOR.at.actions.bits);
  bytes.set(encodeActions(returnActions), SELECTOR.at.return_actions.bits);
  return bytes;
}

/** What a selector does when it matches. */
export type ActionSpec = {
  actions: readonly Action[];
  posts: boolean;
  /** Sets of the map `answers`, for Override and for NotifyEnforcer; 0: the program itself refuses. */
  answers: { override: number; enforcer: number };
  /** Where the socket of TrackSock and UntrackSock is, of an action with this `argSock`. */
  socket(argSock: number): number;
  /** What the hook does with the socket that it returns. */
  returned?: 'TrackSock' | 'UntrackSock' | undefined;
};

const ACTION_BITS: Partial<Record<Action['action'], keyof typeof tg_action>> = {
  Post: 'TG_ACTION_POST',
  Sigkill: 'TG_ACTION_SIGKILL',
  Signal: 'TG_ACTION_SIGNAL',
  Override: 'TG_ACTION_OVERRIDE',
  GetUrl: 'TG_ACTION_URL',
  DnsLookup: 'TG_ACTION_DNS',
  NotifyEnforcer: 'TG_ACTION_NOTIFY_ENFORCER',
  CleanupEnforcerNotification: 'TG_ACTION_CLEANUP_ENFORCER',
  TrackSock: 'TG_ACTION_TRACK_SOCK',
  UntrackSock: 'TG_ACTION_UNTRACK_SOCK',
  Set: 'TG_ACTION_SET',
};

const RATE_SCOPES = {
  thread: tg_rate_scope.TG_RATE_THREAD,
  process: tg_rate_scope.TG_RATE_PROCESS,
  global: tg_rate_scope.TG_RATE_GLOBAL,
} as const;

/** struct tg_actions. Of several signals, errors or rate limits in one list the last counts. */
export function encodeActions(spec: ActionSpec): Uint8Array {
  const bytes = new Uint8Array(ACTIONS.size);
  const view = new DataView(bytes.buffer);
  let bits: number = spec.posts ? 0 : tg_action.TG_ACTION_NOPOST;
  for (const action of spec.actions) {
    const bit = ACTION_BITS[action.action];
    if (bit) bits |= tg_action[bit];
    if (action.kernelStackTrace) bits |= tg_action.TG_ACTION_KERNEL_STACK;
    if (action.userStackTrace) bits |= tg_action.TG_ACTION_USER_STACK;
    if (action.imaHash) bits |= tg_action.TG_ACTION_IMA_HASH;
    if (action.argSig !== undefined) view.setUint32(ACTIONS.at.signal, action.argSig, true);
    encodeParameters(action, spec, view);
    if (action.rateLimit) {
      const { milliseconds, scope } = action.rateLimit;
      view.setUint32(ACTIONS.at.rate_scope, RATE_SCOPES[scope], true);
      view.setBigUint64(ACTIONS.at.rate_window, BigInt(milliseconds) * 1_000_000n, true);
    }
  }
  if (spec.returned) {
    bits |= tg_action[RETURNED[spec.returned]];
    view.setUint32(ACTIONS.at.sock, SUBJECT.TG_SUBJECT_RETURN, true);
  }
  view.setUint32(ACTIONS.at.bits, bits, true);
  return bytes;
}

const RETURNED = {
  TrackSock: 'TG_ACTION_TRACK_SOCK',
  UntrackSock: 'TG_ACTION_UNTRACK_SOCK',
} as const;

function encodeParameters(
  { action, argError, argSock, argIndex, argValue }: Action,
  { answers, socket }: ActionSpec,
  view: DataView,
): void {
  switch (action) {
    case 'Override':
      view.setInt32(ACTIONS.at.error, overrideErrno(argError), true);
      view.setUint32(ACTIONS.at.answers, answers.override, true);
      return;
    case 'NotifyEnforcer':
      // Without an error it only signals.
      if (argError !== undefined && argError !== 0)
        view.setInt32(ACTIONS.at.error, overrideErrno(argError), true);
      view.setUint32(ACTIONS.at.answers, answers.enforcer, true);
      return;
    case 'CleanupEnforcerNotification':
      view.setUint32(ACTIONS.at.answers, answers.enforcer, true);
      return;
    case 'TrackSock':
    case 'UntrackSock':
      view.setUint32(ACTIONS.at.sock, socket(argSock ?? 0), true);
      return;
    case 'Set':
      view.setUint32(ACTIONS.at.set_argument, argIndex ?? 0, true);
      view.setUint32(ACTIONS.at.set_value, argValue ?? 0, true);
      return;
    default:
      return;
  }
}

/** struct tg_hook. */
export type HookSpec = {
  policy: number;
  firstSelector: number;
  selectorCount: number;
  flags: readonly (keyof typeof tg_hook_flag)[];
  /** How many of the values are posted: those behind them only serve filters. */
  argumentCount: number;
  /** For each value of the hook the number of the site's value, or NO_VALUE. */
  values: readonly number[];
  returnValue: number;
  /** Bit n: value n is read when the call returns. */
  late: number;
  /** The hook at the other end of the call; 0: none. */
  pair: number;
  /** Filter that the process must pass; 0: none. */
  workload: number;
};

/** Stands for a value that can't be read at a site. */
export const NO_VALUE = LIMIT.TG_VALUES_PER_SITE;

export function encodeHook(hook: HookSpec): Uint8Array {
  const bytes = new Uint8Array(HOOK.size);
  const view = new DataView(bytes.buffer);
  const flags = hook.flags.reduce((bits, flag) => bits | tg_hook_flag[flag], 0);
  view.setUint32(HOOK.at.policy, hook.policy, true);
  view.setUint32(HOOK.at.first_selector, hook.firstSelector, true);
  view.setUint32(HOOK.at.selector_count, hook.selectorCount, true);
  view.setUint32(HOOK.at.flags, flags, true);
  view.setUint32(HOOK.at.argument_count, hook.argumentCount, true);
  view.setUint32(HOOK.at.late, hook.late, true);
  hook.values.forEach((value, position) => {
    view.setUint32(HOOK.at.values + position * 4, value, true);
  });
  view.setUint32(HOOK.at.values + LIMIT.TG_MAX_ARGS * 4, hook.returnValue, true);
  view.setUint32(HOOK.at.pair, hook.pair, true);
  view.setUint32(HOOK.at.workload, hook.workload, true);
  return bytes;
}

/** struct tg_value_spec. The plan's type must not be that of a `nop`. */
export function encodeValue(value: ValuePlan & { type: keyof typeof tg_type }): Uint8Array {
  if (value.steps.length > LIMIT.TG_MAX_STEPS)
    throw new PolicyRefusal(
      `a value is ${value.steps.length} pointers away; at most ${LIMIT.TG_MAX_STEPS} are followed`,
    );
  const bytes = new Uint8Array(VALUE.size);
  const view = new DataView(bytes.buffer);
  const input = typeof value.input === 'number' ? value.input : tg_input[value.input];
  const flags = value.flags.reduce((bits, flag) => bits | tg_value_flag[flag], 0);
  view.setUint32(VALUE.at.type, tg_type[value.type], true);
  view.setUint32(VALUE.at.input, input, true);
  view.setUint32(VALUE.at.flags, flags, true);
  view.setUint32(VALUE.at.size_input, value.sizeInput ?? LIMIT.TG_MAX_INPUTS, true);
  view.setUint32(VALUE.at.at_most, value.atMost, true);
  view.setUint32(VALUE.at.step_count, value.steps.length, true);
  view.setInt32(VALUE.at.offset, value.offset, true);
  value.steps.forEach((step, index) => {
    view.setInt32(VALUE.at.steps + index * 4, step, true);
  });
  return bytes;
}

/** struct tg_site. @param hooks numbers; 0 is an empty place. */
export function encodeSite(hooks: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(SITE.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(SITE.at.hook_count, hooks.length, true);
  hooks.forEach((hook, place) => {
    view.setUint32(SITE.at.hooks + place * 4, hook, true);
  });
  return bytes;
}

/** The sites of one system call; 0: none. */
export type SyscallSites = {
  enter: number;
  exit: number;
  file: number;
  fileReturn: number;
  accesses: SyscallAccess['accesses'];
  /** Another one whenever the hooks of `file` change; 0 until there are some. */
  generation: number;
};

export function encodeSyscallSites(sites: SyscallSites): Uint8Array {
  const bytes = new Uint8Array(SYSCALL_SITES.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(SYSCALL_SITES.at.enter, sites.enter, true);
  view.setUint32(SYSCALL_SITES.at.exit, sites.exit, true);
  view.setUint32(SYSCALL_SITES.at.file, sites.file, true);
  view.setUint32(SYSCALL_SITES.at.file_return, sites.fileReturn, true);
  view.setUint32(SYSCALL_SITES.at.generation, sites.generation, true);
  sites.accesses.forEach(({ argument, access }, index) => {
    const at = SYSCALL_SITES.at.accesses + index * FD_ACCESS.size;
    bytes[at + FD_ACCESS.at.argument] = argument;
    bytes[at + FD_ACCESS.at.mask] = ACCESS_MASKS[access];
  });
  return bytes;
}

/** struct tg_answer_key. @param syscall undefined: any */
export function encodeAnswerKey(set: number, syscall: number | undefined): Uint8Array {
  const bytes = new Uint8Array(ANSWER_KEY.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(ANSWER_KEY.at.set, set, true);
  view.setUint32(ANSWER_KEY.at.syscall, syscall ?? LIMIT.TG_ANY_SYSCALL, true);
  return bytes;
}

/** struct tg_answers. @param hooks their numbers */
export function encodeAnswers(hooks: Iterable<number>): Uint8Array {
  const bytes = new Uint8Array(ANSWERS.size);
  for (const hook of hooks) {
    const at = ANSWERS.at.hooks + (hook >> 3);
    bytes[at] = (bytes[at] ?? 0) | (1 << (hook & 7));
  }
  return bytes;
}

export type PolicySwitch = {
  mode: PolicyMode;
  /** Boot clock ns; ends enforce mode. */
  armedUntil: bigint;
  fuse: Fuse;
};

const MODES = {
  off: tg_mode.TG_MODE_OFF,
  monitor: tg_mode.TG_MODE_MONITOR,
  enforce: tg_mode.TG_MODE_ENFORCE,
} as const;

/**
 * Also resets the fuse, which is whole whenever a policy is armed.
 *
 * @param now boot clock ns, at which the first window of the fuse begins
 */
export function encodePolicy(state: PolicySwitch, now = 0n): Uint8Array {
  const bytes = new Uint8Array(POLICY.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(POLICY.at.mode, MODES[state.mode], true);
  view.setBigUint64(POLICY.at.armed_until, state.armedUntil, true);
  view.setBigUint64(POLICY.at.fuse_window, BigInt(state.fuse.seconds) * 1_000_000_000n, true);
  view.setUint32(POLICY.at.fuse_limit, state.fuse.limit, true);
  // The kernel side may be in the midst of deciding while this is written: who found it armed finds no fuse to go on with.
  if (state.mode !== 'enforce') view.setUint32(POLICY.at.fuse_blown, 1, true);
  // Else the first two processors would begin the first window together, each with a count of its own.
  else view.setBigUint64(POLICY.at.fuse_started, now, true);
  return bytes;
}

export function isFuseBlown(policy: Uint8Array | undefined): boolean {
  if (!policy) return false;
  return new DataView(policy.buffer, policy.byteOffset).getUint32(POLICY.at.fuse_blown, true) !== 0;
}
