import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a session's own, empty at first, for what its programs keep. */
export type Home = {
  readonly path: string;
  /** The session, a process group of this number, has ended: so does the folder. */
  remove(): void;
};

/** Folders with the session that uses them; undefined when its first process has ended. */
const homes = new Map<string, number | undefined>();

/** @param start starts the session in that folder, and gives its number */
export function withHome<Session extends { readonly pid: number }>(
  start: (path: string) => Session,
): [Session, Home] {
  const path = mkdtempSync(join(tmpdir(), 'trigon-pty-'));
  homes.set(path, undefined);
  const session = start(path);
  homes.set(path, session.pid);
  const remove = () => {
    homes.set(path, undefined);
    removeFolder(path);
  };
  return [session, { path, remove }];
}

const removeFolder = (path: string): void => rmSync(path, { recursive: true, force: true });

/** Ends all sessions that still run: a test need not wait for the end of what it has killed. */
function cleanUp(): void {
  for (const [path, session] of homes) {
    if (session !== undefined) killGroup(session);
    // One whose first process has ended may have written again, as its last deed.
    removeFolder(path);
  }
  homes.clear();
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

process.once('exit', cleanUp);
// Vitest ends its workers so, which then say no 'exit'.
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    cleanUp();
    process.kill(process.pid, signal);
  });
