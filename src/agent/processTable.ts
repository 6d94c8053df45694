import { tg_exec_record as EXEC } from '../generated/layouts.ts';

/** A process as the agent remembers it: its exec record undecoded, and who it is. */
export type ProcessEntry = {
  tgid: number;
  /** Exec id time, boot clock ns. */
  ktime: bigint;
  parentTgid: number;
  parentKtime: bigint;
  /** Forked, and no exec since: the record is its creator's. */
  cloned: boolean;
  /** Exec record (tg_exec_record with its texts); empty when nothing is known. */
  record: Uint8Array;
};

export type ProcessTable = {
  readonly size: number;
  fork(tgid: number, ktime: bigint, parentTgid: number, parentKtime: bigint): void;
  exec(record: Uint8Array): ProcessEntry;
  /** Marks a process as ended; it can still be found for a while, its children and late events refer to it. */
  exit(tgid: number, ktime: bigint): void;
  /** By exec id; one that has ended is found too, until newer ones push it out. */
  find(tgid: number, ktime: bigint): ProcessEntry | undefined;
  /** Whether a live process with this number is known. */
  has(tgid: number): boolean;
};

/** Ended processes kept, so that memory stays bounded however many come and go. */
const MAX_ENDED = 4096;

const EMPTY = new Uint8Array();

export function createProcessTable(): ProcessTable {
  const live = new Map<number, ProcessEntry>();
  /** Ended, or replaced by their own exec; in the order in which they ended. */
  const ended = new Map<string, ProcessEntry>();

  const keyOf = (tgid: number, ktime: bigint) => `${tgid}:${ktime}`;

  const retire = (entry: ProcessEntry) => {
    ended.set(keyOf(entry.tgid, entry.ktime), entry);
    if (ended.size <= MAX_ENDED) return;
    const oldest = ended.keys().next();
    if (!oldest.done) ended.delete(oldest.value);
  };

  const replace = (entry: ProcessEntry) => {
    const before = live.get(entry.tgid);
    if (before) retire(before);
    live.set(entry.tgid, entry);
  };

  const find = (tgid: number, ktime: bigint): ProcessEntry | undefined => {
    const entry = live.get(tgid);
    return entry?.ktime === ktime ? entry : ended.get(keyOf(tgid, ktime));
  };

  return {
    get size() {
      return live.size + ended.size;
    },
    fork(tgid, ktime, parentTgid, parentKtime) {
      const record = find(parentTgid, parentKtime)?.record ?? EMPTY;
      replace({ tgid, ktime, parentTgid, parentKtime, cloned: true, record });
    },
    exec(record) {
      const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
      const entry: ProcessEntry = {
        tgid: view.getUint32(EXEC.at.head.tgid, true),
        ktime: view.getBigUint64(EXEC.at.head.ktime, true),
        parentTgid: view.getUint32(EXEC.at.parent_tgid, true),
        parentKtime: view.getBigUint64(EXEC.at.parent_ktime, true),
        cloned: false,
        record,
      };
      replace(entry);
      return entry;
    },
    exit(tgid, ktime) {
      const entry = live.get(tgid);
      if (entry?.ktime !== ktime) return;
      live.delete(tgid);
      retire(entry);
    },
    find,
    has: (tgid) => live.has(tgid),
  };
}
