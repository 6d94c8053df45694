import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Facts from /proc/PID/stat (proc_pid_stat(5)). */
export type ProcessStat = {
  pid: number;
  comm: string;
  /** Has ended and only waits to be collected (state Z), or is being taken away (X). */
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

/** undefined when the process is gone. */
export function readStat(pid: number): ProcessStat | undefined {
  const text = readText(pid, 'stat');
  // comm may hold anything, parentheses and spaces included: it ends at the last one.
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, end),
    hasEnded: fields[0] === 'Z' || fields[0] === 'X',
    parent: Number(fields[1]),
    tty: Number(fields[4]),
    startTicks: Number(fields[19]),
  };
}

/** Path of the executable, '' for kernel threads and processes that are gone. */
export function readExe(pid: number): string {
  return readLink(pid, 'exe');
}

export function readCwd(pid: number): string {
  return readLink(pid, 'cwd');
}

/** Arguments as they lie in the process: strings, each ended by NUL. */
export function readArguments(pid: number): Uint8Array {
  try {
    return readFileSync(`/proc/${pid}/cmdline`);
  } catch {
    return new Uint8Array();
  }
}

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

/** The environment that the process was started with, as it lies in its memory now: strings, each ended by NUL. */
export function readEnvironmentBytes(pid: number): Uint8Array {
  try {
    return readFileSync(`/proc/${pid}/environ`);
  } catch {
    return new Uint8Array();
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
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function readLink(pid: number, file: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${file}`);
  } catch {
    return '';
  }
}
