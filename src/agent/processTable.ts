import { type RecordSpan, u32In, u64In } from '../events/wire/span.ts';
import { viewOf } from '../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_fork_record as FORK } from '../generated/layouts.ts';
import { createProgram, type Program } from './aggregate/program.ts';
import { createEndedProcesses } from './endedProcesses.ts';

/** A process as the agent remembers it: its exec record undecoded, and who it is. */
export type ProcessEntry = {
  tgid: number;
  /** Exec id time, boot clock ns. */
  ktime: bigint;
  /** Start of the process itself, boot clock ns: execs don't change it. */
  start: bigint;
  parentTgid: number;
  parentKtime: bigint;
  /** Exec id time of the program that this one took the place of, in the same process; 0 for the first since the fork. */
  previousKtime: bigint;
  /** Forked, and no exec since: the record is its creator's. */
  cloned: boolean;
  /** It is the first process of a pid namespace other than ours, or descends from one: a container's. */
  inInitTree: boolean;
  /** Exec record (tg_exec_record with its texts); empty when nothing is known. */
  record: Uint8Array;
  /** What was decoded of the record. */
  program: Program;
  /** Shared by all programs that the process has run. */
  life: ProcessLife;
};

/** How it goes with a process, whatever program it runs. */
export type ProcessLife = {
  /** undefined while it runs. */
  end: ProcessEnd | undefined;
  /** Exec id time of what it runs, or ran last. */
  lastKtime: bigint;
};

export type ProcessEnd = {
  /** Boot clock ns. */
  time: bigint;
  /** wait(2)'s; undefined: nobody told. */
  code: number | undefined;
};

export type ProcessTable = {
  readonly size: number;
  /** Takes a fork record. */
  fork(record: RecordSpan): ProcessEntry;
  /** Takes an exec record and keeps it. */
  exec(record: Uint8Array): ProcessEntry;
  /** Takes a process that others told of: no record is known of it. */
  add(entry: ProcessEntry): void;
  /** Marks a process as ended; it can still be found for a while, its children and late events refer to it. */
  exit(tgid: number, end?: ProcessEnd): void;
  /** By exec id; one that has ended is found too, until newer ones push it out. */
  find(tgid: number, ktime: bigint): ProcessEntry | undefined;
  /** The same; the time is where it stands in a record, so that of a process that runs no number of 64 bits is made. */
  findIn(tgid: number, record: RecordSpan, offset: number): ProcessEntry | undefined;
  /** The live process with this number. */
  findLive(tgid: number): ProcessEntry | undefined;
  listLive(): ProcessEntry[];
};

/** What a live process was looked for by last: the halves of its exec id's time. */
type Lookup = { entry: ProcessEntry | undefined; low: number; high: number };

/** A power of 2. */
const LOOKUPS = 256;

/** Ended processes kept, so that memory stays bounded however many come and go. A power of 2. */
const MAX_ENDED = 4096;

const UNKNOWN = createProgram(new Uint8Array());

const UNTOLD: ProcessEnd = { time: 0n, code: undefined };

/** /proc tells a start only to the tick of 10 ms, cut off; the kernel's records have it in full. */
const isSameTime = (known: bigint, told: bigint): boolean =>
  known === told || (known % NS_PER_TICK === 0n && told / NS_PER_TICK === known / NS_PER_TICK);

const NS_PER_TICK = 10_000_000n;

export function createProcessTable(): ProcessTable {
  const live = new Map<number, ProcessEntry>();
  /** Those replaced by their own exec too. */
  const ended = createEndedProcesses(MAX_ENDED);

  /** By the last bits of the number. */
  const lookups = Array.from(
    { length: LOOKUPS },
    (): Lookup => ({ entry: undefined, low: 0, high: 0 }),
  );

  const replace = (entry: ProcessEntry) => {
    const before = live.get(entry.tgid);
    if (before) {
      // Its exit was not told.
      if (before.life !== entry.life) before.life.end ??= UNTOLD;
      ended.add(before);
    }
    live.set(entry.tgid, entry);
  };

  const find = (tgid: number, ktime: bigint): ProcessEntry | undefined => {
    const entry = live.get(tgid);
    if (entry && isSameTime(entry.ktime, ktime)) return entry;
    return ended.find(tgid, ktime);
  };

  return {
    get size() {
      return live.size + ended.size;
    },
    fork(record) {
      const creator = find(
        u32In(record, FORK.at.creator_tgid),
        u64In(record, FORK.at.creator_ktime),
      );
      const program = creator?.program ?? UNKNOWN;
      const ktime = u64In(record, FORK.at.head.ktime);
      const entry: ProcessEntry = {
        tgid: u32In(record, FORK.at.head.tgid),
        ktime,
        start: u64In(record, FORK.at.start),
        parentTgid: u32In(record, FORK.at.parent_tgid),
        parentKtime: u64In(record, FORK.at.parent_ktime),
        previousKtime: 0n,
        cloned: true,
        inInitTree: creator?.inInitTree ?? false,
        record: program.record,
        program,
        life: { end: undefined, lastKtime: ktime },
      };
      replace(entry);
      return entry;
    },
    exec(record) {
      const view = viewOf(record);
      const tgid = view.getUint32(EXEC.at.head.tgid, true);
      const parentTgid = view.getUint32(EXEC.at.parent_tgid, true);
      const parentKtime = view.getBigUint64(EXEC.at.parent_ktime, true);
      const ktime = view.getBigUint64(EXEC.at.head.ktime, true);
      const previous = live.get(tgid);
      const isReplacing = previous && !previous.cloned && previous.ktime !== ktime;
      // What the process was before counts more than its parent: reparenting doesn't take it out of its container.
      const before = previous ?? find(parentTgid, parentKtime);
      const isInit = view.getUint32(EXEC.at.namespace_tgid, true) === 1 && tgid !== 1;
      const start = view.getBigUint64(EXEC.at.start, true);
      const isSameLife = previous !== undefined && isSameTime(previous.start, start);
      const entry: ProcessEntry = {
        tgid,
        ktime,
        start,
        parentTgid,
        parentKtime,
        previousKtime: isReplacing ? previous.ktime : 0n,
        cloned: false,
        inInitTree: isInit || (before?.inInitTree ?? false),
        record,
        program: createProgram(record),
        life: isSameLife ? previous.life : { end: undefined, lastKtime: ktime },
      };
      entry.life.lastKtime = ktime;
      replace(entry);
      return entry;
    },
    add: replace,
    exit(tgid, end = UNTOLD) {
      // Whichever exec it was: a number is not used again before its exit was recorded.
      const entry = live.get(tgid);
      if (!entry) return;
      entry.life.end = end;
      live.delete(tgid);
      ended.add(entry);
    },
    find,
    findIn(tgid, { view, at }, offset) {
      const low = view.getInt32(at + offset, true);
      const high = view.getInt32(at + offset + 4, true);
      const entry = live.get(tgid);
      const lookup = lookups[tgid & (LOOKUPS - 1)];
      if (entry && lookup?.entry === entry && lookup.low === low && lookup.high === high)
        return entry;
      const found = find(tgid, view.getBigUint64(at + offset, true));
      if (lookup && found && found === entry) {
        lookup.entry = found;
        lookup.low = low;
        lookup.high = high;
      }
      return found;
    },
    findLive: (tgid) => live.get(tgid),
    listLive: () => [...live.values()],
  };
}
