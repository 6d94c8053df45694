import type { BinaryCounters } from '../messages.ts';
import type { ProcessEntry } from '../processTable.ts';
import { isFailure } from './ending.ts';
import type { PolicyHit } from './hit.ts';
import { binaryOf, type Program } from './program.ts';
import type { Changes, Now } from './tree.ts';

/** Binaries kept. Beyond, those go that nobody runs any more, the least recently seen first; those that run always stay. */
export const MAX_BINARIES = 4096;

/**
 * Counters of each program. Processes of which nothing is known, and kernel threads, count nowhere: they have no binary.
 * A binary that was removed and comes back begins at 0.
 */
export type Binaries = {
  /** A process that ran before us. */
  found(entry: ProcessEntry): void;
  forked(entry: ProcessEntry): void;
  executed(entry: ProcessEntry): void;
  /** `entry` is undefined when lost records leave open what the process was. `time`: boot clock ns; `code`: wait(2)'s. */
  exited(pid: number, entry: ProcessEntry | undefined, time: bigint, code: number): void;
  /** It is gone, and nothing told of its exit. */
  vanished(pid: number): void;
  hit(entry: ProcessEntry | undefined, hit: PolicyHit): void;
  /** What changed since the last `take` or `all`. */
  take(now: Now): Changes<BinaryCounters>;
  /** Everything there is. */
  all(now: Now): BinaryCounters[];
};

/** A row in the making; `lastSeen` in boot clock ns, so that no event has to convert it. */
type Counter = Omit<BinaryCounters, 'lastSeen'> & {
  lastSeen: bigint;
  /** Somebody has its row. */
  told: boolean;
};

export function createBinaries(): Binaries {
  const counters = new Map<string, Counter>();
  /** Where each live process counts as running. */
  const runs = new Map<number, Counter>();
  /** Those that nobody runs, in the order in which the last one stopped: nothing happens to them afterwards. */
  const idle = new Set<Counter>();
  const dirty = new Set<Counter>();
  /** Removed, and somebody has their rows. */
  const removed = new Set<string>();

  const counterOf = (program: Program): Counter | undefined => {
    const binary = binaryOf(program);
    if (binary === '') return undefined;
    const known = counters.get(binary);
    if (known) return known;
    const counter: Counter = {
      binary,
      execs: 0,
      exits: 0,
      failures: 0,
      running: 0,
      files: 0,
      network: 0,
      hits: 0,
      kills: 0,
      denials: 0,
      events: 0,
      lastSeen: 0n,
      told: removed.delete(binary),
    };
    counters.set(binary, counter);
    idle.add(counter);
    trim(counter);
    return counter;
  };

  const trim = (spared: Counter) => {
    if (counters.size <= MAX_BINARIES) return;
    for (const counter of idle) {
      if (counter === spared) continue;
      counters.delete(counter.binary);
      idle.delete(counter);
      dirty.delete(counter);
      if (counter.told) removed.add(counter.binary);
      if (counters.size <= MAX_BINARIES) return;
    }
  };

  const see = (counter: Counter, time: bigint) => {
    if (time > counter.lastSeen) counter.lastSeen = time;
    dirty.add(counter);
  };

  const stop = (pid: number) => {
    const counter = runs.get(pid);
    if (!counter) return;
    runs.delete(pid);
    counter.running -= 1;
    dirty.add(counter);
    if (counter.running > 0) return;
    idle.add(counter);
    trim(counter);
  };

  /** Lets the process count as running this program only. */
  const run = (entry: ProcessEntry): Counter | undefined => {
    const counter = counterOf(entry.program);
    if (counter) {
      // Before `stop`, so that the program that a process runs anew never becomes idle in between.
      counter.running += 1;
      idle.delete(counter);
    }
    stop(entry.tgid);
    if (!counter) return undefined;
    runs.set(entry.tgid, counter);
    see(counter, entry.ktime);
    return counter;
  };

  const row = ({ told, lastSeen, ...counter }: Counter, bootToWall: bigint): BinaryCounters => ({
    ...counter,
    lastSeen: Number((lastSeen + bootToWall) / 1_000_000n),
  });

  const rows = (some: Iterable<Counter>, { bootToWall }: Now): BinaryCounters[] =>
    Array.from(some, (counter) => {
      counter.told = true;
      return row(counter, bootToWall);
    });

  return {
    found: (entry) => void run(entry),
    forked: (entry) => void run(entry),
    executed(entry) {
      const counter = run(entry);
      if (!counter) return;
      counter.execs += 1;
      counter.events += 1;
    },
    exited(pid, entry, time, code) {
      const counter = entry && counterOf(entry.program);
      stop(pid);
      if (!counter) return;
      counter.exits += 1;
      counter.events += 1;
      if (isFailure(code)) counter.failures += 1;
      see(counter, time);
    },
    vanished: stop,
    hit(entry, { time, subject, killed, denied }) {
      const counter = entry && counterOf(entry.program);
      if (!counter) return;
      counter.events += 1;
      counter.hits += 1;
      if (subject === 'file') counter.files += 1;
      if (subject === 'network') counter.network += 1;
      if (killed) counter.kills += 1;
      if (denied) counter.denials += 1;
      see(counter, time);
    },
    take(now) {
      const changes = { changed: rows(dirty, now), removed: [...removed] };
      dirty.clear();
      removed.clear();
      return changes;
    },
    all(now) {
      dirty.clear();
      removed.clear();
      return rows(counters.values(), now);
    },
  };
}
