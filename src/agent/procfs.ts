import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Facts from /proc/PID/stat (proc_pid_stat(5)). */
export type ProcessStat = {
  pid: number;
  comm: string;
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

/** Last component of the process's path in the cgroup v2 hierarchy, '' in the root or without one. */
export function readCgroupName(pid: number): string {
  const line = readText(pid, 'cgroup')
    .split('\n')
    .find((entry) => entry.startsWith('0::'));
  return line ? line.slice(line.lastIndexOf('/') + 1) : '';
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
