import { posix } from 'node:path';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { joinArguments } from '../arguments.ts';
import { formatExecId } from '../execId.ts';
import type { ContainerFact, Facts } from '../facts.ts';
import { decodeUtf8 } from '../text.ts';
import type { Container, EnvironmentVariable, Process, ProcessExtension } from '../types.ts';
import { type CgroupOwner, cgroupOwner, SHOWN_CONTAINER_ID_LENGTH } from './container.ts';
import {
  type DetailFields,
  NO_DETAIL,
  type ProcessDetail,
  readDetail,
  readEnvironment,
  wantsDetail,
} from './processDetail.ts';
import { viewOf } from './view.ts';

/** The texts of an exec record (bpf/events.h: tg_exec_record). */
export type ExecTexts = {
  filename: string;
  /** Resolved path of the executable: for a script, its interpreter's. */
  exe: string;
  cwd: string;
  argv: string[];
  cgroup: string;
  /** Empty unless the agent was asked to read environments. */
  environment: EnvironmentVariable[];
};

/** What an event says of its process beside the exec record. */
export type ProcessIdentity = {
  readonly tgid: number;
  readonly tid: number;
  readonly ktime: bigint;
  readonly parentTgid: number;
  readonly parentKtime: bigint;
  /** Forked, and no exec since: program and arguments are its creator's. */
  readonly cloned: boolean;
  /** Add to boot clock ns to get ns since the epoch. */
  readonly bootToWall: bigint;
  readonly node: string;
  /** Descends from the first process of a container. */
  readonly inInitTree: boolean;
};

export function readExecTexts(record: Uint8Array): ExecTexts {
  const view = viewOf(record);
  const filenameLength = view.getUint16(EXEC.at.filename_length, true);
  const exeAt = EXEC.size + filenameLength;
  const cwdAt = exeAt + view.getUint16(EXEC.at.exe_length, true);
  const argsAt = cwdAt + view.getUint16(EXEC.at.cwd_length, true);
  const cgroupAt = argsAt + view.getUint16(EXEC.at.args_length, true);
  const environmentAt = cgroupAt + view.getUint16(EXEC.at.cgroup_length, true);
  const environmentLength = view.getUint16(EXEC.at.environment_length, true);
  const text = textReader(record, environmentAt);
  return {
    filename: text(EXEC.size, exeAt),
    exe: text(exeAt, cwdAt),
    cwd: text(cwdAt, argsAt),
    argv: splitArguments(record, argsAt, cgroupAt, text),
    cgroup: text(cgroupAt, environmentAt),
    environment:
      environmentLength === 0
        ? []
        : readEnvironment(record.subarray(environmentAt, environmentAt + environmentLength)),
  };
}

/** Texts of a record, by where in it they begin and end. */
type TextReader = (from: number, to: number) => string;

/**
 * All texts are decoded at once, which costs little more than one of them, and cut out of that. This is the same as decoding each by itself
 * as long as there is a character for each byte: a character of several bytes makes fewer, also one whose bytes end one text and begin the next.
 */
function textReader(record: Uint8Array, end: number): TextReader {
  const all = decodeUtf8(record.subarray(EXEC.size, end));
  const isByteByByte = all.length === Math.min(end, record.length) - EXEC.size;
  return isByteByByte
    ? (from, to) => all.slice(from - EXEC.size, to - EXEC.size)
    : (from, to) => decodeUtf8(record.subarray(from, to));
}

/** Tetragon's `binary` of an exec record, alone; '' of a process of which only the number is known. */
export function readBinary(record: Uint8Array): string {
  if (record.length < EXEC.size) return '';
  const length = viewOf(record).getUint16(EXEC.at.filename_length, true);
  if (length === 0) return '';
  // An absolute file name, which is nearly every one, is the first text and all that it takes: no other is decoded.
  const filename = decodeUtf8(record.subarray(EXEC.size, EXEC.size + length));
  return filename.startsWith('/') ? filename : binaryPath(readExecTexts(record));
}

/** The name asked for last, and what it was decoded from: what is started together mostly lives in one cgroup. */
const lastCgroup = { bytes: new Uint8Array(), name: '' };

/** The last component of the path of the process's cgroup, alone. */
export function cgroupNameOf(record: Uint8Array): string {
  const view = viewOf(record);
  let start: number = EXEC.size;
  for (const lengthAt of BEFORE_CGROUP) start += view.getUint16(lengthAt, true);
  const end = Math.min(start + view.getUint16(EXEC.at.cgroup_length, true), record.length);
  if (!isAt(record, start, end, lastCgroup.bytes)) {
    lastCgroup.bytes = record.slice(start, end);
    lastCgroup.name = decodeUtf8(lastCgroup.bytes);
  }
  return lastCgroup.name;
}

/** Whether these bytes stand there. */
function isAt(record: Uint8Array, start: number, end: number, bytes: Uint8Array): boolean {
  if (end - start !== bytes.length) return false;
  for (let at = 0; at < bytes.length; at++) if (record[start + at] !== bytes[at]) return false;
  return true;
}

/** Lengths of the texts that lie before the cgroup's name. */
const BEFORE_CGROUP = [
  EXEC.at.filename_length,
  EXEC.at.exe_length,
  EXEC.at.cwd_length,
  EXEC.at.args_length,
];

/** Strings that end in NUL each; the last one may lack it, when it was cut. Empty arguments count. */
function splitArguments(record: Uint8Array, from: number, to: number, text: TextReader): string[] {
  const argv: string[] = [];
  const end = Math.min(to, record.length);
  for (let start = from; start < end; ) {
    const nul = record.indexOf(0, start);
    const stop = nul < 0 || nul > end ? end : nul;
    argv.push(text(start, stop));
    start = stop + 1;
  }
  return argv;
}

/** What an exec record says of a program: the same for whoever runs it. */
export type ExecProgram = {
  readonly uid: number;
  readonly auid: number;
  /** tg_text_flag */
  readonly flags: number;
  /** It was the first exec since a fork. */
  readonly isFirstExec: boolean;
  readonly cwd: string;
  /** Tetragon's. */
  readonly binary: string;
  readonly arguments: string;
  readonly argv: readonly string[];
  readonly environment: readonly EnvironmentVariable[];
  readonly owner: CgroupOwner;
  readonly detail: DetailFields | undefined;
};

/** @returns undefined of an empty record: it stands for a process of which only the number is known */
export function readExecProgram(
  record: Uint8Array,
  detail: ProcessDetail = NO_DETAIL,
): ExecProgram | undefined {
  if (record.length < EXEC.size) return undefined;
  const view = viewOf(record);
  const texts = readExecTexts(record);
  return {
    uid: view.getUint32(EXEC.at.euid, true),
    auid: view.getUint32(EXEC.at.auid, true),
    flags: view.getUint32(EXEC.at.flags, true),
    isFirstExec: view.getUint32(EXEC.at.cloned, true) !== 0,
    cwd: texts.cwd,
    binary: binaryPath(texts),
    arguments: joinArguments(texts.argv),
    argv: texts.argv,
    environment: texts.environment,
    owner: cgroupOwner(texts.cgroup),
    detail: wantsDetail(detail) ? readDetail(view, texts.exe, detail) : undefined,
  };
}

/** Tetragon's process message from an exec record; an empty record stands for a process of which only the number is known. */
export const readProcess = (
  record: Uint8Array,
  who: ProcessIdentity,
  detail?: ProcessDetail,
  facts?: Facts,
): Process => processOf(readExecProgram(record, detail), record, who, facts);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The process message of a program that was read. Made in one go, property by property: it is made for every event.
 *
 * @param program of this record; undefined: only the number is known
 */
export function processOf(
  program: ExecProgram | undefined,
  record: Uint8Array,
  who: ProcessIdentity,
  facts: Facts | undefined,
): Process {
  const { node, tgid, ktime, parentTgid, parentKtime } = who;
  const execId = formatExecId({ node, ktimeNs: ktime, pid: tgid });
  // As Tetragon does for a parent that it doesn't know.
  const parentExecId =
    parentKtime === 0n
      ? formatExecId({ node, ktimeNs: 1n, pid: 0 })
      : formatExecId({ node, ktimeNs: parentKtime, pid: parentTgid });
  const startTime = ktime + who.bootToWall;
  if (!program)
    return {
      ...{ execId, pid: tgid, startTime, parentExecId, tid: who.tid },
      ...{ cwd: '', binary: '', arguments: '', flags: 'unknown' },
    };
  const { owner, argv, environment, detail } = program;
  const sha256 = facts?.sha256(record);
  const trigon: Mutable<ProcessExtension> = { argv };
  const process: Mutable<Process> = {
    execId,
    pid: tgid,
    uid: program.uid,
    cwd: program.cwd,
    binary: program.binary,
    arguments: program.arguments,
    flags: processFlags(program, who),
    startTime,
    auid: program.auid,
    parentExecId,
    tid: who.tid,
    inInitTree: who.inInitTree,
    trigon,
  };
  if (owner.kind === 'unit') trigon.unit = owner.name;
  else if (owner.kind === 'container') tellContainer(process, trigon, owner, facts);
  if (detail) Object.assign(process, detail);
  if (environment.length > 0) process.environmentVariables = environment;
  if (sha256 !== undefined) trigon.sha256 = sha256;
  return process;
}

/** Adds what is known of the container that the process lives in. */
function tellContainer(
  process: Mutable<Process>,
  trigon: Mutable<ProcessExtension>,
  owner: Extract<CgroupOwner, { kind: 'container' }>,
  facts: Facts | undefined,
): void {
  const fact = facts?.container(owner.id);
  process.docker = owner.id.slice(0, SHOWN_CONTAINER_ID_LENGTH);
  trigon.runtime = owner.runtime;
  if (fact?.pod) process.pod = { ...fact.pod, container: podContainer(owner, fact) };
  else if (fact && (fact.name !== '' || fact.image !== ''))
    trigon.container = { id: fact.id, name: fact.name, image: fact.image };
}

/** What Tetragon has of a container in a pod. Ids begin with the runtime, as Kubernetes has them: `containerd://…`. */
function podContainer(
  { runtime }: Extract<CgroupOwner, { kind: 'container' }>,
  { id, name, image, imageId, startedAt }: ContainerFact,
): Container {
  return {
    id: runtime === 'container' ? id : `${runtime}://${id}`,
    name,
    ...(image === '' && imageId === '' ? {} : { image: { id: imageId, name: image } }),
    ...(startedAt === undefined ? {} : { startTime: BigInt(startedAt) * 1_000_000n }),
  };
}

/** Tetragon's `binary`: the file name made absolute; kernel threads have none. */
export function binaryPath({ filename, cwd }: Pick<ExecTexts, 'filename' | 'cwd'>): string {
  return filename === '' || filename.startsWith('/') ? filename : posix.join(cwd, filename);
}

/** Tetragon's words, in its order (reference/tetragon-events.md, 2.2). */
function processFlags(
  { flags, cwd, isFirstExec }: ExecProgram,
  { cloned, inInitTree }: ProcessIdentity,
): string {
  // Tetragon's own mark of a fork has the number of `execve`, and nothing else of the creator's flags is kept.
  if (cloned) return inInitTree ? 'execve inInitTree' : 'execve';
  const snapshot = (flags & FLAG.TG_SNAPSHOT) !== 0;
  let words = snapshot ? 'procFS' : 'execve';
  if (flags & FLAG.TG_ENVIRONMENT_ERROR) words += ' errorEnvs';
  if (flags & FLAG.TG_ARGS_TRUNCATED) words += ' truncArgs';
  if (flags & FLAG.TG_FILENAME_ERROR) words += ' errorFilename';
  if (flags & FLAG.TG_ARGS_ERROR) words += ' errorArgs';
  if (cwd === '/') words += ' rootcwd';
  if (isFirstExec && !snapshot) words += ' clone';
  if (flags & FLAG.TG_CWD_PARTIAL) words += ' errorPathResolutionCwd';
  if (inInitTree) words += ' inInitTree';
  return words;
}
