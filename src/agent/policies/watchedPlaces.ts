import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Folders to be watched, and which names in them. */
export type WatchedPlaces = Map<string, Set<string> | 'all'>;

/** As many as the kernel follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Where a change of these files and folders shows: in a folder itself, in the folder that holds a file (it may be replaced by
 * another), in those of every link on the way, and above what isn't there yet.
 *
 * @param sources files and folders of policies
 * @param files those that were found in them
 */
export function watchedPlaces(sources: readonly string[], files: readonly string[]): WatchedPlaces {
  const places: WatchedPlaces = new Map();
  const add = (folder: string, name: string) => {
    const names = places.get(folder) ?? new Set();
    if (names !== 'all') places.set(folder, names.add(name));
  };
  const addWay = (path: string) => {
    let at = resolve(path);
    for (let links = 0; links < MAX_LINKS; links++) {
      const { folder, name } = nearestFolder(at);
      add(folder, name);
      const target = linkTarget(at);
      if (target === undefined) return;
      at = target;
    }
  };
  for (const source of sources) {
    addWay(source);
    const folder = folderAt(source);
    if (folder !== undefined) places.set(folder, 'all');
  }
  for (const file of files) addWay(file);
  return places;
}

/** The nearest folder above a path that exists, and the name in it that leads to the path. */
function nearestFolder(path: string): { folder: string; name: string } {
  const folder = dirname(path);
  if (folder === path) return { folder, name: '' };
  const real = realPath(folder);
  return real === undefined ? nearestFolder(folder) : { folder: real, name: basename(path) };
}

function linkTarget(path: string): string | undefined {
  try {
    if (!lstatSync(path).isSymbolicLink()) return undefined;
    return resolve(realpathSync(dirname(path)), readlinkSync(path));
  } catch {
    return undefined;
  }
}

/** Where a folder really is; undefined: there is none. */
function folderAt(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/** undefined: nothing is there, or not any more. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
