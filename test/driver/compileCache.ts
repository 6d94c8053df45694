import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/trigon-tests', import.meta.url));

/**
 * Starts a worker thread that keeps what it has compiled, and finds it again the next time: from its sources an agent takes half a
 * second of a CPU less then (measured: 0.4 s, not 0.9). A worker takes the environment as it is at this moment; programs that the test
 * starts later don't have it.
 */
export function withCompileCache<T>(start: () => T): T {
  const before = process.env.NODE_COMPILE_CACHE;
  process.env.NODE_COMPILE_CACHE = FOLDER;
  try {
    return start();
  } finally {
    if (before === undefined) delete process.env.NODE_COMPILE_CACHE;
    else process.env.NODE_COMPILE_CACHE = before;
  }
}
