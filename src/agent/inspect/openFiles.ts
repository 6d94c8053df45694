import { closeSync, lstatSync, opendirSync, openSync, readlinkSync, readSync } from 'node:fs';
import { folderOf } from '../procfs.ts';
import { findSockets } from './sockets.ts';
import type { OpenFile, OpenFiles, SocketFacts } from './types.ts';

/** Files told at most. */
const MOST_FILES = 1000;
/** Descriptors counted at most: a process may have a billion. */
const MOST_COUNTED = 20_000;
/**
 * For all of it, and for what comes before the tables of sockets. Nothing else is done meanwhile, so that it must not take long,
 * whatever the process has made of its files.
 */
const LIMIT_MS = 250;
const FILES_MS = 150;
/** What is asked for stands at the beginning. */
const INFO_BYTES = 512;

/**
 * The files that a process has open now, from /proc/PID/fd and fdinfo (proc_pid_fd(5)). Their targets are read as links, and no file
 * system is asked for them: one that doesn't answer would hang us. The caller makes sure that it was that process all the time.
 */
export function readOpenFiles(pid: number): OpenFiles {
  const begin = performance.now();
  try {
    const folder = folderOf(pid);
    const end = begin + FILES_MS;
    const { numbers, count } = listDescriptors(folder, end);
    const files: Described[] = [];
    let looked = 0;
    for (const fd of numbers) {
      if (performance.now() > end) break;
      looked += 1;
      const file = readDescriptor(folder, fd);
      if (file) files.push(file);
    }
    const byInode = new Map(files.flatMap(({ inode, fd }) => (inode ? [[inode, fd]] : [])));
    const sockets = findSockets(folder, byInode, begin + LIMIT_MS);
    return {
      kind: 'read',
      at: Date.now(),
      files: files.map(({ inode, ...file }) => withSocket(file, sockets.get(inode ?? ''))),
      more: count - looked,
      isOtherProgram: false,
    };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH'
      ? { kind: 'gone' }
      : { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

const withSocket = (file: OpenFile, socket: SocketFacts | undefined): OpenFile =>
  socket ? { ...file, socket } : file;

/** @param end where performance.now() ends it, however many there are */
function listDescriptors(process: string, end: number): { numbers: number[]; count: number } {
  const folder = opendirSync(`${process}/fd`, { bufferSize: 256 });
  try {
    const numbers: number[] = [];
    let count = 0;
    for (let entry = folder.readSync(); entry; entry = folder.readSync()) {
      count += 1;
      // The kernel lists them from the lowest on.
      if (numbers.length < MOST_FILES) numbers.push(Number(entry.name));
      if (count === MOST_COUNTED || performance.now() > end) break;
    }
    return { numbers, count };
  } finally {
    folder.closeSync();
  }
}

/** `inode`: of a socket. */
type Described = OpenFile & { readonly inode: string | undefined };

/** undefined: it was closed meanwhile. */
function readDescriptor(process: string, fd: number): Described | undefined {
  try {
    const path = `${process}/fd/${fd}`;
    const link = readlinkSync(path);
    const info = LONG_INFO.test(link) ? '' : readBeginning(`${process}/fdinfo/${fd}`);
    const flags = Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '', 8);
    const position = /^pos:\s*(\d+)$/m.exec(info)?.[1];
    const isDeleted = link.startsWith('/') && link.endsWith(DELETED);
    return {
      fd,
      type: typeOf(link, flags),
      access: info === '' ? accessOfLink(path) : accessOf(flags),
      target: isDeleted ? link.slice(0, -DELETED.length) : link,
      isDeleted,
      offset: position === undefined ? undefined : BigInt(position),
      flags: FLAG_WORDS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word),
      socket: undefined,
      inode: /^socket:\[(\d+)\]$/.exec(link)?.[1],
    };
  } catch {
    return undefined;
  }
}

function readBeginning(path: string): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(INFO_BYTES);
    return bytes.toString('latin1', 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/**
 * Kinds of which the kernel tells all that they watch, a million lines perhaps, and makes them all before the first is read: they
 * are not asked.
 */
const LONG_INFO = /^anon_inode:\[?(?:eventpoll|inotify|fanotify|io_uring)\]?$/;

/** What the kernel writes behind a path that has no name any more (d_path). */
const DELETED = ' (deleted)';

/** O_* (linux/fcntl.h), the same on x86-64 and arm64 but for O_DIRECTORY. */
const O_ACCMODE = 0o3;
const O_PATH = 0o10000000;
const O_DIRECTORY = process.arch === 'arm64' ? 0o40000 : 0o200000;
const FLAG_WORDS: readonly (readonly [number, string])[] = [
  [0o2000, 'append'],
  [0o4000, 'nonblocking'],
  [0o10000, 'synchronous'],
  [0o2000000, 'close-on-exec'],
];

function accessOf(flags: number): OpenFile['access'] {
  if (Number.isNaN(flags)) return 'not known';
  if (flags & O_PATH) return 'path only';
  switch (flags & O_ACCMODE) {
    case 0:
      return 'read';
    case 1:
      return 'write';
    case 2:
      return 'read and write';
    default:
      return 'not known';
  }
}

/** The link's own permissions tell it (proc_pid_fd(5)); lstat asks the link, not what it leads to. */
function accessOfLink(path: string): OpenFile['access'] {
  switch ((lstatSync(path).mode >> 7) & 3) {
    case 1:
      return 'write';
    case 2:
      return 'read';
    case 3:
      return 'read and write';
    default:
      return 'not known';
  }
}

function typeOf(link: string, flags: number): OpenFile['type'] {
  if (link.startsWith('socket:')) return 'socket';
  if (link.startsWith('pipe:')) return 'pipe';
  if (link.startsWith('/memfd:')) return 'memory';
  if (!link.startsWith('/')) return 'kernel object';
  if (flags & O_DIRECTORY) return 'directory';
  return link.startsWith('/dev/') && !link.startsWith('/dev/shm/') ? 'device' : 'file';
}
