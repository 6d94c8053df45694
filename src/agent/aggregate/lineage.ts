import type { ProcessEntry, ProcessTable } from '../processTable.ts';

/** Whom an entry has for its parent. */
export type ParentOf = (entry: ProcessEntry) => Pick<ProcessEntry, 'parentTgid' | 'parentKtime'>;

/** Of processes: the one it had at its fork or last exec. */
export const parentProcess: ParentOf = (entry) => entry;

/**
 * Of programs: the one that this program took the place of in its process, if that ran one since its fork; else the parent process.
 * This is what Tetragon's events have, where an exec without a fork is a step down the tree.
 */
export const parentProgram: ParentOf = (entry) =>
  entry.previousKtime === 0n ? entry : { parentTgid: entry.tgid, parentKtime: entry.previousKtime };

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
  parentOf: ParentOf = parentProcess,
): ProcessEntry[] {
  const lineage: ProcessEntry[] = [];
  let entry = findEntry(table, pid, ktime);
  while (entry && lineage.length < MAX_LINEAGE && !lineage.includes(entry)) {
    lineage.push(entry);
    const { parentTgid, parentKtime } = parentOf(entry);
    entry = findEntry(table, parentTgid, parentKtime);
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
