import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { createRecent } from '../recent.ts';
import { readBuildId } from './buildId.ts';

/** Build ids of the files that processes map. */
export type MappedFiles = {
  /**
   * @param path as the process sees it, links followed
   * @param mountNamespace inode number of the process's
   * @returns undefined when the file has none, or can't be read any more
   */
  buildIdOf(pid: number, mountNamespace: number, path: string): Uint8Array | undefined;
};

/** Files whose build ids are kept: more than the libraries of a busy host. */
const KEPT = 4096;

/** open(2): stands for the file without opening it. Of the same value on x86-64 and arm64; Node has no name for it. */
const O_PATH = 0o10000000;

/** @param procfs where the processes' folders are, for tests */
export function openMappedFiles(procfs = '/proc'): MappedFiles {
  const known = createRecent<string, Uint8Array | undefined>(KEPT);
  const ownNamespace = inodeOf(`${procfs}/self/ns/mnt`);

  /** Where the process's file system begins. One that has ended has none; its namespace's may still be ours. */
  const rootOf = (pid: number, mountNamespace: number): string | undefined => {
    const root = `${procfs}/${pid}/root`;
    if (inodeOf(`${root}/`) !== undefined) return root;
    return mountNamespace !== 0 && mountNamespace === ownNamespace ? '' : undefined;
  };

  const read = (path: string): Uint8Array | undefined =>
    withRegularFile(path, (handle, version) => {
      if (known.has(version)) return known.get(version);
      const id = readThrough(handle);
      known.set(version, id);
      return id;
    });

  return {
    buildIdOf(pid, mountNamespace, path) {
      const root = rootOf(pid, mountNamespace);
      try {
        return root === undefined ? undefined : read(`${root}${path}`);
      } catch {
        return undefined; // gone, replaced by something else, or not for us to read
      }
    },
  };
}

/** Never opens what is no regular file: opening a device or a pipe does something, or waits for somebody. */
function withRegularFile<T>(
  path: string,
  use: (handle: number, version: string) => T,
): T | undefined {
  const handle = openSync(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(handle, { bigint: true });
    if (!stat.isFile()) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = stat;
    return use(handle, [dev, ino, size, mtimeNs, ctimeNs].join(' '));
  } finally {
    closeSync(handle);
  }
}

/** Opens the very file that a handle stands for. */
function readThrough(handle: number): Uint8Array | undefined {
  const fd = openSync(`/proc/self/fd/${handle}`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return readBuildId(fd);
  } finally {
    closeSync(fd);
  }
}

function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
