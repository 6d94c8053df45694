import { tg_counts as COUNTS, tg_policy_counts as POLICY_COUNTS } from '../../generated/layouts.ts';
import type { BpfMap } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import type { RunCounts, SelectorCounts } from '../messages.ts';
import { addCounts } from '../selectorCounts.ts';
import { sumPerCpu } from '../sensor.ts';

/** Sums a selector's counters over all CPUs. */
function readCounts(values: Uint8Array | undefined): SelectorCounts {
  const sum = sumPerCpu(values, COUNTS.size);
  return {
    matched: sum(COUNTS.at.matched),
    posted: sum(COUNTS.at.posted),
    rateLimited: sum(COUNTS.at.rate_limited),
    lost: sum(COUNTS.at.lost),
    wouldAct: sum(COUNTS.at.would_act),
    killed: sum(COUNTS.at.killed),
    signalled: sum(COUNTS.at.signalled),
    overridden: sum(COUNTS.at.overridden),
    sparedProtected: sum(COUNTS.at.spared_protected),
    sparedExpired: sum(COUNTS.at.spared_expired),
    sparedFused: sum(COUNTS.at.spared_fused),
    wrongContext: sum(COUNTS.at.wrong_context),
    failed: sum(COUNTS.at.failed),
    moot: sum(COUNTS.at.moot),
  };
}

/** @param numbers of a selector's counters */
export const readSelectorCounts = (map: BpfMap, numbers: readonly number[]): SelectorCounts =>
  addCounts(numbers.map((number) => readCounts(map.get(u32(number)))));

export function readRunCounts(map: BpfMap, policy: number): RunCounts {
  const sum = sumPerCpu(map.get(u32(policy)), POLICY_COUNTS.size);
  return {
    runs: sum(POLICY_COUNTS.at.runs),
    runTimeNs: sum(POLICY_COUNTS.at.run_time),
    argumentFaults: sum(POLICY_COUNTS.at.argument_faults),
    pendingLost: sum(POLICY_COUNTS.at.pending_lost),
  };
}
