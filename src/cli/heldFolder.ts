import { closeSync, constants, fstatSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { O_PATH } from '../regularFile.ts';
import { errorCode } from './smallFile.ts';

/** A folder that is held open: what is done in it is done there, whatever its path leads to by now. */
export type HeldFolder = {
  /** A path to something in it, for functions that take paths. */
  path(name: string): string;
  close(): void;
};

const { O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Opens a folder of somebody's, level by level, so that nobody else decides what a name means. The nearest folder that is there must be
 * the owner's own, and what lies below it the owner's or root's.
 *
 * @param isMade levels that are missing are made, 0700; otherwise undefined when one is missing
 * @throws what is wrong, in words
 */
export function openFolderOf(uid: number, path: string, isMade: boolean): HeldFolder | undefined {
  const { start, names } = nearest(path);
  if (names.length > 0 && !isMade) return undefined;
  let fd = openSync(start, O_PATH | O_DIRECTORY);
  try {
    check(fd, start, new Set([uid]));
    let at = start;
    for (const name of names) {
      at = `${at}/${name}`;
      make(inside(fd, name));
      const next = openSync(inside(fd, name), O_PATH | O_DIRECTORY | O_NOFOLLOW);
      closeSync(fd);
      fd = next;
      check(fd, at, new Set([uid, 0]));
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const held = fd;
  return { path: (name) => inside(held, name), close: () => closeSync(held) };
}

/** A magic link (proc_pid_fd(5)): it leads to the open folder itself. */
const inside = (fd: number, name: string): string => `/proc/self/fd/${fd}/${name}`;

/** The nearest folder that is there, and the names that lead from there to the path. */
function nearest(path: string): { start: string; names: string[] } {
  const names: string[] = [];
  for (let start = path; ; start = dirname(start)) {
    try {
      closeSync(openSync(start, O_PATH | O_DIRECTORY));
      return { start, names };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || dirname(start) === start) throw error;
      names.unshift(basename(start));
    }
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

function check(fd: number, path: string, owners: ReadonlySet<number>): void {
  const { uid } = fstatSync(fd);
  if (!owners.has(uid)) throw new Error(`${path} belongs to user ${uid}`);
}
