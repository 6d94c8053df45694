import { type PolicyHit, type RecordHit, readHit } from '../../../src/agent/aggregate/hit.ts';
import type { Now, ReadStat } from '../../../src/agent/aggregate/tree.ts';
import {
  createProcessTable,
  type ProcessEntry,
  type ProcessTable,
} from '../../../src/agent/processTable.ts';
import { spanOf } from '../../../src/events/wire/span.ts';
import {
  tg_exec_record as EXEC,
  tg_text_flag as FLAG,
  tg_fork_record as FORK,
  tg_record_kind as KIND,
} from '../../../src/generated/layouts.ts';
import { execRecord, type PolicyFields, policyRecord } from '../wire/records.ts';

/** What listens to the events of a world; any part of it. */
export type Listener = {
  found?(entry: ProcessEntry): void;
  forked?(entry: ProcessEntry): void;
  executed?(entry: ProcessEntry): void;
  exited?(pid: number, entry: ProcessEntry | undefined, time: bigint, code: number): void;
  hit?(pid: number, entry: ProcessEntry | undefined, hit: RecordHit): void;
};

type ProgramTexts = { args?: readonly string[]; uid?: number; cgroup?: string; cwd?: string };

/** Processes of an invented kernel: makes records, enters them in the real process table, tells the listener. */
export type World = {
  readonly table: ProcessTable;
  /** As /proc: what is true now, whatever records were lost. */
  readonly readStat: ReadStat;
  /** Pids that /proc was asked for. */
  readonly asked: number[];
  now(): Now;
  /** Lets time pass. */
  wait(ms: number): void;
  /** While `lossy` runs, no record arrives. */
  lose(lossy: () => void): void;
  /** A process that runs before anything is heard of it. Without a path: a kernel thread. */
  old(pid: number, parent: number, path?: string, start?: bigint): void;
  fork(pid: number, creator: number, parent?: number): void;
  exec(pid: number, path: string, texts?: ProgramTexts): void;
  /** Its children go to `heir`. */
  exit(pid: number, code?: number, heir?: number): void;
  hit(pid: number, hit?: Partial<PolicyHit>): void;
  /** A policy event with these values: only what is read of its record. */
  event(pid: number, args: readonly Uint8Array[], fields?: PolicyFields): void;
  keyOf(pid: number): string;
  ktimeOf(pid: number): bigint;
};

type Task = { start: bigint; ktime: bigint; parent: number; cloned: boolean };

const MS = 1_000_000n;
export const BOOT_TO_WALL = 1_700_000_000_000n * MS;

export function createWorld(listener: Listener): World {
  const table = createProcessTable();
  const tasks = new Map<number, Task>();
  /** Start times of all that ever were, for keys. */
  const starts = new Map<number, bigint>();
  const asked: number[] = [];
  let boot = 1_000_000n * MS + 7n;
  let losing = false;

  const tick = (): bigint => {
    boot += 1000n;
    return boot;
  };
  const task = (pid: number): Task => {
    const found = tasks.get(pid);
    if (!found) throw new Error(`no process ${pid}`);
    return found;
  };
  const ktimeOf = (pid: number): bigint => tasks.get(pid)?.ktime ?? 0n;
  const add = (pid: number, one: Task) => {
    tasks.set(pid, one);
    starts.set(pid, one.start);
  };

  const execRecordOf = (pid: number, path: string, texts: ProgramTexts, flags: number) => {
    const { start, ktime, parent, cloned } = task(pid);
    const args = [path, ...(texts.args ?? [])].map((arg) => `${arg}\0`).join('');
    const record = execRecord(
      { filename: path, exe: path, cwd: texts.cwd ?? '/', args, cgroup: texts.cgroup ?? '' },
      { tgid: pid, ktime, euid: texts.uid ?? 0, flags, cloned: cloned ? 1 : 0 },
    );
    const view = new DataView(record.buffer);
    view.setBigUint64(EXEC.at.start, start, true);
    view.setUint32(EXEC.at.parent_tgid, parent, true);
    view.setBigUint64(EXEC.at.parent_ktime, ktimeOf(parent), true);
    return record;
  };

  return {
    table,
    asked,
    readStat(pid) {
      asked.push(pid);
      const found = tasks.get(pid);
      return found && { parent: found.parent, comm: `comm-${pid}` };
    },
    now: () => ({ boot, bootToWall: BOOT_TO_WALL }),
    wait(ms) {
      boot += BigInt(ms) * MS;
    },
    lose(lossy) {
      losing = true;
      lossy();
      losing = false;
    },
    old(pid, parent, path, start = tick()) {
      add(pid, { start, ktime: start, parent, cloned: false });
      const flags = FLAG.TG_SNAPSHOT | (path === undefined ? FLAG.TG_KERNEL_THREAD : 0);
      const record = execRecordOf(pid, path ?? '', {}, flags);
      const entry = table.exec(record);
      listener.found?.(entry);
    },
    fork(pid, creator, parent = creator) {
      const ktime = tick();
      const start = ktime - 300n;
      const record = new Uint8Array(FORK.size);
      const view = new DataView(record.buffer);
      view.setUint32(FORK.at.head.kind, KIND.TG_RECORD_FORK, true);
      view.setUint32(FORK.at.head.tgid, pid, true);
      view.setBigUint64(FORK.at.head.ktime, ktime, true);
      view.setBigUint64(FORK.at.start, start, true);
      view.setUint32(FORK.at.parent_tgid, parent, true);
      view.setBigUint64(FORK.at.parent_ktime, ktimeOf(parent), true);
      view.setUint32(FORK.at.creator_tgid, creator, true);
      view.setBigUint64(FORK.at.creator_ktime, ktimeOf(creator), true);
      add(pid, { start, ktime, parent, cloned: true });
      if (losing) return;
      const entry = table.fork(spanOf(record));
      listener.forked?.(entry);
    },
    exec(pid, path, texts = {}) {
      const one = task(pid);
      one.ktime = tick();
      const record = execRecordOf(pid, path, texts, 0);
      one.cloned = false;
      if (losing) return;
      const entry = table.exec(record);
      listener.executed?.(entry);
    },
    exit(pid, code = 0, heir = 1) {
      const { ktime } = task(pid);
      const time = tick();
      tasks.delete(pid);
      for (const one of tasks.values()) if (one.parent === pid) one.parent = heir;
      if (losing) return;
      const entry = table.find(pid, ktime);
      table.exit(pid, { time, code });
      listener.exited?.(pid, entry, time, code);
    },
    hit(pid, hit = {}) {
      const entry = table.find(pid, ktimeOf(pid));
      const record = spanOf(policyRecord([], { tgid: pid, ktime: tick() }));
      listener.hit?.(pid, entry, { ...readHit(record), subject: 'file', ...hit });
    },
    event(pid, args, fields = {}) {
      const record = spanOf(policyRecord(args, { tgid: pid, ktime: tick(), ...fields }));
      listener.hit?.(pid, table.find(pid, ktimeOf(pid)), readHit(record));
    },
    keyOf: (pid) => `${pid}:${starts.get(pid)}`,
    ktimeOf,
  };
}
