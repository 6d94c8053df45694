import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Shop } from './shop.ts';

/** What the load has done: see load.c, and actor.c for what it runs. */
export type LoadCounts = {
  /** Of the program `brief`, by its path; all of them have ended. */
  readonly execs: number;
  /** Of programs with paths that were used once. */
  readonly ownPaths: number;
  readonly forks: number;
  readonly files: number;
  readonly connects: number;
  /** Died of a signal that the load did not send. */
  readonly struck: number;
};

export type Load = {
  /** Resolves when it has ended by itself. @throws as `stop` */
  finished(): Promise<LoadCounts>;
  /** Ends what it runs; resolves when nothing of it is left. @throws when it could not do what it should */
  stop(): Promise<LoadCounts>;
  /** Why it ended by itself. */
  readonly failed: () => string | undefined;
};

/** Mixed deeds in the background, so many a second. */
export const startLoad = (shop: Shop, seed: number, perSecond: number): Load =>
  start(shop, ['mix', String(seed), String(perSecond), shop.folder]);

/** Programs a second: what every machine can do, and an export with all details can write. How much Trigon can take is for the benchmarks. */
const FILL_PER_SECOND = 1000;

/** Fills what a Trigon keeps of the past, so that its memory can only grow by what it shouldn't. `signal` ends it early. */
export function fillUp(
  shop: Shop,
  execs: number,
  binaries: number,
  signal?: AbortSignal,
): Promise<LoadCounts> {
  const load = start(shop, [
    'fill',
    ...[FILL_PER_SECOND, execs, binaries].map(String),
    shop.folder,
  ]);
  signal?.addEventListener('abort', () => void load.stop().catch(() => {}));
  return load.finished();
}

function start(shop: Shop, args: readonly string[]): Load {
  // A session of its own: what is on our terminal no policy kills, and Ctrl-C is ours. It ends with its input.
  const child = spawn(join(shop.folder, 'load'), args, { detached: true, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('latin1').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => {}); // it has ended
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.on('error', ({ message }) => {
      failure = message;
      resolve();
    });
    child.on('close', (code, signal) => {
      if (code !== 0) failure = `the load ended with ${signal ?? code}: ${errors}`;
      resolve();
    });
  });
  const finished = async (): Promise<LoadCounts> => {
    await ended;
    if (failure !== undefined) throw new Error(failure);
    return JSON.parse(output);
  };
  return {
    finished,
    failed: () => failure,
    stop() {
      child.stdin.end();
      return finished();
    },
  };
}

export const addLoads = (a: LoadCounts, b: LoadCounts): LoadCounts => ({
  execs: a.execs + b.execs,
  ownPaths: a.ownPaths + b.ownPaths,
  forks: a.forks + b.forks,
  files: a.files + b.files,
  connects: a.connects + b.connects,
  struck: a.struck + b.struck,
});
