import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Bench } from './fixtures.ts';

/** Of one system call: nanoseconds of the caller's CPU and of time; how many were made, and in how many runs that were timed. */
export type CallCost = {
  readonly cpuNs: number;
  readonly wallNs: number;
  readonly calls: number;
  readonly runs: number;
};

/** A process that makes system calls and times them: calls.c. */
export type Caller = {
  /**
   * @param kind see calls.c
   * @param seconds of CPU
   * @param most calls; 0: as many as fit
   */
  measure(kind: string, seconds: number, most?: number): Promise<CallCost>;
};

/**
 * Does the work with a caller, which has ended when this resolves.
 *
 * @param files what is opened, read and written; with a second one a thousandth of the calls are on that
 */
export async function withCaller<T>(
  { calls }: Bench,
  files: readonly string[],
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  const child = spawn(calls, files, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const caller: Caller = {
    async measure(kind, seconds, most = 0) {
      child.stdin.write(`${kind} ${seconds} ${most}\n`);
      const line = await lines.next();
      if (line.done) throw new Error('calls ended');
      const [cpuNs = Number.NaN, wallNs = Number.NaN, count = Number.NaN, runs = Number.NaN] =
        line.value.split(' ').map(Number);
      return { cpuNs, wallNs, calls: count, runs };
    },
  };
  try {
    return await work(caller);
  } finally {
    child.stdin.end();
    await closed;
  }
}
