import type { ProcessEntry, ProcessTable } from './processTable.ts';
import type { ProcessStat } from './procfs.ts';

/** /proc is asked for at most so many of them at a time (about 2 ms). */
const MAX_READS = 100;

const NS_PER_TICK = 10_000_000n;

/**
 * Processes that only /proc told of. The kernel side has no entry for some of them and then won't tell of their exit: one that
 * was ending while we started, or one that the task iterator hides. So /proc is asked whether they are still there, until a
 * record of theirs shows that the kernel side knows them.
 */
export type Unconfirmed = {
  add(entry: ProcessEntry): void;
  /** Those that have ended, of the next few that are looked at. They are forgotten. */
  findGone(): ProcessEntry[];
};

export type ReadProcessStat = (
  pid: number,
) => Pick<ProcessStat, 'hasEnded' | 'startTicks'> | undefined;

export function createUnconfirmed(
  table: Pick<ProcessTable, 'findLive'>,
  readStat: ReadProcessStat,
): Unconfirmed {
  /** In the order in which they are looked at next. */
  const entries = new Set<ProcessEntry>();

  return {
    add: (entry) => void entries.add(entry),
    findGone() {
      const gone: ProcessEntry[] = [];
      for (const entry of [...entries].slice(0, MAX_READS)) {
        entries.delete(entry);
        // Replaced by what a fork or exec told, or ended by its exit: the kernel side knows it.
        if (table.findLive(entry.tgid) !== entry) continue;
        if (isRunning(entry, readStat)) entries.add(entry);
        else gone.push(entry);
      }
      return gone;
    },
  };
}

/** Whether /proc still shows the entry's process, and not as one that only waits to be collected. */
export function isRunning({ tgid, start }: ProcessEntry, readStat: ReadProcessStat): boolean {
  const stat = readStat(tgid);
  return stat !== undefined && !stat.hasEnded && BigInt(stat.startTicks) === start / NS_PER_TICK;
}
