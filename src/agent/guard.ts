import {
  listPids,
  type ProcessStat,
  readExe,
  readNamespace,
  readStatOrFail,
  readStatus,
} from './procfs.ts';
import { sudoUid } from './sudoUser.ts';

/** Programs that keep sessions apart from the terminal they are shown on: under them sshd is no ancestor of ours. */
const MULTIPLEXERS = /(^|\/)(tmux|screen|SCREEN|zellij|dtach|abduco)( \(deleted\))?$/;

/** Whom Trigon hangs on. */
export type Guarded = {
  /**
   * The processes that no action may hit, with their start times: `own` (the agent, its guardian) and all their ancestors; and,
   * when an ancestor is a terminal multiplexer, everything that runs the same program in the same namespaces as the same user, root,
   * or who called sudo (its clients), and the ancestors of those.
   */
  readonly session: Map<number, number>;
  /**
   * Those on the controlling terminals of `own`, by device number: a container's terminal may have the same one. The kernel side
   * knows them by itself.
   */
  readonly onTerminal: ReadonlySet<number>;
};

/**
 * Reads all of /proc once: 25 µs for each process of the host.
 * @param pulse called at each of them: a host may have very many
 * @throws when a process may be there and can't be read: then nobody can say whom to spare
 */
export function findGuarded(own: readonly number[], pulse = () => {}): Guarded {
  const processes = new Map<number, ProcessStat>();
  for (const pid of listPids()) {
    pulse();
    const stat = readStatOrFail(pid);
    if (stat) processes.set(pid, stat);
  }
  return { session: sessionOf(own, processes), onTerminal: onTerminals(own, processes) };
}

function sessionOf(
  own: readonly number[],
  processes: ReadonlyMap<number, ProcessStat>,
): Map<number, number> {
  const found = new Set<number>();
  const addWithAncestors = (pid: number) => {
    for (let at = processes.get(pid); at && !found.has(at.pid); at = processes.get(at.parent))
      found.add(at.pid);
  };
  for (const pid of own) addWithAncestors(pid);
  addMultiplexerClients(found, processes, addWithAncestors);
  return new Map([...found].map((pid) => [pid, processes.get(pid)?.startTicks ?? 0]));
}

function onTerminals(
  own: readonly number[],
  processes: ReadonlyMap<number, ProcessStat>,
): Set<number> {
  const terminals = new Set(own.map((pid) => processes.get(pid)?.tty ?? 0));
  terminals.delete(0);
  const on = [...processes.values()].filter(({ tty }) => terminals.has(tty));
  return new Set(on.map(({ pid }) => pid));
}

function addMultiplexerClients(
  found: ReadonlySet<number>,
  processes: ReadonlyMap<number, ProcessStat>,
  add: (pid: number) => void,
): void {
  const multiplexers = [...found].filter((pid) => MULTIPLEXERS.test(readExe(pid)));
  if (multiplexers.length === 0) return;
  const programs = new Set(multiplexers.map(programOf));
  // Anybody can run the program, and code of their own in it: only those who could take the session over anyway are spared.
  const users = new Set([0, sudoUid(), ...multiplexers.map(realUserOf)]);
  for (const pid of processes.keys())
    if (
      MULTIPLEXERS.test(readExe(pid)) &&
      programs.has(programOf(pid)) &&
      users.has(realUserOf(pid))
    )
      add(pid);
}

/** What it runs, and where: a container's program of the same path is another, and its root is not ours. */
const programOf = (pid: number): string =>
  [readExe(pid), readNamespace(pid, 'mnt'), readNamespace(pid, 'user')].join('\0');

/** Who started it, whatever set-user-id bits made of it. */
const realUserOf = (pid: number): number | undefined => readStatus(pid)?.uids[0];
