import { constants, type Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type Descriptor, openFile } from './descriptor.ts';
import { lockForUs } from './fileLock.ts';
import { type Folder, openFolder, whoMayName } from './folder.ts';
import { explain, TargetError } from './targetError.ts';

/** An open export file. */
export type Target = {
  readonly file: Descriptor;
  readonly stats: Stats;
  /** Bytes of a last line that somebody was killed over, and that are gone now. */
  readonly cut: number;
  /** The last line is not ended, and can't be taken away: the next one must begin with a line's end. */
  readonly isTorn: boolean;
};

const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
/** Without waiting for the other end of a pipe. */
const FLAGS = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const NEWLINE = 0x0a;
const BRACE = 0x7b;
/** No line of ours is longer. */
const LONGEST_LINE = 1 << 20;

/**
 * Opens a file that JSON lines are appended to, and makes it if need be. We are root, and others may be able to put things into its
 * folder: what is there already must be an ordinary file of our own, under no second name, that begins as JSON does.
 *
 * Nobody else writes it while it is open.
 *
 * @param folder the one that the path is in
 * @param mode permissions, whatever the umask
 * @param gid group of the file that it follows; undefined: as the system has it
 * @throws TargetError
 */
export async function openTarget(
  folder: Folder,
  path: string,
  mode: number,
  gid?: number,
): Promise<Target> {
  const inside = folder.path(basename(path));
  await refuseOthers(inside, path);
  const file = await openFile(inside, FLAGS, mode).catch((error: unknown) => {
    throw explain(error, path);
  });
  try {
    const stats = await file.stat();
    checkOwn(stats, path);
    await lockForUs(file.fd, stats, path);
    if ((stats.mode & 0o7777) !== mode) await file.chmod(mode);
    if (gid !== undefined && stats.gid !== gid) await file.chown(stats.uid, gid);
    const end = await mend(file, stats.size, path);
    return { file, stats: await file.stat(), ...end };
  } catch (error) {
    await file.close();
    throw error instanceof TargetError ? error : explain(error, path);
  }
}

/**
 * Whether an export to this file can begin.
 *
 * @returns bytes of a torn last line that are cut off now
 * @throws TargetError
 */
export async function tryTarget(path: string, mode: number): Promise<number> {
  const folder = await openFolder(dirname(path), whoMayName()).catch((error: unknown) => {
    throw error instanceof TargetError ? error : explain(error, path);
  });
  try {
    const { file, cut } = await openTarget(folder, path, mode);
    await file.close();
    return cut;
  } finally {
    await folder.close();
  }
}

/** Some devices act when they are opened: what is no file is not touched. */
async function refuseOthers(inside: string, path: string): Promise<void> {
  const found = await lstat(inside).catch(() => undefined);
  if (!found || found.isFile()) return;
  if (/^\/dev\/(stdout|stderr|fd\/|tty)/.test(path))
    throw new TargetError(
      `${path} is no file to export to`,
      'for lines on standard output use: trigon events -o json',
    );
  const what = found.isSymbolicLink() ? 'a link' : found.isDirectory() ? 'a folder' : 'no file';
  throw new TargetError(
    `${path} is ${what}`,
    'name an ordinary file, or one that is not there yet',
  );
}

/** Whether it is an ordinary file that we made, under one name. */
export const isOurs = (stats: Stats): boolean =>
  stats.isFile() && stats.uid === process.geteuid?.() && stats.nlink === 1;

function checkOwn(stats: Stats, path: string): void {
  if (!stats.isFile())
    throw new TargetError(`${path} is no ordinary file`, 'name one, or one that is not there yet');
  if (stats.uid !== process.geteuid?.())
    throw new TargetError(
      `${path} belongs to user ${stats.uid}, who could read all events`,
      'name another file, or move that one away',
    );
  if (stats.nlink > 1)
    throw new TargetError(
      `${path} has other names too (hard links)`,
      'name another file, or move that one away',
    );
}

/** Ends the last line, or takes it away when it is none. */
async function mend(
  file: Descriptor,
  size: number,
  path: string,
): Promise<Pick<Target, 'cut' | 'isTorn'>> {
  if (size === 0) return { cut: 0, isTorn: false };
  const tail = await file.read(Math.max(0, size - LONGEST_LINE), Math.min(size, LONGEST_LINE));
  const first = size > LONGEST_LINE ? (await file.read(0, 1))[0] : tail[0];
  if (first !== BRACE)
    throw new TargetError(
      `${path} holds something else than events`,
      'name another file, or one that is not there yet',
    );
  if (tail.at(-1) === NEWLINE) return { cut: 0, isTorn: false };
  const line = tail.subarray(tail.lastIndexOf(NEWLINE) + 1);
  // Longer than any of ours, or whole: somebody else's, who gets to keep it.
  if (line.length === LONGEST_LINE || isJson(line)) return { cut: 0, isTorn: true };
  try {
    await file.truncate(size - line.length);
    return { cut: line.length, isTorn: false };
  } catch {
    // A file that can only be appended to (chattr +a).
    return { cut: 0, isTorn: true };
  }
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString());
    return true;
  } catch {
    return false;
  }
}
