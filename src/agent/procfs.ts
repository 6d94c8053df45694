import { opendirSync, readdirSync, readlinkSync } from 'node:fs';
import { type Bounded, readBounded } from './readBounded.ts';

/** Longest of the texts here: the status of a process that is in 65,536 groups has 700 KB. */
const MAX_TEXT = 1 << 20;
/** Threads looked at, at most, for one that lives: a tracer can keep dead ones. */
const MAX_THREADS = 1000;

/** Facts from /proc/PID/stat (proc_pid_stat(5)). */
export type ProcessStat = {
  pid: number;
  comm: string;
  /** Has ended and only waits to be collected, or is being taken away: the last of its threads too. */
  hasEnded: boolean;
  parent: number;
  /** Controlling terminal's device number, 0: none. */
  tty: number;
  /** Start since boot in USER_HZ ticks (1/100 s). */
  startTicks: number;
};

/** Numbers of all processes of the host's pid namespace as /proc shows it. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** undefined when the process is gone, or can't be read. */
export function readStat(pid: number): ProcessStat | undefined {
  try {
    return readStatOrFail(pid);
  } catch {
    return undefined;
  }
}

/**
 * undefined when the process is gone, or not ours to see.
 * @throws when it may be there and can't be read: no descriptors are left, say
 */
export function readStatOrFail(pid: number): ProcessStat | undefined {
  const text = readUnlessGone(`/proc/${pid}/stat`);
  // comm may hold anything, parentheses and spaces included: it ends at the last one.
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, end),
    // The state is the main thread's, which may end before the others (pthread_exit).
    hasEnded: isOver(fields[0]) && findLiveThread(pid) === undefined,
    parent: Number(fields[1]),
    tty: Number(fields[4]),
    startTicks: Number(fields[19]),
  };
}

/** Dead (X), or dead and not collected (Z): it has no memory and no files any more. */
const isOver = (state: string | undefined): boolean => state === 'Z' || state === 'X';

/** A thread besides the main one that has not ended, or behind too many that have; undefined: there is none. */
function findLiveThread(pid: number): number | undefined {
  return unlessGone(() => {
    const folder = opendirSync(`/proc/${pid}/task`);
    try {
      for (let looked = 0; ; looked++) {
        const name = folder.readSync()?.name;
        if (name === undefined) return undefined;
        if (name === String(pid)) continue;
        const stat = readUnlessGone(`/proc/${pid}/task/${name}/stat`);
        if (hasLiveState(stat) || looked > MAX_THREADS) return Number(name);
      }
    } finally {
      folder.closeSync();
    }
  });
}

function hasLiveState(stat: string): boolean {
  const end = stat.lastIndexOf(')');
  return end >= 0 && !isOver(stat[end + 2]);
}

/** Folder in /proc that shows what is the process's: that of a thread which lives, when its main thread has ended. */
export function folderOf(pid: number): string {
  const folder = `/proc/${pid}`;
  try {
    const thread = hasLiveState(readUnlessGone(`${folder}/stat`)) ? undefined : findLiveThread(pid);
    return thread === undefined ? folder : `${folder}/task/${thread}`;
  } catch {
    return folder;
  }
}

/** Path of the executable, '' for kernel threads and processes that are gone. */
export function readExe(pid: number): string {
  return readLink(pid, 'exe');
}

/** Which of its kind it is in: `mnt:[4026531841]`; '' when the process is gone. */
export const readNamespace = (pid: number, kind: 'mnt' | 'user'): string =>
  readLink(pid, `ns/${kind}`);

export function readCwd(pid: number): string {
  return readLink(pid, 'cwd');
}

/**
 * Arguments as they lie in the process: strings, each ended by NUL.
 * @param most bytes
 */
export const readArguments = (pid: number, most: number): Bounded =>
  readMemory(pid, 'cmdline', most);

/**
 * The process's cgroup: its path in the unified hierarchy, or, where that is empty because v1 hierarchies are mounted, in the
 * memory controller's (cgroups(7)). '/' in the root, '' when the process is gone.
 */
export function readCgroup(pid: number): string {
  const lines = readText(pid, 'cgroup').split('\n');
  const pathIn = (prefix: RegExp) =>
    lines.find((line) => prefix.test(line))?.replace(/^\d+:[^:]*:/, '') ?? '';
  const unified = pathIn(/^0::/);
  return unified.length > 1 ? unified : pathIn(/^\d+:([^:]*,)?memory(,[^:]*)?:/) || unified;
}

/** Last component of the cgroup's path; '' in the root. */
export function readCgroupName(pid: number): string {
  const path = readCgroup(pid);
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * The environment that the process was started with, as it lies in its memory now: strings, each ended by NUL.
 * @param most bytes
 */
export const readEnvironmentBytes = (pid: number, most: number): Bounded =>
  readMemory(pid, 'environ', most);

/** Of a piece of its memory which the process chooses (PR_SET_MM in prctl(2)), so that it may be any length. */
function readMemory(pid: number, file: string, most: number): Bounded {
  try {
    return readBounded(`${folderOf(pid)}/${file}`, most);
  } catch {
    return { bytes: Buffer.alloc(0), isCut: false };
  }
}

/** Facts from /proc/PID/status (proc_pid_status(5)). */
export type ProcessStatus = {
  /** Real, effective, saved, file system. */
  uids: number[];
  gids: number[];
  /** Capability sets by their names there: Inh, Prm, Eff, Bnd, Amb. */
  capabilities: Readonly<Record<string, bigint>>;
  /** Number in the process's own pid namespace. */
  namespacePid: number;
};

/** undefined when the process is gone. */
export function readStatus(pid: number): ProcessStatus | undefined {
  const text = readText(pid, 'status');
  if (text === '') return undefined;
  const numbers = (name: string) =>
    (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '').split(/\s+/).map(Number);
  const sets = text.matchAll(/^Cap(\w+):\s*([0-9a-f]+)$/gm);
  return {
    uids: numbers('Uid'),
    gids: numbers('Gid'),
    capabilities: Object.fromEntries([...sets].map(([, name, hex]) => [name, BigInt(`0x${hex}`)])),
    namespacePid: numbers('NSpid').at(-1) ?? pid,
  };
}

function readText(pid: number, file: string): string {
  try {
    return readUnlessGone(`/proc/${pid}/${file}`);
  } catch {
    return '';
  }
}

/** '' when the process is gone. */
const readUnlessGone = (path: string): string =>
  unlessGone(() => readBounded(path, MAX_TEXT).bytes.toString()) ?? '';

const ABSENT = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

/** undefined when the process is gone, or not ours to see (hidepid in proc(5)); other failures are thrown on. */
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (ABSENT.includes(code)) return undefined;
    throw error;
  }
}

function readLink(pid: number, file: string): string {
  const own = `/proc/${pid}`;
  const target = linkOf(`${own}/${file}`);
  if (target !== '') return target;
  const folder = folderOf(pid);
  return folder === own ? '' : linkOf(`${folder}/${file}`);
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
