import { closeSync, constants, fstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import { createAllowance } from '../allowance.ts';
import { type Mounts, mountsOf } from '../mounts.ts';
import { readBounded } from '../readBounded.ts';
import { createRecent } from '../recent.ts';
import { canReadMapped, mapFilePath } from '../symbols/mapFiles.ts';
import { parseMemoryMap } from '../symbols/memoryMap.ts';
import { readBuildId } from './buildId.ts';
import { createLastingPaths } from './lastingPath.ts';

/** Build ids of the files that processes map. */
export type MappedFiles = {
  /**
   * @param path as the process sees it, links followed
   * @param mountNamespace inode number of the process's
   * @returns undefined when the file has none, can't be read any more, or lies where reading might never end (NFS, FUSE)
   */
  buildIdOf(pid: number, mountNamespace: number, path: string): Uint8Array | undefined;
};

/** Files whose build ids are kept: more than the libraries of a busy host. */
const KEPT = 4096;

/** Mount namespaces and roots whose mounts are kept, and for how long (ms): libraries are mapped many at a time. */
const KEPT_LISTS = 64;
const MOUNTS_MS = 1000;
/** For reading lists of mounts and mappings: a namespace can have a hundred thousand, and a process too. */
const BURST_MS = 400;
const SHARE = 0.2;
/** 65,000 mappings, the usual limit, have about 6 MB. */
const MAX_MAP_BYTES = 8 << 20;

/** open(2): stands for the file without opening it. Of the same value on x86-64 and arm64; Node has no name for it. */
const O_PATH = 0o10000000;

/** @param procfs where the processes' folders are, for tests */
export function openMappedFiles(procfs = '/proc'): MappedFiles {
  const known = createRecent<string, Uint8Array | undefined>(KEPT);
  const ownNamespace = inodeOf(`${procfs}/self/ns/mnt`);

  const isLastingPath = createLastingPaths();

  const allowance = createAllowance(BURST_MS, SHARE);
  const seen = createRecent<string, { mounts: Mounts; until: number }>(KEPT_LISTS);

  /** @param root where the process's file system begins: it sees the mounts below that alone */
  const mountsFor = (pid: number, mountNamespace: number, root: string): Mounts => {
    if (mountNamespace === 0) return mountsOf(pid, procfs);
    const key = `${mountNamespace} ${root}`;
    const last = seen.get(key);
    if (last && last.until > performance.now()) return last.mounts;
    const mounts = mountsOf(pid, procfs);
    seen.set(key, { mounts, until: performance.now() + MOUNTS_MS });
    return mounts;
  };

  /**
   * By the mapping that the process still has: no path is walked, which could lead anywhere by now.
   * @param root where the process's file system begins
   */
  const mappedPath = (
    pid: number,
    mountNamespace: number,
    root: string,
    path: string,
  ): string | undefined => {
    if (!canReadMapped()) return undefined;
    // Here paths begin where our own root does, and not where that of the process may (chroot(2)).
    const shown = root === '/' ? path : root + path;
    const mapping = mappingsOf(pid, procfs).find((one) => one.path === shown);
    if (mapping?.file === undefined) return undefined;
    if (mountsFor(pid, mountNamespace, root).mayHang(mapping.file)) return undefined;
    return mapFilePath(pid, mapping, procfs);
  };

  /** By its name, which costs a fifth of that: in our own namespace, where only root could have changed the way. */
  const namedPath = (path: string): string | undefined => {
    if (mountsFor(process.pid, ownNamespace ?? 0, '/').mayHangAt(path)) return undefined;
    return isLastingPath(path) ? path : undefined;
  };

  const read = (path: string, flags: number): Uint8Array | undefined =>
    withRegularFile(path, flags, (handle, version) => {
      if (known.has(version)) return known.get(version);
      const id = readThrough(handle);
      known.set(version, id);
      return id;
    });

  const find = (pid: number, mountNamespace: number, path: string): Uint8Array | undefined => {
    // Of a process that has ended nobody knows where its file system began: where ours does, in most cases.
    const root = targetOf(`${procfs}/${pid}/root`);
    const isAsOurs =
      mountNamespace !== 0 && mountNamespace === ownNamespace && (root ?? '/') === '/';
    const named = isAsOurs ? tried(() => namedPath(path)) : undefined;
    if (named !== undefined) return read(named, constants.O_NOFOLLOW);
    const mapped = root === undefined ? undefined : mappedPath(pid, mountNamespace, root, path);
    // The last step is a link of the kernel's own.
    return mapped === undefined ? undefined : read(mapped, 0);
  };

  return {
    buildIdOf(pid, mountNamespace, path) {
      if (!allowance.isLeft) return undefined;
      return tried(() => allowance.spend(() => find(pid, mountNamespace, path)));
    },
  };
}

/** undefined: gone, replaced by something else, or not for us to read. */
function tried<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/** Never opens what is no regular file: opening a device or a pipe does something, or waits for somebody. */
function withRegularFile<T>(
  path: string,
  flags: number,
  use: (handle: number, version: string) => T,
): T | undefined {
  const handle = openSync(path, O_PATH | flags);
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

/** Those that can be executed; none of a process that has ended. */
function mappingsOf(pid: number, procfs: string) {
  const text = tried(() => readBounded(`${procfs}/${pid}/maps`, MAX_MAP_BYTES).bytes.toString());
  // Where it was cut, half a line would be taken for a whole one.
  return text === undefined ? [] : parseMemoryMap(text.slice(0, text.lastIndexOf('\n')));
}

/** The link alone is read: the folder that it leads to may be one that never answers. */
const targetOf = (link: string): string | undefined => tried(() => readlinkSync(link));

const inodeOf = (path: string): number | undefined => tried(() => statSync(path).ino);
