import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { createRecent } from '../recent.ts';

/** chmod(2) */
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Folders that are remembered, and for how long (ms): files are mapped from a few, many at a time, and root may change them. */
const KEPT = 256;
const KEPT_MS = 1000;

/**
 * Whether nobody but root can make a path lead somewhere else: no part of it is a link, and each is root's, in a folder that either
 * others can't write to, or where they can't touch what is root's (as in /tmp). So opening it afterwards walks nowhere unexpected.
 * Each part is looked at in a folder that has passed.
 * @param path absolute, without `.` and `..`
 * @throws when there is no such file
 */
export function createLastingPaths(): (path: string) => boolean {
  const seen = createRecent<string, { isLasting: boolean; until: number }>(KEPT);

  const isLastingFolder = (folder: string): boolean => {
    const last = seen.get(folder);
    if (last && last.until > performance.now()) return last.isLasting;
    const isLasting = (folder === '/' || isLastingFolder(dirname(folder))) && isRootsFolder(folder);
    seen.set(folder, { isLasting, until: performance.now() + KEPT_MS });
    return isLasting;
  };

  return (path) => isLastingFolder(dirname(path)) && lstatSync(path).uid === 0;
}

function isRootsFolder(path: string): boolean {
  const stat = lstatSync(path);
  if (!stat.isDirectory() || stat.uid !== 0) return false;
  return (stat.mode & WRITABLE_BY_OTHERS) === 0 || (stat.mode & STICKY) !== 0;
}
