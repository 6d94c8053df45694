import { joinArguments } from '../../events/arguments.ts';
import { containerIdOf, SHOWN_CONTAINER_ID_LENGTH } from '../../events/wire/container.ts';
import { readBinary, readExecTexts } from '../../events/wire/process.ts';
import { viewOf } from '../../events/wire/view.ts';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { hashText } from './hash.ts';

/**
 * What is decoded from an exec record, each part on demand and at most once. All processes that run on the same record share
 * it: a forked one with its creator.
 */
export type Program = {
  /** tg_exec_record with its texts; empty when nothing is known, or others told of it. */
  readonly record: Uint8Array;
  /** Of a program that an event of a log or of another agent told of: all of it is decoded from the start. */
  readonly told?: ToldProgram;
  /** Read through `binaryOf`. */
  binary: string | undefined;
  /** Read through `binaryHashOf`. */
  binaryHash: number | undefined;
  /** Read through `uidOf`. */
  uid: number | undefined;
  /** Read through `runsInKernel`. */
  inKernel: boolean | undefined;
  /** Read through `textsOf`. */
  texts: ProgramTexts | undefined;
};

/** Parts of Tetragon's process message. */
export type ProgramTexts = {
  arguments: string;
  uid: number;
  /** The user's name, where others told it. */
  user?: string | undefined;
  /** First characters of the container's id, or ''. */
  container: string;
};

/** What stands in an exec record besides, of a program that others told of. */
export type ToldProgram = {
  /** It ran before they began to watch. */
  readonly isOld: boolean;
  /** Its name in brackets, if it is a kernel thread. */
  readonly kernelThread?: string;
};

/** @param binary '' of a kernel thread */
export const createToldProgram = (
  told: ToldProgram,
  binary: string,
  texts: ProgramTexts,
): Program => ({
  record: NO_RECORD,
  told,
  binary,
  binaryHash: undefined,
  uid: texts.uid,
  inKernel: told.kernelThread !== undefined,
  texts,
});

const NO_RECORD = new Uint8Array();

/** Something is known of it. */
export const isKnownProgram = ({ record, told }: Program): boolean =>
  told !== undefined || record.length >= EXEC.size;

export const createProgram = (record: Uint8Array): Program => ({
  record,
  binary: undefined,
  binaryHash: undefined,
  uid: undefined,
  inKernel: undefined,
  texts: undefined,
});

/** Tetragon's `process.binary`; '' for kernel threads and where nothing is known. */
export function binaryOf(program: Program): string {
  program.binary ??= readBinary(program.record);
  return program.binary;
}

const HASH_OF_NONE = hashText('');

/** Of what `binaryOf` says of it, '' when it is undefined: hash.ts. */
export function binaryHashOf(program: Program | undefined): number {
  if (!program) return HASH_OF_NONE;
  program.binaryHash ??= hashText(binaryOf(program));
  return program.binaryHash;
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

/** By which the kernel side counts (tg_process.program); 0 where nothing is known. */
export const numberOf = ({ record }: Program): number =>
  record.length < EXEC.size ? 0 : readProgramNumber(viewOf(record), EXEC.at.program);

/** At most 52 bits: bpf/process_table.h, program_number. */
export const readProgramNumber = (view: DataView, at: number): number =>
  view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);

/** As `isKernelThread` of its record; asked for with every event. */
export function runsInKernel(program: Program): boolean {
  program.inKernel ??= isKernelThread(program.record);
  return program.inKernel;
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
