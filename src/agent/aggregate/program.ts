import { posix } from 'node:path';
import { joinArguments } from '../../events/arguments.ts';
import { decodeUtf8 } from '../../events/text.ts';
import { containerIdOf, SHOWN_CONTAINER_ID_LENGTH } from '../../events/wire/container.ts';
import { readExecTexts } from '../../events/wire/process.ts';
import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';

/**
 * What is decoded from an exec record, each part on demand and at most once. All processes that run on the same record share
 * it: a forked one with its creator.
 */
export type Program = {
  /** tg_exec_record with its texts; empty when nothing is known. */
  readonly record: Uint8Array;
  /** Read through `binaryOf`. */
  binary: string | undefined;
  /** Read through `uidOf`. */
  uid: number | undefined;
  /** Read through `textsOf`. */
  texts: ProgramTexts | undefined;
};

/** Parts of Tetragon's process message. */
export type ProgramTexts = {
  arguments: string;
  uid: number;
  /** First characters of the container's id, or ''. */
  container: string;
};

export const createProgram = (record: Uint8Array): Program => ({
  record,
  binary: undefined,
  uid: undefined,
  texts: undefined,
});

/** Tetragon's `process.binary`; '' for kernel threads and where nothing is known. */
export function binaryOf(program: Program): string {
  program.binary ??= readBinary(program.record);
  return program.binary;
}

function readBinary(record: Uint8Array): string {
  if (record.length < EXEC.size) return '';
  const length = viewOf(record).getUint16(EXEC.at.filename_length, true);
  if (length === 0) return '';
  // An absolute file name, which is nearly every one, is the first text and all that it takes: no other is decoded.
  const filename = decodeUtf8(record.subarray(EXEC.size, EXEC.size + length));
  return filename.startsWith('/') ? filename : posix.join(readExecTexts(record).cwd, filename);
}

/** Effective user id at the exec; 0 where nothing is known. */
export function uidOf(program: Program): number {
  program.uid ??= readUid(program.record);
  return program.uid;
}

const readUid = (record: Uint8Array): number =>
  record.length < EXEC.size ? 0 : viewOf(record).getUint32(EXEC.at.euid, true);

export function textsOf(program: Program): ProgramTexts {
  program.texts ??= readTexts(program.record);
  return program.texts;
}

function readTexts(record: Uint8Array): ProgramTexts {
  if (record.length < EXEC.size) return { arguments: '', uid: 0, container: '' };
  const { argv, cgroup } = readExecTexts(record);
  return {
    arguments: joinArguments(argv),
    uid: readUid(record),
    container: containerIdOf(cgroup).slice(0, SHOWN_CONTAINER_ID_LENGTH),
  };
}

/** Mother of all kernel threads. */
const KTHREADD = 2;

/** Whether the process of this record is a kernel thread. */
export function isKernelThread(record: Uint8Array): boolean {
  if (record.length < EXEC.size) return false;
  const view = viewOf(record);
  const flags = view.getUint32(EXEC.at.flags, true);
  if (flags & FLAG.TG_KERNEL_THREAD) return true;
  if ((flags & FLAG.TG_SNAPSHOT) === 0 || view.getUint16(EXEC.at.exe_length, true) > 0)
    return false;
  // Told by /proc alone, which has no such flag.
  const pid = view.getUint32(EXEC.at.head.tgid, true);
  return pid === KTHREADD || view.getUint32(EXEC.at.parent_tgid, true) === KTHREADD;
}
