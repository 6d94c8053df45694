import { constants, createReadStream, createWriteStream } from 'node:fs';
import { lstat, rename, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Backup, COMPRESSED, findBackups, isOwnFile, PART } from './backups.ts';
import { type Descriptor, openFile } from './descriptor.ts';
import type { Folder } from './folder.ts';
import { isOurs } from './target.ts';

export type Upkeep = {
  /** Its name. */
  readonly file: string;
  /** Rotated files that are kept; 0: all. */
  readonly maxBackups: number;
  readonly compress: boolean;
  /** Permissions of compressed files. */
  readonly mode: number;
  /** Ms since the epoch. */
  readonly now: () => number;
};

/** What is done about rotated files, beside the writing: too many are removed, the others compressed. One thing at a time. */
export type Housekeeping = {
  /** There may be something to do. @param folder stays open until {@link idle} */
  wake(folder: Folder): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** What is under way is broken off: it is done again another time. */
  close(): Promise<void>;
};

/** @param failed told of what can't be done */
export function createHousekeeping(upkeep: Upkeep, failed: (error: unknown) => void): Housekeeping {
  const stop = new AbortController();
  let work: Promise<void> | undefined;
  /** Where there may be something to do. */
  let next: Folder | undefined;

  const run = async () => {
    while (next && !stop.signal.aborted) {
      const folder = next;
      next = undefined;
      const tell = (error: unknown) => {
        if (!stop.signal.aborted) failed(error);
      };
      await tidy(folder, upkeep, stop.signal, tell).catch(tell);
    }
    work = undefined;
  };

  return {
    wake(folder) {
      next = folder;
      work ??= run();
    },
    idle: () => work ?? Promise.resolve(),
    async close() {
      stop.abort();
      await work;
    },
  };
}

/** One file that can't be dealt with keeps no other one from it. */
async function tidy(
  folder: Folder,
  upkeep: Upkeep,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<void> {
  const { backups, parts, isCut } = await findBackups(folder, upkeep.file, upkeep.now());
  if (isCut) failed(new Error('there are too many files in that folder'));
  // Nobody else makes them, and of ours none is under way.
  for (const part of parts) await unlink(folder.path(part)).catch(failed);
  const kept = upkeep.maxBackups === 0 ? backups : backups.slice(-upkeep.maxBackups);
  for (const old of backups.slice(0, backups.length - kept.length))
    await remove(folder, old).catch(failed);
  if (!upkeep.compress) return;
  for (const { name, plain } of kept) {
    if (!plain || signal.aborted) continue;
    await compress(folder, name, upkeep.mode, signal).catch(failed);
  }
}

async function remove(folder: Folder, { name, plain, compressed }: Backup): Promise<void> {
  if (plain) await unlink(folder.path(name));
  if (compressed) await unlink(folder.path(`${name}${COMPRESSED}`));
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The compressed file takes its name once it is whole, and only then the other one goes. */
async function compress(
  folder: Folder,
  name: string,
  mode: number,
  signal: AbortSignal,
): Promise<void> {
  const path = folder.path(name);
  const part = folder.path(`${name}${PART}`);
  await refuseForeign(folder, `${name}${COMPRESSED}`);
  const source = await openFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  // From where a stream has them, it closes them.
  let target: Descriptor | undefined;
  try {
    const stats = await source.stat();
    // It may be another one than was found.
    if (!isOurs(stats)) throw new Error(`${name} is not ours any more`);
    target = await openFile(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    await target.chmod(mode);
    if (stats.gid !== (await target.stat()).gid) await target.chown(stats.uid, stats.gid);
  } catch (error) {
    await source.close();
    await target?.close();
    throw error;
  }
  try {
    await pipeline(
      createReadStream(path, { fd: source.fd }),
      createGzip(),
      createWriteStream(part, { fd: target.fd, flush: true }),
      { signal },
    );
    await rename(part, folder.path(`${name}${COMPRESSED}`));
  } catch (error) {
    await unlink(part).catch(() => undefined);
    throw error;
  }
  await unlink(path);
}

/** rename(2) would replace it; one of our own is left of a compression that did not come to its end. */
async function refuseForeign(folder: Folder, name: string): Promise<void> {
  const isThere = await lstat(folder.path(name)).then(
    () => true,
    () => false,
  );
  if (isThere && !(await isOwnFile(folder, name))) throw new Error(`${name} is somebody else's`);
}
