import { readFileSync } from 'node:fs';
import { descendants } from '../driver/descendants.ts';
import { sleep } from './cpu.ts';

/** Longer than Trigon's launcher waits for its program before it kills that. */
const LIMIT_MS = 8000;
const EVERY_MS = 50;

/** All processes that this one has started, and what these have started. */
export type Started = {
  /**
   * Ends them: those of ours are asked to, with SIGTERM; what is left when they are gone, or after the limit, is killed. New ones
   * that come meanwhile are ended too.
   */
  end(limitMs?: number): Promise<void>;
  /** Kills them all, now; also those that end() is still waiting for. */
  kill(): void;
};

export function watchStarted(): Started {
  const asked = new Set<number>();
  /** With the time of their start: a number may be given again. What loses its parent is still one of them. */
  const known = new Map<number, string | undefined>();
  const look = (): number[] => {
    const running = descendants(process.pid);
    for (const pid of running) known.set(pid, startOf(pid));
    return running;
  };
  const kill = (): void => {
    look();
    for (const [pid, start] of known)
      if (start !== undefined && startOf(pid) === start) send(pid, 'SIGKILL');
  };
  return {
    async end(limitMs = LIMIT_MS) {
      for (let waited = 0; waited < limitMs; waited += EVERY_MS) {
        const children = look().filter((pid) => parentOf(pid) === process.pid);
        if (children.length === 0) break;
        for (const pid of children) if (!asked.has(pid)) send(pid, 'SIGTERM');
        for (const pid of children) asked.add(pid);
        await sleep(EVERY_MS);
      }
      kill();
    },
    kill,
  };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** Fields of /proc/PID/stat behind the name, from the state on (proc_pid_stat(5)); undefined: it is gone. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

const parentOf = (pid: number): number => Number(statOf(pid)?.[1]);
const startOf = (pid: number): string | undefined => statOf(pid)?.[19];
