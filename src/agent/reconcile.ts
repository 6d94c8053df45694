import { viewOf } from '../events/wire/view.ts';
import { tg_process as PROCESS } from '../generated/layouts.ts';
import type { BpfMap } from './bpf/addon.ts';
import { readU32, u32 } from './bytes.ts';
import type { ProcessEntry, ProcessTable } from './processTable.ts';
import { isRunning, type ReadProcessStat } from './unconfirmed.ts';

/**
 * Sets the agent's process table right after fork, exec or exit records were not told: the kernel side's table is kept whatever
 * becomes of the records.
 */
export type Reconciler = {
  /**
   * @param missed records that were not told so far, as counted before this call
   * @param now ms; what was missed is looked into only so often, and once at a time
   */
  findDifferences(missed: number, now: number): Promise<Differences>;
};

export type Differences = {
  /** They have ended, and the table has them as live. */
  gone: ProcessEntry[];
  /** Exec records of processes that run and that the table doesn't have, or has as what they were before their last exec. */
  unseen: Uint8Array[];
};

/** A process as the kernel side has it: tg_process. */
export type KernelProcess = { tgid: number; start: bigint; ktime: bigint; value: Uint8Array };

export type ReconcilerSources = {
  table: Pick<ProcessTable, 'findLive' | 'listLive'>;
  /** The map `processes`. */
  processes: Pick<BpfMap, 'entries' | 'get'>;
  /** Resolves when all records that are pending now have been taken in. */
  caughtUp(): Promise<void>;
  readStat: ReadProcessStat;
  /** Its exec record, made from /proc; undefined when it is gone. */
  readRecord(process: KernelProcess, parentKtime: (pid: number) => bigint): Uint8Array | undefined;
};

/** Reading a large kernel-side table takes about 20 ms. */
const EVERY_MS = 2000;
/** Processes read from /proc at a time (about 20 ms); the others wait for the next time. */
const MAX_READS = 200;

const NS_PER_TICK = 10_000_000n;
const NOTHING: Differences = { gone: [], unseen: [] };

export function createReconciler(sources: ReconcilerSources): Reconciler {
  const { table, processes, caughtUp, readStat, readRecord } = sources;
  let isLooking = false;
  let settled = 0;
  let lastAt = Number.NEGATIVE_INFINITY;

  const isGone = (entry: ProcessEntry, known: KernelProcess | undefined): boolean => {
    if (known && isSameTime(entry.start, known.start)) return false;
    // Its record came meanwhile.
    if (table.findLive(entry.tgid) !== entry) return false;
    // Some processes were never in the kernel side's table: those that the task iterator hides, and those that found it full.
    return !isRunning(entry, readStat);
  };

  const isUnseen = ({ tgid, ktime }: KernelProcess): boolean => {
    const entry = table.findLive(tgid);
    return !entry || (entry.ktime < ktime && !isSameTime(entry.ktime, ktime));
  };

  /** It has not ended, nor called exec, up to now: whatever happens to it next will be told, or counted as missed. */
  const isStillThere = ({ tgid, ktime }: KernelProcess): boolean => {
    const value = processes.get(u32(tgid));
    return value !== undefined && viewOf(value).getBigUint64(PROCESS.at.ktime, true) === ktime;
  };

  return {
    async findDifferences(missed, now) {
      if (isLooking || missed === settled || now - lastAt < EVERY_MS) return NOTHING;
      lastAt = now;
      isLooking = true;
      // In this order: who is in the first list and not in the second has ended before the third step, which then may tell of it.
      const live = table.listLive();
      const known = new Map(
        processes
          .entries()
          .map(kernelProcess)
          .map((one) => [one.tgid, one]),
      );
      await caughtUp().finally(() => {
        isLooking = false;
      });
      const gone = live.filter((entry) => isGone(entry, known.get(entry.tgid)));
      const parentKtime = (pid: number) =>
        known.get(pid)?.ktime ?? table.findLive(pid)?.ktime ?? 0n;
      // Parents come before their children.
      const unseen = [...known.values()].filter(isUnseen).sort((a, b) => Number(a.start - b.start));
      if (unseen.length <= MAX_READS) settled = missed;
      return {
        gone,
        unseen: unseen.slice(0, MAX_READS).flatMap((process) => {
          const record = readRecord(process, parentKtime);
          return record && isStillThere(process) ? record : [];
        }),
      };
    },
  };
}

const kernelProcess = ({ key, value }: { key: Uint8Array; value: Uint8Array }): KernelProcess => ({
  tgid: readU32(key),
  start: viewOf(value).getBigUint64(PROCESS.at.start, true),
  ktime: viewOf(value).getBigUint64(PROCESS.at.ktime, true),
  value,
});

/** Whether a time in the agent's table is the kernel side's: /proc, which told of some, cuts times off to the tick. */
const isSameTime = (ours: bigint, kernels: bigint): boolean =>
  ours === kernels || (ours % NS_PER_TICK === 0n && ours / NS_PER_TICK === kernels / NS_PER_TICK);
