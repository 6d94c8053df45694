import { posix } from 'node:path';
import { tg_exec_record as EXEC, tg_text_flag as FLAG } from '../../generated/layouts.ts';
import { joinArguments } from '../arguments.ts';
import { formatExecId } from '../execId.ts';
import { decodeUtf8 } from '../text.ts';
import type { EnvironmentVariable, Process, ProcessExtension } from '../types.ts';
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
  return {
    ...common,
    uid: view.getUint32(EXEC.at.euid, true),
    cwd: texts.cwd,
    binary: absolute(texts.filename, texts.cwd),
    arguments: joinArguments(texts.argv),
    flags: processFlags(flags, texts.cwd, who, view.getUint32(EXEC.at.cloned, true) !== 0),
    auid: view.getUint32(EXEC.at.auid, true),
    ...(owner.kind === 'container' ? { docker: owner.id.slice(0, SHOWN_CONTAINER_ID_LENGTH) } : {}),
    ...readDetail(view, texts.exe, detail),
    inInitTree: who.inInitTree,
    ...(texts.environment.length > 0 ? { environmentVariables: texts.environment } : {}),
    trigon: { argv: texts.argv, ...ownerDetail(owner) },
  };
}

function ownerDetail(owner: CgroupOwner): ProcessExtension {
  switch (owner.kind) {
    case 'container':
      return { runtime: owner.runtime };
    case 'unit':
      return { unit: owner.name };
    case 'none':
      return {};
  }
}

/** A file name made absolute; kernel threads have none. */
function absolute(filename: string, cwd: string): string {
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
