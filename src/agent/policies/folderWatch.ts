import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename } from 'node:path';

/** Tells that something in some folders has changed, soon after it did. */
export type FolderWatch = {
  /** From now on these folders, and of each only these names; 'all': every name. Tells whether a folder is watched that wasn't. */
  set(folders: ReadonlyMap<string, ReadonlySet<string> | 'all'>): boolean;
  close(): void;
};

/** Editors and deployments change several things at a time. */
const SETTLE_MS = 150;
/** In a folder where something happens all the time. */
const MOST_MS = 1000;
/** Where the kernel doesn't tell (no inotify instance or watch is left), it is looked up. */
const POLL_MS = 2000;
const MAX_WATCHES = 64;

/**
 * @param onChange also every two seconds while a folder can't be watched
 * @param limit folders that are watched; more of them are looked up
 */
export function createFolderWatch(onChange: () => void, limit = MAX_WATCHES): FolderWatch {
  let wanted: ReadonlyMap<string, ReadonlySet<string> | 'all'> = new Map();
  const watchers = new Map<string, { watcher: FSWatcher; identity: string }>();
  let settling: NodeJS.Timeout | undefined;
  let firstAt = 0;
  let polling: NodeJS.Timeout | undefined;
  let isClosed = false;

  const changed = () => {
    if (isClosed) return;
    const now = performance.now();
    if (settling === undefined) firstAt = now;
    clearTimeout(settling);
    const wait = Math.min(SETTLE_MS, Math.max(0, firstAt + MOST_MS - now));
    settling = setTimeout(() => {
      settling = undefined;
      onChange();
    }, wait);
    settling.unref();
  };

  const drop = (folder: string) => {
    watchers.get(folder)?.watcher.close();
    watchers.delete(folder);
  };

  const add = (folder: string, identity: string): boolean => {
    if (watchers.size >= limit) return false;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        const names = wanted.get(folder);
        // Of what happens to the folder itself its own name is told.
        if (!names || names === 'all' || name === null) return changed();
        if (names.has(name) || name === basename(folder)) changed();
      });
      watcher.on('error', () => {
        drop(folder);
        poll(true);
      });
      watchers.set(folder, { watcher, identity });
      return true;
    } catch {
      return false;
    }
  };

  const poll = (isNeeded: boolean) => {
    if (!isNeeded) clearInterval(polling);
    else if (!isClosed) polling ??= setInterval(onChange, POLL_MS).unref();
    if (!isNeeded) polling = undefined;
  };

  return {
    set(folders) {
      wanted = folders;
      for (const folder of [...watchers.keys()]) if (!folders.has(folder)) drop(folder);
      let isNew = false;
      let isBlind = false;
      for (const folder of folders.keys()) {
        const identity = identityOf(folder);
        const known = watchers.get(folder);
        if (known?.identity === identity) continue;
        // Another folder stands in the place of the one that is watched.
        if (known) drop(folder);
        if (identity === undefined) continue;
        if (add(folder, identity)) isNew = true;
        else isBlind = true;
      }
      poll(isBlind);
      return isNew;
    },
    close() {
      isClosed = true;
      clearTimeout(settling);
      clearInterval(polling);
      for (const folder of [...watchers.keys()]) drop(folder);
    },
  };
}

/** Which folder it is, whatever it is called; undefined: there is none. */
function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino } = statSync(folder, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
