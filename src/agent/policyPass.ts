import { PACKED_FLAG, PACKED_KIND, type RecordHead } from '../events/wire/packed.ts';
import { type RecordSpan, u32In } from '../events/wire/span.ts';
import { tg_record as RECORD } from '../generated/layouts.ts';
import { runsInKernel } from './aggregate/program.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Output } from './output.ts';
import type { ProcessEntry } from './processTable.ts';

const EMPTY = new Uint8Array();

/** Bits of a packed event's flags. */
export const flagsOf = (entry: ProcessEntry | undefined): number =>
  entry
    ? (entry.cloned ? PACKED_FLAG.cloned : 0) | (entry.inInitTree ? PACKED_FLAG.inInitTree : 0)
    : PACKED_FLAG.unknownProcess;

/**
 * Hands policy records to the screen straight from where they lie: while nobody else takes events, none is made of them. As with
 * all events for screens, the parent is the parent process.
 *
 * @param add of an output that takes records
 */
export function createPolicyPass(
  metrics: Pick<Metrics, 'addRecord'>,
  add: NonNullable<Output['addRecord']>,
): (record: RecordSpan, entry: ProcessEntry | undefined, bootToWall: bigint) => void {
  /** Of the record at hand. */
  const head: RecordHead = {
    ...{ kind: PACKED_KIND.policy, flags: 0, tgid: 0, tid: 0 },
    ...{ ktime: 0n, parentTgid: 0, parentKtime: 0n },
  };
  return (record, entry, bootToWall) => {
    // Kernel threads run before us or are left out by the sensor; what they do is nobody's process.
    if (entry && runsInKernel(entry.program)) return;
    head.flags = flagsOf(entry);
    head.tgid = u32In(record, RECORD.at.tgid);
    head.tid = u32In(record, RECORD.at.tid);
    head.ktime = entry?.ktime ?? 0n;
    head.parentTgid = entry?.parentTgid ?? 0;
    head.parentKtime = entry?.parentKtime ?? 0n;
    metrics.addRecord(record, entry?.program);
    add(head, record, bootToWall, entry?.record ?? EMPTY);
  };
}
