import { viewOf } from '../events/wire/view.ts';
import {
  tg_exec_record as EXEC,
  tg_text_flag as FLAG,
  tg_process as PROCESS,
  tg_record_kind,
  tg_text_limit,
} from '../generated/layouts.ts';
import {
  listPids,
  readArguments,
  readCgroupName,
  readCwd,
  readExe,
  readStat,
  readStatus,
} from './procfs.ts';
import type { KernelProcess } from './reconcile.ts';

/** Longest argument text taken from /proc: as from the kernel. */
const MAX_ARGS = tg_text_limit.TG_ARGS_MAX;

/**
 * Exec records of the processes that ran before us, from the fixed parts that the kernel's task iterator gave
 * (`snapshot_tasks`) and the texts in /proc. A process that ended meanwhile keeps empty texts.
 */
export function completeSnapshot(fixedParts: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at + EXEC.size <= fixedParts.length; at += EXEC.size)
    records.push(completeRecord(fixedParts.subarray(at, at + EXEC.size)));
  return records;
}

/** Ns in one USER_HZ tick, the unit of start times in /proc/PID/stat. */
const NS_PER_TICK = 10_000_000n;

/**
 * Exec records of running processes that the kernel's iterator did not show, all of them from /proc: a kernel without it, or one
 * that hides a process (seen: PID 1 of a sandbox). Their start is only known to 10 ms, and their namespaces not at all.
 *
 * @param isKnown whether a live process is in the table already
 * @param parentKtime exec id time of a live process, 0 when it isn't known
 */
export function readMissing(
  isKnown: (pid: number) => boolean,
  parentKtime: (pid: number) => bigint,
): Uint8Array[] {
  return listPids()
    .filter((pid) => !isKnown(pid))
    .flatMap((pid) => {
      const fixed = fixedPartFromProc(pid, parentKtime);
      return fixed ? [completeRecord(fixed)] : [];
    });
}

/**
 * Exec record of a process that the kernel side knows while fork and exec were not told of it: from /proc, with the times and
 * namespaces of the kernel side's entry.
 *
 * @param nameOf what the program with this number was executed by, if it is known
 * @returns undefined when it is gone
 */
export function readUnseen(
  { tgid, start, ktime, value }: KernelProcess,
  parentKtime: (pid: number) => bigint,
  nameOf: (program: number) => string | undefined,
): Uint8Array | undefined {
  const fixed = fixedPartFromProc(tgid, parentKtime);
  if (!fixed) return undefined;
  const view = viewOf(fixed);
  if (view.getBigUint64(EXEC.at.start, true) / NS_PER_TICK !== start / NS_PER_TICK)
    return undefined;
  view.setBigUint64(EXEC.at.start, start, true);
  view.setBigUint64(EXEC.at.head.ktime, ktime, true);
  view.setBigUint64(EXEC.at.cgroup_id, viewOf(value).getBigUint64(PROCESS.at.cgroup, true), true);
  // The kernel side copies them from the one to the other too (bpf/process_table.h: set_standing).
  const { offset, size } = EXEC.fields.namespaces;
  fixed.set(value.subarray(PROCESS.at.namespaces, PROCESS.at.namespaces + size), offset);
  const program = viewOf(value).getBigUint64(PROCESS.at.program, true);
  view.setBigUint64(EXEC.at.program, program, true);
  return completeRecord(fixed, nameOf(Number(program)));
}

function fixedPartFromProc(
  pid: number,
  parentKtime: (pid: number) => bigint,
): Uint8Array | undefined {
  const stat = readStat(pid);
  const status = readStatus(pid);
  // Of a zombie no exit would ever be told.
  if (!stat || stat.hasEnded || !status) return undefined;
  const fixed = new Uint8Array(EXEC.size);
  const view = new DataView(fixed.buffer);
  const start = BigInt(stat.startTicks) * NS_PER_TICK;
  view.setUint32(EXEC.at.head.kind, tg_record_kind.TG_RECORD_EXEC, true);
  view.setBigUint64(EXEC.at.head.ktime, start, true);
  view.setUint32(EXEC.at.head.tgid, pid, true);
  view.setUint32(EXEC.at.head.tid, pid, true);
  view.setBigUint64(EXEC.at.start, start, true);
  view.setUint32(EXEC.at.parent_tgid, stat.parent, true);
  view.setBigUint64(EXEC.at.parent_ktime, parentKtime(stat.parent), true);
  const ids: [number, number | undefined][] = [
    [EXEC.at.uid, status.uids[0]],
    [EXEC.at.euid, status.uids[1]],
    [EXEC.at.suid, status.uids[2]],
    [EXEC.at.fsuid, status.uids[3]],
    [EXEC.at.gid, status.gids[0]],
    [EXEC.at.egid, status.gids[1]],
    [EXEC.at.sgid, status.gids[2]],
    [EXEC.at.fsgid, status.gids[3]],
    [EXEC.at.namespace_tgid, status.namespacePid],
  ];
  for (const [at, id] of ids) view.setUint32(at, id ?? 0, true);
  view.setBigUint64(EXEC.at.cap_permitted, status.capabilities.Prm ?? 0n, true);
  view.setBigUint64(EXEC.at.cap_effective, status.capabilities.Eff ?? 0n, true);
  view.setBigUint64(EXEC.at.cap_inheritable, status.capabilities.Inh ?? 0n, true);
  view.setBigUint64(EXEC.at.cap_ambient, status.capabilities.Amb ?? 0n, true);
  view.setUint32(EXEC.at.auid, 0xffffffff, true);
  view.setUint32(EXEC.at.flags, FLAG.TG_SNAPSHOT, true);
  return fixed;
}

/** @param filename what it was executed by, if that is known: /proc tells what it is */
function completeRecord(fixed: Uint8Array, filename?: string): Uint8Array {
  const pid = new DataView(fixed.buffer, fixed.byteOffset).getUint32(EXEC.at.head.tgid, true);
  const { bytes: args, isCut } = readArguments(pid, MAX_ARGS);
  // The link is unreadable for a process that has capabilities which we lack: what it was called by is the next best.
  const exe = readExe(pid).replace(/ \(deleted\)$/, '') || firstString(args);
  const texts = [filename ?? exe, exe, readCwd(pid)].map((text) => Buffer.from(text));
  const cgroup = Buffer.from(readCgroupName(pid));
  const parts: Uint8Array[] = [...texts, args, cgroup];
  const record = new Uint8Array(EXEC.size + parts.reduce((sum, part) => sum + part.length, 0));
  record.set(fixed);
  const view = new DataView(record.buffer);
  const lengths = [
    EXEC.at.filename_length,
    EXEC.at.exe_length,
    EXEC.at.cwd_length,
    EXEC.at.args_length,
    EXEC.at.cgroup_length,
  ];
  let at: number = EXEC.size;
  parts.forEach((part, index) => {
    view.setUint16(lengths[index] ?? 0, part.length, true);
    record.set(part, at);
    at += part.length;
  });
  view.setUint32(EXEC.at.head.size, record.length, true);
  if (isCut)
    view.setUint32(
      EXEC.at.flags,
      view.getUint32(EXEC.at.flags, true) | FLAG.TG_ARGS_TRUNCATED,
      true,
    );
  return record;
}

function firstString(strings: Uint8Array): string {
  const end = strings.indexOf(0);
  return Buffer.from(strings.subarray(0, end < 0 ? strings.length : end)).toString();
}
