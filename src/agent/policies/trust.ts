import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writable by the group or by everybody: S_IWGRP | S_IWOTH (inode(7)). */
const OTHERS_WRITE = 0o022;
/** S_ISVTX: in such a folder nobody can replace what isn't theirs. */
const STICKY = 0o1000;

/**
 * Why what stands in a file must not be loaded by root: somebody else than `owners` could have written it, or could put another
 * file in its place, anywhere on the way to it. undefined when nobody else can.
 *
 * @returns the reason with the remedy
 * @throws the file system's error when the path isn't there
 */
export function findDistrust(path: string, owners: ReadonlySet<number>): string | undefined {
  const weakness = findWeakness(path, owners);
  return weakness === undefined ? undefined : `is not loaded: ${weakness}`;
}

/**
 * How somebody else than `owners` could change a file or folder, or put another in its place. undefined: nobody else can.
 *
 * @returns the reason with the remedy
 * @throws the file system's error when the path isn't there
 */
export function findWeakness(path: string, owners: ReadonlySet<number>): string | undefined {
  const link = lstatSync(path);
  if (link.isSymbolicLink() && !owners.has(link.uid)) return foreignOwner(path, link, 'chown -h');
  const real = realpathSync(path);
  const way = new Set([real, ...foldersOf(real), ...foldersOf(`${realpathSync(dirname(path))}/x`)]);
  for (const place of way) {
    const found = statSync(place);
    if (!owners.has(found.uid)) return foreignOwner(place, found, 'chown');
    const isShared = (found.mode & OTHERS_WRITE) !== 0;
    if (isShared && !(found.isDirectory() && (found.mode & STICKY) !== 0))
      return `others than its owner can write ${place}: chmod go-w ${place}`;
  }
  return undefined;
}

const foreignOwner = (place: string, { uid }: Stats, command: string): string =>
  `${place} belongs to user ${uid}, neither root nor you: ${command} root ${place}`;

/** Every folder above an absolute path, the nearest first. */
function foldersOf(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersOf(parent)];
}
