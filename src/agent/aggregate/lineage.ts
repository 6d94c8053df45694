import type { ProcessEntry, ProcessTable } from '../processTable.ts';

/** Ancestors told at most; real chains have a dozen. */
export const MAX_LINEAGE = 64;

/**
 * A process, named by its exec id, and its ancestors upwards, as far as they are known: each one's parent is the one it had at
 * its fork or last exec, which may have ended, not the one that the kernel gave it since.
 */
export function lineageOf(
  table: Pick<ProcessTable, 'find' | 'findLive'>,
  pid: number,
  ktime: bigint,
): ProcessEntry[] {
  const lineage: ProcessEntry[] = [];
  let entry = findEntry(table, pid, ktime);
  while (entry && lineage.length < MAX_LINEAGE && !lineage.includes(entry)) {
    lineage.push(entry);
    entry = findEntry(table, entry.parentTgid, entry.parentKtime);
  }
  return lineage;
}

/**
 * The table forgets programs that a process ran before, but a live process that started before the exec id's time, and has
 * its number, can only be the one that is meant: it runs another program now.
 */
function findEntry(
  table: Pick<ProcessTable, 'find' | 'findLive'>,
  pid: number,
  ktime: bigint,
): ProcessEntry | undefined {
  const entry = table.find(pid, ktime);
  if (entry) return entry;
  const live = table.findLive(pid);
  return live && live.start <= ktime ? live : undefined;
}
