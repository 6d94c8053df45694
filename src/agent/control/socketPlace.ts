import { type BigIntStats, linkSync, lstatSync, realpathSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findWeakness } from '../policies/trust.ts';
import { isAlive } from './socketPath.ts';

/**
 * Where a socket is to be. Nothing that isn't a socket which we have put there is ever replaced or removed: paths come from options,
 * and root's slip of the keyboard must not cost a file.
 */
export type SocketPlace = {
  /** The folder without links, which nobody else can change. */
  readonly folder: string;
  /** Moves a socket of ours to the place. @throws Error when something has come there meanwhile */
  put(from: string): void;
  /** Removes what `put` has put there, if it is still there. */
  leave(): void;
};

/**
 * Looks at the place: there may be nothing, or a socket of our own user that nobody listens on.
 *
 * @throws Error saying what is in the way and what to do
 */
export async function findPlace(given: string): Promise<SocketPlace> {
  const folder = realpathSync(dirname(given));
  const path = join(folder, basename(given));
  checkFolder(folder);
  const stale = look(path);
  if (stale) {
    checkReplaceable(given, stale);
    if (await isAlive(path)) throw new Error(`another Trigon listens on ${given}`);
  }
  let own: BigIntStats | undefined;
  return {
    folder,
    put(from) {
      const moved = lstatSync(from, { bigint: true });
      const found = stale && look(path);
      if (stale && found) {
        if (!isSame(found, stale)) throw new Error(`another Trigon listens on ${given}`);
        unlinkSync(path);
      }
      // link(2) never replaces anything.
      linkSync(from, path);
      own = moved;
      unlinkSync(from);
    },
    leave() {
      const found = own && look(path);
      if (own && found && isSame(found, own)) unlinkSync(path);
      own = undefined;
    },
  };
}

/** What stands there itself, not what it links to. undefined: nothing. */
const look = (path: string): BigIntStats | undefined =>
  lstatSync(path, { bigint: true, throwIfNoEntry: false });

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.dev === other.dev && one.ino === other.ino;

/** Whether a socket of our own user stands there. */
export function isOwnSocket(path: string): boolean {
  const found = look(path);
  return found?.isSocket() === true && Number(found.uid) === process.geteuid?.();
}

function checkReplaceable(path: string, found: BigIntStats): void {
  if (!found.isSocket())
    throw new Error(
      `${path} is there already and is ${kindOf(found)}, not a socket: it is left as it is; give the socket another path`,
    );
  if (Number(found.uid) !== process.geteuid?.())
    throw new Error(
      `${path} is a socket of user ${found.uid}: it is left as it is; give another path, or remove it`,
    );
}

function kindOf(found: BigIntStats): string {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a folder';
  if (found.isSymbolicLink()) return 'a link';
  return found.isFIFO() ? 'a pipe' : 'a device';
}

/** Whoever can change the folder can put another socket there, or lead our work with paths elsewhere. */
function checkFolder(folder: string): void {
  const weakness = findWeakness(folder, new Set([0, process.geteuid?.() ?? 0]));
  if (weakness !== undefined)
    throw new Error(
      `no socket is made in ${folder}: ${weakness} (or use a folder that only root can change, such as /run/trigon)`,
    );
}
