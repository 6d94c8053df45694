/**
 * Policies in the layout that the kernel side reads (bpf/policy.h). Pure: bytes in, bytes out.
 */
import {
  tg_counts as COUNTS,
  tg_exact_key as EXACT_KEY,
  tg_fd_access as FD_ACCESS,
  tg_filter as FILTER,
  tg_hook as HOOK,
  tg_policy as POLICY,
  tg_prefix_key as PREFIX_KEY,
  tg_selector as SELECTOR,
  tg_syscall_access as SYSCALL_ACCESS,
  tg_action,
  tg_mode,
  tg_operator,
  tg_source,
} from '../../generated/layouts.ts';
import { MAY_READ, MAY_WRITE, type SyscallAccess } from '../../policies/equivalents.ts';
import { parseWholeNumber } from '../../policies/numbers.ts';
import type { HookPlan, SelectorPlan } from '../../policies/plan.ts';
import type { Fuse, PolicyMode, SelectorCounts } from '../messages.ts';
import { sumPerCpu } from '../sensor.ts';

/** Hands out the number of a value set and takes its values. */
export type ValueSets = {
  exact(values: readonly string[]): number;
  prefix(values: readonly string[]): number;
};

export function encodeHook(policy: number, plan: HookPlan, sets: ValueSets): Uint8Array {
  const bytes = new Uint8Array(HOOK.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(HOOK.at.policy, policy, true);
  view.setUint32(HOOK.at.selector_count, plan.selectors.length, true);
  view.setUint32(HOOK.at.argument_count, plan.sources.length, true);
  plan.sources.forEach((source, index) => {
    view.setUint32(HOOK.at.arguments + index * 4, tg_source[source], true);
  });
  plan.selectors.forEach((selector, index) => {
    encodeSelector(view, HOOK.at.selectors + index * SELECTOR.size, selector, plan, sets);
  });
  return bytes;
}

function encodeSelector(
  view: DataView,
  at: number,
  selector: SelectorPlan,
  plan: HookPlan,
  sets: ValueSets,
): void {
  const actions =
    (selector.kills ? tg_action.TG_ACTION_SIGKILL : 0) |
    (selector.posts ? 0 : tg_action.TG_ACTION_NOPOST);
  view.setUint32(at + SELECTOR.at.actions, actions, true);
  const { matchBinaries } = selector;
  if (matchBinaries) {
    view.setUint32(at + SELECTOR.at.binaries, tg_operator.TG_OPERATOR_EQUAL, true);
    const negated = matchBinaries.operator === 'NotIn' ? 1 : 0;
    view.setUint32(at + SELECTOR.at.binaries_negated, negated, true);
    view.setUint32(at + SELECTOR.at.binaries_set, sets.exact(matchBinaries.values), true);
  }
  view.setUint32(at + SELECTOR.at.filter_count, selector.matchArgs.length, true);
  selector.matchArgs.forEach((filter, index) => {
    const to = at + SELECTOR.at.filters + index * FILTER.size;
    const source = plan.sources[filter.argument] ?? 'TG_SOURCE_NONE';
    const prefix = filter.operator.endsWith('Prefix');
    view.setUint32(to + FILTER.at.source, tg_source[source], true);
    view.setUint32(to + FILTER.at.negated, filter.operator.startsWith('Not') ? 1 : 0, true);
    view.setUint32(
      to + FILTER.at.operator,
      prefix ? tg_operator.TG_OPERATOR_PREFIX : tg_operator.TG_OPERATOR_EQUAL,
      true,
    );
    if (source === 'TG_SOURCE_FILE') {
      const set = prefix ? sets.prefix(filter.values) : sets.exact(filter.values);
      view.setUint32(to + FILTER.at.set, set, true);
      return;
    }
    view.setUint32(to + FILTER.at.number_count, filter.values.length, true);
    filter.values.forEach((value, position) => {
      const number = parseWholeNumber(value) ?? 0n;
      view.setBigInt64(to + FILTER.at.numbers + position * 8, number, true);
    });
  });
}

export function encodeExactKey(set: number, value: string): Uint8Array {
  const bytes = new Uint8Array(EXACT_KEY.size);
  const view = new DataView(bytes.buffer);
  const text = Buffer.from(value);
  view.setUint32(EXACT_KEY.at.set, set, true);
  view.setUint32(EXACT_KEY.at.length, text.length, true);
  bytes.set(text, EXACT_KEY.at.text);
  return bytes;
}

export function encodePrefixKey(set: number, value: string): Uint8Array {
  const bytes = new Uint8Array(PREFIX_KEY.size);
  const view = new DataView(bytes.buffer);
  const text = Buffer.from(value);
  view.setUint32(PREFIX_KEY.at.bits, 32 + text.length * 8, true);
  view.setUint32(PREFIX_KEY.at.set, set, true);
  bytes.set(text, PREFIX_KEY.at.text);
  return bytes;
}

export function encodeSyscallAccess(access: SyscallAccess): Uint8Array {
  const bytes = new Uint8Array(SYSCALL_ACCESS.size);
  access.accesses.forEach(({ argument, access: kind }, index) => {
    const at = SYSCALL_ACCESS.at.accesses + index * FD_ACCESS.size;
    bytes[at + FD_ACCESS.at.argument] = argument;
    bytes[at + FD_ACCESS.at.mask] = kind === 'read' ? MAY_READ : MAY_WRITE;
  });
  return bytes;
}

export type PolicySwitch = {
  mode: PolicyMode;
  /** Sigkill for selectors that have no enforcing action of their own. */
  addKill: boolean;
  /** Boot clock ns; ends enforce mode. */
  armedUntil: bigint;
  fuse: Fuse;
};

/** Also resets the fuse: it is whole whenever the agent sets a mode. */
export function encodePolicy(state: PolicySwitch): Uint8Array {
  const bytes = new Uint8Array(POLICY.size);
  const view = new DataView(bytes.buffer);
  const modes = {
    off: tg_mode.TG_MODE_OFF,
    monitor: tg_mode.TG_MODE_MONITOR,
    enforce: tg_mode.TG_MODE_ENFORCE,
  };
  view.setUint32(POLICY.at.mode, modes[state.mode], true);
  const added = state.addKill ? tg_action.TG_ACTION_SIGKILL : 0;
  view.setUint32(POLICY.at.armed_actions, added, true);
  view.setBigUint64(POLICY.at.armed_until, state.armedUntil, true);
  view.setBigUint64(POLICY.at.fuse_window, BigInt(state.fuse.seconds) * 1_000_000_000n, true);
  view.setUint32(POLICY.at.fuse_limit, state.fuse.limit, true);
  return bytes;
}

export function isFuseBlown(policy: Uint8Array | undefined): boolean {
  if (!policy) return false;
  return new DataView(policy.buffer, policy.byteOffset).getUint32(POLICY.at.fuse_blown, true) !== 0;
}

/** Sums a selector's counters over all CPUs. */
export function readCounts(values: Uint8Array | undefined): SelectorCounts {
  const sum = sumPerCpu(values, COUNTS.size);
  return {
    matched: sum(COUNTS.at.matched),
    posted: sum(COUNTS.at.posted),
    wouldKill: sum(COUNTS.at.would_kill),
    killed: sum(COUNTS.at.killed),
    sparedProtected: sum(COUNTS.at.spared_protected),
    sparedExpired: sum(COUNTS.at.spared_expired),
    sparedFused: sum(COUNTS.at.spared_fused),
    failed: sum(COUNTS.at.failed),
  };
}

export function addCounts(all: readonly SelectorCounts[]): SelectorCounts {
  const sum = readCounts(undefined);
  for (const counts of all)
    for (const name of Object.keys(sum) as (keyof SelectorCounts)[]) sum[name] += counts[name];
  return sum;
}
