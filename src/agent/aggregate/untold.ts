import type { UntoldCounts } from '../messages.ts';

/** Events of a program that are known by number only. */
export type UntoldEvents = {
  readonly counts: UntoldCounts;
  /** So many of them were told, but not whose they are: the event that tells was lost. */
  readonly told: number;
  /** Boot clock ns, of the first and the latest. */
  readonly first: bigint;
  readonly last: bigint;
};

/** Names of programs kept by their number. */
export const MAX_NAMES = 8192;
/** Numbers kept that have no name yet. Beyond that some that nobody knew make room, and what comes counts among the others at once. */
export const MAX_NAMELESS = 4096;

/**
 * What programs the numbers are by which the kernel side counts (bpf/program_names.h). A name may come after the events: exec records
 * that lie in the ring are read later than the kernel side's counters, and of execs that were lost the kernel side is asked.
 */
export type Untold = {
  /** Grows when names are forgotten: then they may be learnt anew. */
  readonly generation: number;
  /** @param program not 0 */
  learn(program: number, binary: string): void;
  nameOf(program: number): string | undefined;
  count(program: number, events: UntoldEvents): void;
  /** Those without a name that something was counted for since they were last asked for. */
  takeNameless(most: number): number[];
  /** Of all programs for which the kernel side had no room. */
  setOthers(counts: UntoldCounts): void;
  /** These, and those of whom nobody has told a name. */
  others(): UntoldCounts;
};

/** @param add takes the events of a program with a name */
export function createUntold(add: (binary: string, events: UntoldEvents) => void): Untold {
  const names = new Map<number, string>();
  const nameless = new Map<number, UntoldEvents>();
  /** Of them those that nobody had a name for when they were asked for, oldest first. */
  const asked = new Set<number>();
  let unnumbered = NOTHING_UNTOLD;
  /** Of those above. */
  let waiting = NOTHING_UNTOLD;
  let crowded = NOTHING_UNTOLD;
  let generation = 1;

  const drop = (program: number): UntoldEvents | undefined => {
    const events = nameless.get(program);
    if (!events) return undefined;
    nameless.delete(program);
    asked.delete(program);
    waiting = difference(waiting, events.counts);
    return events;
  };

  /** Whose name nobody had is the least likely to get one: it stays among the others for good. */
  const makeRoom = () => {
    let left = MAX_NAMELESS / 8;
    for (const program of asked) {
      if (left === 0) return;
      left -= 1;
      const events = drop(program);
      if (events) crowded = sumOf(crowded, events.counts);
    }
  };

  return {
    get generation() {
      return generation;
    },
    learn(program, binary) {
      names.set(program, binary);
      if (names.size > MAX_NAMES) {
        forgetOldest(names);
        generation += 1;
      }
      if (nameless.size === 0) return;
      const events = drop(program);
      if (events) add(binary, events);
    },
    nameOf: (program) => names.get(program),
    count(program, events) {
      const binary = names.get(program);
      if (binary !== undefined) return add(binary, events);
      const before = nameless.get(program);
      if (!before && nameless.size >= MAX_NAMELESS) makeRoom();
      if (before || nameless.size < MAX_NAMELESS) {
        nameless.set(program, before ? joined(before, events) : events);
        asked.delete(program);
        waiting = sumOf(waiting, events.counts);
      } else crowded = sumOf(crowded, events.counts);
    },
    takeNameless(most) {
      const taken: number[] = [];
      if (nameless.size === asked.size) return taken;
      for (const program of nameless.keys()) {
        if (taken.length === most) break;
        if (asked.has(program)) continue;
        asked.add(program);
        taken.push(program);
      }
      return taken;
    },
    setOthers(counts) {
      unnumbered = counts;
    },
    others: () => sumOf(sumOf(unnumbered, crowded), waiting),
  };
}

/** A part of them at once: one whose first key is taken away again and again is slow (fifo.ts). */
function forgetOldest(names: Map<number, string>): void {
  let left = MAX_NAMES / 8;
  for (const program of names.keys()) {
    names.delete(program);
    left -= 1;
    if (left === 0) return;
  }
}

export const NOTHING_UNTOLD: UntoldCounts = {
  ...{ execs: 0, exits: 0, failures: 0 },
  ...{ hits: 0, files: 0, network: 0, kills: 0, denials: 0 },
};

/** Failures are exits, and what hits are about or did are hits. */
export const eventsIn = ({ execs, exits, hits }: UntoldCounts): number => execs + exits + hits;

const COUNTS = Object.keys(NOTHING_UNTOLD) as (keyof UntoldCounts)[];

export const isNothing = (counts: UntoldCounts): boolean =>
  COUNTS.every((name) => counts[name] === 0);

function combined(
  a: UntoldCounts,
  b: UntoldCounts,
  combine: (a: number, b: number) => number,
): UntoldCounts {
  const result = { ...NOTHING_UNTOLD };
  for (const name of COUNTS) result[name] = combine(a[name], b[name]);
  return result;
}

const sumOf = (a: UntoldCounts, b: UntoldCounts) => combined(a, b, (one, other) => one + other);

export const difference = (after: UntoldCounts, before: UntoldCounts): UntoldCounts =>
  combined(after, before, (one, other) => one - other);

const joined = (a: UntoldEvents, b: UntoldEvents): UntoldEvents => ({
  counts: sumOf(a.counts, b.counts),
  told: a.told + b.told,
  ...(a.first < b.first ? { first: a.first } : { first: b.first }),
  ...(a.last > b.last ? { last: a.last } : { last: b.last }),
});
