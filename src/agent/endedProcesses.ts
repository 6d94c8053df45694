import type { ProcessEntry } from './processTable.ts';

/** Processes that have ended, in the order in which they did, in bounded memory: the oldest go. */
export type EndedProcesses = {
  readonly size: number;
  add(entry: ProcessEntry): void;
  /** By exec id; of several the last one. */
  find(tgid: number, ktime: bigint): ProcessEntry | undefined;
};

const NONE = -1;

/**
 * A circle of places, and for each last few bits of a number the chain of those who have them, the youngest first. For one that comes and one
 * that goes nothing is made: a text of the exec id, to find it in a Map by, is what most of its life's cost in the agent would be.
 *
 * @param most kept; a power of 2
 */
export function createEndedProcesses(most: number): EndedProcesses {
  const entries = new Array<ProcessEntry | undefined>(most).fill(undefined);
  /** Of each chain the place of its youngest. */
  const youngest = new Int32Array(most).fill(NONE);
  /** Of each place, those before and behind it in its chain. */
  const younger = new Int32Array(most).fill(NONE);
  const older = new Int32Array(most).fill(NONE);
  const chainOf = (tgid: number) => tgid & (most - 1);
  let next = 0;
  let size = 0;

  /** What has stood here longest of all is the last of its chain. */
  const clear = (place: number, { tgid }: ProcessEntry) => {
    const before = younger[place] ?? NONE;
    if (before === NONE) youngest[chainOf(tgid)] = NONE;
    else older[before] = NONE;
  };

  return {
    get size() {
      return size;
    },
    add(entry) {
      const place = next;
      next = (next + 1) & (most - 1);
      const oldest = entries[place];
      if (oldest) clear(place, oldest);
      else size += 1;
      const chain = chainOf(entry.tgid);
      const head = youngest[chain] ?? NONE;
      if (head !== NONE) younger[head] = place;
      entries[place] = entry;
      younger[place] = NONE;
      older[place] = head;
      youngest[chain] = place;
    },
    find(tgid, ktime) {
      let place = youngest[chainOf(tgid)] ?? NONE;
      while (place !== NONE) {
        const entry = entries[place];
        if (entry?.tgid === tgid && entry.ktime === ktime) return entry;
        place = older[place] ?? NONE;
      }
      return undefined;
    },
  };
}
