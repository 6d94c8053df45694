import { posix } from 'node:path';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { joinArguments } from '../arguments.ts';
import { formatExecId } from '../execId.ts';
import type { ContainerFact, Facts } from '../facts.ts';
import { decodeUtf8 } from '../text.ts';
import type { Container, EnvironmentVariable, Process, ProcessExtension } from '../types.ts';
import { type CgroupOwner, cgroupOwner, SHOWN_CONTAINER_ID_LENGTH } from './container.ts';
import { NO_DETAIL, type ProcessDetail, readDetail, readEnvironment } from './processDetail.ts';
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
  tgid: number;
  tid: number;
  ktime: bigint;
  parentTgid: number;
  parentKtime: bigint;
  /** Forked, and no exec since: program and arguments are its creator's. */
  cloned: boolean;
  /** Add to boot clock ns to get ns since the epoch. */
  bootToWall: bigint;
  node: string;
  /** Descends from the first process of a container. */
  inInitTree: boolean;
};

export function readExecTexts(record: Uint8Array): ExecTexts {
  const view = viewOf(record);
  let at: number = EXEC.size;
  const next = (lengthAt: number): Uint8Array => {
    const length = view.getUint16(lengthAt, true);
    const text = record.subarray(at, at + length);
    at += length;
    return text;
  };
  return {
    filename: decodeUtf8(next(EXEC.at.filename_length)),
    exe: decodeUtf8(next(EXEC.at.exe_length)),
    cwd: decodeUtf8(next(EXEC.at.cwd_length)),
    argv: splitArguments(next(EXEC.at.args_length)),
    cgroup: decodeUtf8(next(EXEC.at.cgroup_length)),
    environment: readEnvironment(next(EXEC.at.environment_length)),
  };
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

/** The last component of the path of the process's cgroup, alone. */
export function cgroupNameOf(record: Uint8Array): string {
  const view = viewOf(record);
  let start: number = EXEC.size;
  for (const lengthAt of BEFORE_CGROUP) start += view.getUint16(lengthAt, true);
  const length = view.getUint16(EXEC.at.cgroup_length, true);
  return decodeUtf8(record.subarray(start, start + length));
}

/** Lengths of the texts that lie before the cgroup's name. */
const BEFORE_CGROUP = [
  EXEC.at.filename_length,
  EXEC.at.exe_length,
  EXEC.at.cwd_length,
  EXEC.at.args_length,
];

/** Strings that end in NUL each; the last one may lack it, when it was cut. Empty arguments count. */
function splitArguments(bytes: Uint8Array): string[] {
  const argv: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0, start);
    argv.push(decodeUtf8(bytes.subarray(start, end < 0 ? bytes.length : end)));
    if (end < 0) break;
    start = end + 1;
  }
  return argv;
}

/** Tetragon's process message from an exec record; an empty record stands for a process of which only the number is known. */
export function readProcess(
  record: Uint8Array,
  who: ProcessIdentity,
  detail: ProcessDetail = NO_DETAIL,
  facts?: Facts,
): Process {
  const common = {
    execId: formatExecId({ node: who.node, ktimeNs: who.ktime, pid: who.tgid }),
    pid: who.tgid,
    startTime: who.ktime + who.bootToWall,
    // As Tetragon does for a parent that it doesn't know.
    parentExecId: formatExecId(
      who.parentKtime === 0n
        ? { node: who.node, ktimeNs: 1n, pid: 0 }
        : { node: who.node, ktimeNs: who.parentKtime, pid: who.parentTgid },
    ),
    tid: who.tid,
  };
  if (record.length < EXEC.size)
    return { ...common, cwd: '', binary: '', arguments: '', flags: 'unknown' };
  const view = viewOf(record);
  const texts = readExecTexts(record);
  const flags = view.getUint32(EXEC.at.flags, true);
  const owner = cgroupOwner(texts.cgroup);
  const container = owner.kind === 'container' ? facts?.container(owner.id) : undefined;
  const sha256 = facts?.sha256(record);
  return {
    ...common,
    uid: view.getUint32(EXEC.at.euid, true),
    cwd: texts.cwd,
    binary: binaryPath(texts),
    arguments: joinArguments(texts.argv),
    flags: processFlags(flags, texts.cwd, who, view.getUint32(EXEC.at.cloned, true) !== 0),
    auid: view.getUint32(EXEC.at.auid, true),
    ...podDetail(owner, container),
    ...(owner.kind === 'container' ? { docker: owner.id.slice(0, SHOWN_CONTAINER_ID_LENGTH) } : {}),
    ...readDetail(view, texts.exe, detail),
    inInitTree: who.inInitTree,
    ...(texts.environment.length > 0 ? { environmentVariables: texts.environment } : {}),
    trigon: {
      argv: texts.argv,
      ...ownerDetail(owner, container),
      ...(sha256 === undefined ? {} : { sha256 }),
    },
  };
}

/** What Tetragon has of a process in a pod. Ids begin with the runtime, as Kubernetes has them: `containerd://…`. */
function podDetail(owner: CgroupOwner, fact: ContainerFact | undefined): Pick<Process, 'pod'> {
  if (owner.kind !== 'container' || !fact?.pod) return {};
  const { id, name, image, imageId, startedAt } = fact;
  const container: Container = {
    id: owner.runtime === 'container' ? id : `${owner.runtime}://${id}`,
    name,
    ...(image === '' && imageId === '' ? {} : { image: { id: imageId, name: image } }),
    ...(startedAt === undefined ? {} : { startTime: BigInt(startedAt) * 1_000_000n }),
  };
  return { pod: { ...fact.pod, container } };
}

function ownerDetail(owner: CgroupOwner, fact: ContainerFact | undefined): ProcessExtension {
  switch (owner.kind) {
    case 'container': {
      const isTold = fact && !fact.pod && (fact.name !== '' || fact.image !== '');
      return {
        runtime: owner.runtime,
        ...(isTold ? { container: { id: fact.id, name: fact.name, image: fact.image } } : {}),
      };
    }
    case 'unit':
      return { unit: owner.name };
    case 'none':
      return {};
  }
}

/** Tetragon's `binary`: the file name made absolute; kernel threads have none. */
export function binaryPath({ filename, cwd }: Pick<ExecTexts, 'filename' | 'cwd'>): string {
  return filename === '' || filename.startsWith('/') ? filename : posix.join(cwd, filename);
}

/** Tetragon's words, in its order (reference/tetragon-events.md, 2.2). */
function processFlags(
  flags: number,
  cwd: string,
  { cloned, inInitTree }: ProcessIdentity,
  firstExec: boolean,
): string {
  // Tetragon's own mark of a fork has the number of `execve`, and nothing else of the creator's flags is kept.
  if (cloned) return inInitTree ? 'execve inInitTree' : 'execve';
  const words: string[] = [];
  const snapshot = (flags & FLAG.TG_SNAPSHOT) !== 0;
  words.push(snapshot ? 'procFS' : 'execve');
  if (flags & FLAG.TG_ENVIRONMENT_ERROR) words.push('errorEnvs');
  if (flags & FLAG.TG_ARGS_TRUNCATED) words.push('truncArgs');
  if (flags & FLAG.TG_FILENAME_ERROR) words.push('errorFilename');
  if (flags & FLAG.TG_ARGS_ERROR) words.push('errorArgs');
  if (cwd === '/') words.push('rootcwd');
  if (firstExec && !snapshot) words.push('clone');
  if (flags & FLAG.TG_CWD_PARTIAL) words.push('errorPathResolutionCwd');
  if (inInitTree) words.push('inInitTree');
  return words.join(' ');
}
