import { type ExecId, parseExecId } from '../../events/execId.ts';
import type { Process } from '../../events/types.ts';
import { SHOWN_CONTAINER_ID_LENGTH } from '../../events/wire/container.ts';
import { createToldProgram } from '../aggregate/program.ts';
import { createRecency } from '../aggregate/recency.ts';
import { createProcessTable, type ProcessEntry, type ProcessTable } from '../processTable.ts';
import { type Host, type Hosts, numberOf } from './hosts.ts';

/** Live processes kept: a log without exits would fill the memory. Beyond, the least recently seen one counts as gone. */
export const MAX_LIVE = 16_384;

/** A process that events told of. Its numbers are the models': hosts.ts; its times are of the wall clock. */
export type ToldEntry = ProcessEntry & {
  readonly process: Process;
  older: ToldEntry | undefined;
  newer: ToldEntry | undefined;
};

/** A process that an event names. */
export type Seen = {
  readonly entry: ToldEntry;
  /** Heard of for the first time. */
  readonly isNew: boolean;
};

type How = {
  /** The event tells of its exec. */
  readonly isExec?: boolean;
  /** Start of the process, boot clock ns, where it is known apart from its exec id. */
  readonly start?: bigint;
  /** Its name in brackets. */
  readonly kernelThread?: string | undefined;
};

export type ToldProcesses = {
  readonly table: Pick<ProcessTable, 'find' | 'findLive'>;
  /**
   * Takes in what an event says of a process: its own, its parent, an ancestor; those above it first.
   *
   * @param time of the event, ns since the epoch
   * @returns undefined where there is no process: the kernel, a process that a filter left out
   */
  see(process: Process, time: bigint, how?: How): Seen | undefined;
  /** Whether the process of this entry is live, whatever it runs by now. */
  isLive(entry: ToldEntry): boolean;
  /** @param code wait(2)'s */
  exit(entry: ToldEntry, time: bigint, code: number | undefined): void;
  /** Those that there is no room for any more, since the last call. */
  takeForgotten(): readonly ToldEntry[];
};

const NO_RECORD = new Uint8Array();

export function createToldProcesses(hosts: Hosts): ToldProcesses {
  const table = createProcessTable();
  const live = createRecency<ToldEntry>();
  /** By the number: what the table has of them is no ToldEntry by its type. */
  const entries = new Map<number, ToldEntry>();
  const known = new WeakMap<ProcessEntry, ToldEntry>();
  let forgotten: ToldEntry[] = [];

  const remove = (entry: ToldEntry) => {
    live.remove(entry);
    entries.delete(entry.tgid);
  };

  const add = (entry: ToldEntry) => {
    const before = entries.get(entry.tgid);
    if (before) live.remove(before);
    table.add(entry);
    known.set(entry, entry);
    entries.set(entry.tgid, entry);
    live.touch(entry);
    const { oldest } = live;
    if (entries.size <= MAX_LIVE || !oldest) return;
    table.exit(oldest.tgid);
    remove(oldest);
    forgotten.push(oldest);
  };

  const timeOfParent = ({ ktimeNs }: ExecId, tgid: number, { toWall }: Host): bigint =>
    ktimeNs === 0n ? (entries.get(tgid)?.ktime ?? 0n) : ktimeNs + toWall;

  /** A process of which nobody told an exec, and that runs the same as its parent, was forked by it. */
  const runsProgramOf = (tgid: number, ktime: bigint, process: Process): boolean => {
    const found = table.find(tgid, ktime);
    const parent = found && known.get(found)?.process;
    return parent?.binary === process.binary && parent.arguments === process.arguments;
  };

  return {
    table,
    see(process, time, { isExec = false, start, kernelThread } = {}) {
      const id = parseExecId(process.execId);
      // Of time 0: their parent wasn't known to those who tell; the same process has a better id elsewhere.
      if (!id || id.pid === 0 || id.ktimeNs === 0n) return undefined;
      const flags = process.flags.split(' ');
      const isOld = flags.includes('procFS');
      const wall = process.startTime ?? time;
      const host = hosts.of(id.node, id.ktimeNs, wall, isExec && !isOld);
      const tgid = numberOf(host, id.pid);
      const ktime = id.ktimeNs + host.toWall;
      const found = table.find(tgid, ktime);
      const same = found && known.get(found);
      if (same) {
        if (entries.get(tgid) === same) live.touch(same);
        return { entry: same, isNew: false };
      }
      const before = entries.get(tgid);
      const parent = parseExecId(process.parentExecId);
      const parentTgid = parent ? numberOf(host, parent.pid) : 0;
      const parentKtime = parentTgid === 0 || !parent ? 0n : timeOfParent(parent, parentTgid, host);
      // An exec without a fork is a step down: its parent is what the process ran before.
      const isReplacing = parentTgid === tgid;
      // The first exec since the fork says so; before, the process had an exec id of its own.
      const isFirst = isExec && flags.includes('clone') && before?.parentTgid === parentTgid;
      const isSameLife =
        before !== undefined && before.ktime <= ktime && (isReplacing || isFirst || before.cloned);
      const about = kernelThread === undefined ? { isOld } : { isOld, kernelThread };
      const entry: ToldEntry = {
        tgid,
        ktime,
        start: isSameLife ? before.start : start === undefined ? ktime : start + host.toWall,
        parentTgid: !isReplacing ? parentTgid : (before?.parentTgid ?? 0),
        parentKtime: !isReplacing ? parentKtime : (before?.parentKtime ?? 0n),
        previousKtime: isReplacing ? parentKtime : 0n,
        cloned:
          !isOld && !isExec && !isReplacing && runsProgramOf(parentTgid, parentKtime, process),
        inInitTree: process.inInitTree ?? false,
        record: NO_RECORD,
        program: createToldProgram(about, kernelThread === undefined ? process.binary : '', {
          arguments: process.arguments,
          uid: process.uid ?? 0,
          user: process.user?.name || undefined,
          container: (process.docker ?? '').slice(0, SHOWN_CONTAINER_ID_LENGTH),
        }),
        life: isSameLife ? before.life : { end: undefined, lastKtime: ktime },
        process,
        older: undefined,
        newer: undefined,
      };
      // A line out of order, about somebody whose number is another's by now.
      if (before && before.ktime > ktime) return { entry, isNew: false };
      entry.life.lastKtime = ktime;
      add(entry);
      return { entry, isNew: true };
    },
    isLive: (entry) => entries.get(entry.tgid)?.life === entry.life,
    exit(entry, time, code) {
      const current = entries.get(entry.tgid);
      if (current?.life !== entry.life) return;
      table.exit(entry.tgid, { time, code });
      remove(current);
    },
    takeForgotten() {
      const gone = forgotten;
      forgotten = [];
      return gone;
    },
  };
}
