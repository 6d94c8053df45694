import { listPids, type ProcessStat, readExe, readStat } from './procfs.ts';

/** Programs that keep sessions apart from the terminal they are shown on: under them sshd is no ancestor of ours. */
const MULTIPLEXERS = /(^|\/)(tmux|screen|SCREEN|zellij|dtach|abduco)( \(deleted\))?$/;

/**
 * The processes that no action may hit, with their start times: `own` (the agent, its guardian) and all their ancestors; and, when
 * an ancestor is a terminal multiplexer, everything that runs the same program (its clients) and the ancestors of those. What runs
 * on the same terminal the kernel side knows by itself.
 */
export function findProtected(own: readonly number[]): Map<number, number> {
  const processes = new Map<number, ProcessStat>();
  for (const pid of listPids()) {
    const stat = readStat(pid);
    if (stat) processes.set(pid, stat);
  }
  const found = new Set<number>();
  const addWithAncestors = (pid: number) => {
    for (let at = processes.get(pid); at && !found.has(at.pid); at = processes.get(at.parent))
      found.add(at.pid);
  };
  for (const pid of own) addWithAncestors(pid);
  addMultiplexerClients(found, processes, addWithAncestors);
  return new Map([...found].map((pid) => [pid, processes.get(pid)?.startTicks ?? 0]));
}

/** Processes on the controlling terminals of these, by device number: a container's terminal may have the same one. */
export function findOnTerminals(own: readonly number[]): number[] {
  const terminals = new Set(own.map((pid) => readStat(pid)?.tty ?? 0));
  terminals.delete(0);
  return terminals.size === 0
    ? []
    : listPids().filter((pid) => terminals.has(readStat(pid)?.tty ?? 0));
}

function addMultiplexerClients(
  found: ReadonlySet<number>,
  processes: Map<number, ProcessStat>,
  add: (pid: number) => void,
): void {
  const programs = new Set([...found].map(readExe).filter((exe) => MULTIPLEXERS.test(exe)));
  if (programs.size === 0) return;
  for (const pid of processes.keys()) if (programs.has(readExe(pid))) add(pid);
}
