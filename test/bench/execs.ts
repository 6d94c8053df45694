import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describeEnding, followChild } from './child.ts';
import type { Bench } from './fixtures.ts';

/** What execs.c is asked for. */
export type ExecLoad = {
  /** Programs that are started in all. */
  readonly count: number;
  /** Processes that share that out. */
  readonly workers: number;
  /** Programs started a second, all workers together; 0: as fast as it goes. */
  readonly perSecond: number;
  /** What is started. */
  readonly program: string;
};

/** Seconds. CPU of the load itself: fork, exec, run and exit of all its processes, what tracers in the kernel do there included. */
export type Cost = { readonly cpu: number; readonly wall: number };

/** Many times what the slowest tracer takes for the largest load: what hangs ends then. */
const LIMIT_MS = 300_000;

/**
 * Runs a load.
 *
 * @param wrap a command in front of it
 * @param beforeEnd called with the pid of what was spawned when all is done, before that ends; what it throws is thrown
 * @throws Error what the command said, when it failed
 */
export async function runExecs(
  { execs }: Bench,
  { count, workers, perSecond, program }: ExecLoad,
  wrap: readonly string[] = [],
  beforeEnd: (pid: number) => void = () => {},
): Promise<Cost> {
  const [command = '', ...args] = [...wrap, execs, ...[count, workers, perSecond].map(String)];
  const child = spawn(command, [...args, program], { detached: true, stdio: 'pipe' });
  const load = followChild(child);
  const closed = once(child, 'close').catch(() => {});
  const texts = { stdout: '', stderr: '' };
  let failure: unknown;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
    if (!texts.stdout.endsWith('\n')) return;
    try {
      beforeEnd(load.pid);
    } catch (error) {
      failure = error;
    }
    child.stdin.end();
  });
  // It may be gone before it reads that end.
  child.stdin.on('error', () => {});
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    load.kill();
  }, LIMIT_MS);
  const ending = await load.ended;
  clearTimeout(timer);
  // What it started and left behind, when it was killed, would keep its output open.
  if (ending.code !== 0) load.kill();
  else await closed;
  if (failure !== undefined) throw failure;
  const [cpu = Number.NaN, wall = Number.NaN] = texts.stdout.split(' ').map(Number);
  if (cpu > 0 && ending.code === 0) return { cpu, wall };
  const how = isLate ? `not done in ${LIMIT_MS / 1000} s` : describeEnding(ending);
  throw new Error(texts.stderr.trim() || `${command}: ${how}`);
}
