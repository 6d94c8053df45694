import { stat } from 'node:fs/promises';

/** A socket that isn't there is not looked for again for so long. */
const ABSENT_MS = 30_000;

/** The first of these paths that is a socket; undefined: none is. What is absent is remembered for a while. */
export type SocketFinder = () => Promise<string | undefined>;

export function createSocketFinder(
  paths: readonly string[],
  now: () => number = performance.now.bind(performance),
): SocketFinder {
  let absentUntil = 0;
  return async () => {
    if (now() < absentUntil) return undefined;
    for (const path of paths) if (await isSocket(path)) return path;
    absentUntil = now() + ABSENT_MS;
    return undefined;
  };
}

async function isSocket(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isSocket();
  } catch {
    return false;
  }
}
