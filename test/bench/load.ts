import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from './fixtures.ts';

/** Events that a policy of the benchmarks tells of. */
export type Load = {
  /** Resolves when it has ended by itself; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Resolves when it is gone, however it went. */
  stop(): Promise<void>;
};

/** Longer than whatever is measured meanwhile. */
const LONG_SECONDS = 1800;

/**
 * Reads one byte of a file so often; with `seconds` exactly perSecond × seconds times, however long that takes.
 * @param perSecond a multiple of 1000; 0: never
 */
export function startLoad(
  bench: Bench,
  perSecond: number,
  { seconds = LONG_SECONDS, files = [bench.target] }: { seconds?: number; files?: string[] } = {},
): Load {
  if (perSecond === 0) return { ended: Promise.resolve(), stop: async () => {} };
  const child = spawn(bench.reads, [String(perSecond), String(seconds), ...files], {
    stdio: 'ignore',
  });
  let isStopped = false;
  const ended = once(child, 'exit').then(([code, signal]) => {
    if (!isStopped && code !== 0) throw new Error(`reads ended with ${signal ?? code}`);
  });
  // Whoever waits for it is told; until then it is no crash of the benchmarks. What it did not tell of shows in the rate.
  const gone = ended.catch(() => {});
  return {
    ended,
    async stop() {
      isStopped = true;
      child.kill('SIGKILL');
      await gone;
    },
  };
}
