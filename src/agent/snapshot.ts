import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../generated/layouts.ts';
import { readArguments, readCgroupName, readCwd, readExe } from './procfs.ts';

/** Longest argument text taken from /proc; as TG_ARGS_MAX in bpf/events.h. */
const MAX_ARGS = 8192;

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

function completeRecord(fixed: Uint8Array): Uint8Array {
  const pid = new DataView(fixed.buffer, fixed.byteOffset).getUint32(EXEC.at.head.tgid, true);
  const exe = readExe(pid).replace(/ \(deleted\)$/, '');
  const texts = [exe, exe, readCwd(pid)].map((text) => Buffer.from(text));
  const all = readArguments(pid);
  const args = all.subarray(0, MAX_ARGS);
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
  if (all.length > MAX_ARGS)
    view.setUint32(
      EXEC.at.flags,
      view.getUint32(EXEC.at.flags, true) | FLAG.TG_ARGS_TRUNCATED,
      true,
    );
  return record;
}
