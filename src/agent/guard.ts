import { listPids, type ProcessStat, readExe, readStat } from './procfs.ts';

/** Programs that keep sessions apart from the terminal they are shown on: under them sshd is no ancestor of ours. */
const MULTIPLEXERS = /(^|\/)(tmux|screen|SCREEN|zellij|dtach|abduco)( \(deleted\))?$/;

/**
 * The processes that no action may hit, with their start times: `own` (the agent, its guardian) and all their ancestors; every
 * process on the same controlling terminal; and, when an ancestor is a terminal multiplexer, everything that runs the same
 * program (its clients) and the ancestors of those.
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
  addTerminal(own, processes, addWithAncestors);
  addMultiplexerClients(found, processes, addWithAncestors);
  return new Map([...found].map((pid) => [pid, processes.get(pid)?.startTicks ?? 0]));
}

function addTerminal(
  own: readonly number[],
  processes: Map<number, ProcessStat>,
  add: (pid: number) => void,
): void {
  const terminals = new Set(own.map((pid) => processes.get(pid)?.tty ?? 0));
  terminals.delete(0);
  for (const { pid, tty } of processes.values()) if (terminals.has(tty)) add(pid);
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
