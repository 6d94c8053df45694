import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** How a process ended. */
export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not be started at all. */
  readonly error?: string;
};

/** A process that the benchmarks started, followed from its start on: the end of one that was killed has no exit code, and is told once. */
export type Child = {
  /** 0 when it could not be started. */
  readonly pid: number;
  /** undefined: it still runs. */
  ending(): Ending | undefined;
  readonly ended: Promise<Ending>;
  /** To the process alone. Nothing when it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Kills it with all of its process group: of those that were started `detached` it has its own. */
  kill(): void;
};

/** Long for whatever a program does at its end. */
const LIMIT_MS = 10_000;

/** To be called right after spawn(). */
export function followChild(child: ChildProcess): Child {
  const pid = child.pid ?? 0;
  let ending: Ending | undefined;
  const ended = new Promise<Ending>((resolve) => {
    const settle = (how: Ending) => {
      ending ??= how;
      resolve(ending);
    };
    child.once('exit', (code, signal) => settle({ code, signal }));
    child.on('error', (error) => {
      // Another error than that of its start is no end of it.
      if (pid === 0) settle({ code: null, signal: null, error: error.message });
    });
  });
  return {
    pid,
    ending: () => ending,
    ended,
    signal: (signal) => void child.kill(signal),
    kill() {
      if (pid > 0) killGroup(pid);
      child.kill('SIGKILL');
    },
  };
}

/** Nothing when there is no such group. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It was not started as one, or all of it has ended.
  }
}

/**
 * Asks a process to end, and kills it with its group when it doesn't within the limit. Resolves when it is gone, at once when it
 * was already.
 */
export async function endChild(
  child: Child,
  signal: NodeJS.Signals = 'SIGTERM',
  limitMs = LIMIT_MS,
): Promise<Ending> {
  if (child.ending() === undefined) child.signal(signal);
  const timer = setTimeout(() => child.kill(), limitMs);
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** As a shell has it, a launcher tells of its program's signal by its exit code. */
const BY_SIGNAL = 128;

/** "killed by SIGSEGV", "exit code 1", "not started: spawn x ENOENT" */
export function describeEnding({ code, signal, error }: Ending): string {
  if (error !== undefined) return `not started: ${error}`;
  const byCode = Object.entries(constants.signals).find(
    ([, number]) => code !== null && number === code - BY_SIGNAL,
  )?.[0];
  const killer = signal ?? byCode;
  return killer === undefined ? `exit code ${code}` : `killed by ${killer}`;
}
