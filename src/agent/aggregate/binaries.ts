import { numberIn, type RecordSpan } from '../../events/wire/span.ts';
import { tg_exit_record as EXIT, tg_policy_record as POLICY } from '../../generated/layouts.ts';
import type { BinaryCounters, BinaryProfile, UntoldCounts } from '../messages.ts';
import type { ProcessEntry } from '../processTable.ts';
import {
  type Counter,
  countEvent,
  createCounter,
  secondOf,
  tellCounter,
  tellHistory,
} from './counter.ts';
import { isFailure } from './ending.ts';
import type { HitTarget, PolicyHit } from './hit.ts';
import { countEnding, countHit, countRan, countRanBy, countUser, tellProfile } from './profile.ts';
import { createProfiles } from './profiles.ts';
import { binaryOf, numberOf, type Program, runsInKernel, uidOf } from './program.ts';
import type { Changes, Now } from './tree.ts';
import {
  createUntold,
  eventsIn,
  NOTHING_UNTOLD,
  type Untold,
  type UntoldEvents,
} from './untold.ts';

/** Binaries kept. Beyond, those go that nobody runs any more, the least recently seen first; those that run always stay. */
export const MAX_BINARIES = 4096;

/**
 * Counters of each program. Processes of which nothing is known, and kernel threads, count nowhere: they have no binary.
 * A binary that was removed and comes back begins at 0.
 */
export type Binaries = {
  /** Of events that were lost or held back the kernel side tells only how many there were, by program. */
  readonly untold: Untold;
  /** A process that ran before us. */
  found(entry: ProcessEntry): void;
  forked(entry: ProcessEntry): void;
  executed(entry: ProcessEntry): void;
  /**
   * `entry` is undefined when lost records leave open what the process was. `time`: boot clock ns; `code`: wait(2)'s; `record`: the
   * kernel's, if there is one.
   */
  exited(
    pid: number,
    entry: ProcessEntry | undefined,
    time: bigint,
    code: number,
    record?: RecordSpan,
  ): void;
  /** It is gone, and nothing told of its exit. */
  vanished(pid: number): void;
  /** `about`: undefined when nothing more is known. */
  hit(
    entry: ProcessEntry | undefined,
    hit: PolicyHit,
    about: HitTarget | undefined,
    record?: RecordSpan,
  ): void;
  /** What changed since the last `take` or `all`. */
  take(now: Now): Changes<BinaryCounters>;
  /** Everything there is. */
  all(now: Now): BinaryCounters[];
  /** Everything about one of them; undefined: it isn't known (any more). */
  profile(binary: string, now: Now): BinaryProfile | undefined;
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
  const profiles = createProfiles();
  /** The second that trends were last told at. */
  let trendsAt = 0;

  /** `time`: of the event that asks. */
  const counterOf = (program: Program, time: number): Counter | undefined =>
    counterNamed(binaryOf(program), time);

  const counterNamed = (binary: string, time: number): Counter | undefined => {
    if (binary === '') return undefined;
    const known = counters.get(binary);
    if (known) return known;
    const counter = createCounter(binary, time, removed.delete(binary));
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
      profiles.forget(counter);
      if (counter.told) removed.add(counter.binary);
      if (counters.size <= MAX_BINARIES) return;
    }
  };

  /** An event. */
  const count = (counter: Counter, time: number) => {
    // Once a second is enough to tell which were seen last.
    if (countEvent(counter, secondOf(time))) profiles.touch(counter);
    see(counter, time);
  };

  const untold = createUntold((binary, { counts, told, first, last }: UntoldEvents) => {
    const counter = counterNamed(binary, Number(first));
    const lastSeen = Number(last);
    if (!counter) return;
    for (const name of Object.keys(counts) as (keyof typeof counts)[])
      counter[name] += counts[name];
    const events = eventsIn(counts);
    counter.untold += events - told;
    if (countEvent(counter, secondOf(lastSeen), events)) profiles.touch(counter);
    see(counter, lastSeen);
  });

  /** Most programs have one number for good. */
  const learnNumber = (counter: Counter, program: Program) => {
    const number = numberOf(program);
    if (number === 0) return;
    if (number === counter.number && untold.generation === counter.generation) return;
    counter.number = number;
    counter.generation = untold.generation;
    untold.learn(number, counter.binary);
  };

  /** An event was told, and not whose it is: the record of the exec was lost. @param at of the program's number in its record */
  const countByNumber = (
    entry: ProcessEntry | undefined,
    record: RecordSpan | undefined,
    at: number,
    time: number,
    counts: Partial<UntoldCounts>,
  ) => {
    if (!record || (entry && runsInKernel(entry.program))) return;
    const number = numberIn(record, at);
    if (number === 0) return;
    untold.count(number, {
      counts: { ...NOTHING_UNTOLD, ...counts },
      ...{ told: 1, first: BigInt(time), last: BigInt(time) },
    });
  };

  const see = (counter: Counter, time: number) => {
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
    const time = Number(entry.ktime);
    const counter = counterOf(entry.program, time);
    if (counter) {
      // Before `stop`, so that the program that a process runs anew never becomes idle in between.
      counter.running += 1;
      idle.delete(counter);
    }
    stop(entry.tgid);
    if (!counter) return undefined;
    runs.set(entry.tgid, counter);
    see(counter, time);
    return counter;
  };

  const rows = (some: Iterable<Counter>, now: Now): BinaryCounters[] =>
    Array.from(some, (counter) => {
      const row = tellCounter(counter, now);
      counter.told = true;
      counter.toldRecent = row.trend.reduce((sum, part) => sum + part, 0);
      return row;
    });

  /** Trends go on without an event, until they are empty. */
  const noteTrends = (boot: bigint) => {
    const second = secondOf(Number(boot));
    if (second === trendsAt) return;
    trendsAt = second;
    for (const counter of counters.values()) if (counter.toldRecent > 0) dirty.add(counter);
  };

  return {
    untold,
    found(entry) {
      const counter = run(entry);
      if (!counter) return;
      learnNumber(counter, entry.program);
      countUser(profiles.of(counter), uidOf(entry.program));
      // They come in no particular order.
      counter.firstSeen = Math.min(counter.firstSeen, Number(entry.ktime));
    },
    forked: (entry) => void run(entry),
    executed(entry) {
      const binary = binaryOf(entry.program);
      // It forked from that one, or ran that program itself before. `run` may forget it.
      const before = runs.get(entry.tgid);
      if (before && binary !== '') {
        countRan(profiles.of(before), binary);
        profiles.touch(before);
      }
      const counter = run(entry);
      if (!counter) return;
      learnNumber(counter, entry.program);
      const profile = profiles.of(counter);
      if (before) countRanBy(profile, before.binary);
      countUser(profile, uidOf(entry.program));
      counter.execs += 1;
      count(counter, Number(entry.ktime));
    },
    exited(pid, entry, endTime, code, record) {
      const time = Number(endTime);
      const counter = entry && counterOf(entry.program, time);
      stop(pid);
      if (!counter) {
        const failures = isFailure(code) ? 1 : 0;
        return countByNumber(entry, record, EXIT.at.program, time, { exits: 1, failures });
      }
      counter.exits += 1;
      if (isFailure(code)) counter.failures += 1;
      countEnding(profiles.of(counter), code);
      count(counter, time);
    },
    vanished: stop,
    hit(entry, { time, subject, killed, denied }, about, record) {
      const counter = entry && counterOf(entry.program, time);
      if (!counter)
        return countByNumber(entry, record, POLICY.at.program, time, {
          hits: 1,
          files: subject === 'file' ? 1 : 0,
          network: subject === 'network' ? 1 : 0,
          kills: killed ? 1 : 0,
          denials: denied ? 1 : 0,
        });
      counter.hits += 1;
      if (subject === 'file') counter.files += 1;
      if (subject === 'network') counter.network += 1;
      if (killed) counter.kills += 1;
      if (denied) counter.denials += 1;
      if (about) countHit(profiles.of(counter), about);
      count(counter, time);
    },
    take(now) {
      noteTrends(now.boot);
      const changes = { changed: rows(dirty, now), removed: [...removed] };
      dirty.clear();
      removed.clear();
      return changes;
    },
    all(now) {
      trendsAt = secondOf(Number(now.boot));
      dirty.clear();
      removed.clear();
      return rows(counters.values(), now);
    },
    profile(binary, now) {
      const counter = counters.get(binary);
      if (!counter) return undefined;
      return {
        counters: tellCounter(counter, now),
        history: tellHistory(counter, now),
        ...tellProfile(counter.profile),
      };
    },
  };
}
