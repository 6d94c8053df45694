import { lstat, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { ExportOptions } from '../messages.ts';
import { backupName, findBackups, nextStamp } from './backups.ts';
import { type Folder, openFolder, whoMayName, whoMayReplace } from './folder.ts';
import { createHousekeeping } from './housekeeping.ts';
import { wholeLines } from './lineQueue.ts';
import { openTarget } from './target.ts';
import { codeOf, explain, reasonOf, TargetError } from './targetError.ts';
import { type Appended, createWholeFile, type WholeFile } from './wholeFile.ts';

/** Times in ms. The first only goes forward, the other is the one on the wall. */
export type Clock = { readonly steady: () => number; readonly wall: () => number };

export const SYSTEM_CLOCK: Clock = { steady: () => performance.now(), wall: () => Date.now() };

export type RotationOptions = Pick<
  ExportOptions,
  'file' | 'maxBytes' | 'maxBackups' | 'rotationMs' | 'compress' | 'mode'
>;

/** A file of lines that is put aside, and begun anew, when it is large or old enough. */
export type RotatingFile = {
  /** Bytes that fit into the present file; a chunk that doesn't begins a new one. */
  readonly room: number;
  /** Writes whole lines. What fails leaves whole lines too, and may be tried again. */
  append(bytes: Buffer): Promise<Appended>;
  /** From time to time: rotates when it is time, and follows the name when somebody has moved or removed the file. */
  look(): Promise<void>;
  close(): Promise<void>;
};

type Notice = (level: 'info' | 'warning', text: string) => void;
type Opened = {
  readonly file: WholeFile;
  readonly folder: Folder;
  readonly dev: number;
  readonly ino: number;
};

const NEWLINE = Buffer.from('\n');
const RETRY_MS = 10_000;

export function createRotatingFile(
  options: RotationOptions,
  notice: Notice,
  clock: Clock = SYSTEM_CLOCK,
): RotatingFile {
  const { file: path, maxBytes, rotationMs } = options;
  const name = basename(path);
  const limit = maxBytes === 0 ? Number.POSITIVE_INFINITY : maxBytes;
  /** What could not be done with old files was told: once is enough. */
  const told = new Set<string>();
  const tellOnce = (what: string, error: unknown) => {
    const key = `${what} ${codeOf(error)}`;
    if (told.has(key)) return;
    told.add(key);
    notice('warning', `export: ${path}: ${what}: ${reasonOf(error)}`);
  };
  const housekeeping = createHousekeeping({ ...options, file: name, now: clock.wall }, (error) =>
    tellOnce("old files can't be removed or compressed", error),
  );
  let folder: Folder | undefined;
  let opened: Opened | undefined;
  let startedAt = 0;
  /** A rotation that failed is not tried again before that. */
  let rotatesFrom = 0;
  /** Of the file before this one. */
  let gid: number | undefined;
  let isFirst = true;

  /** The folder is held from the first time on. Another one in its place is followed when nobody else can have put it there. */
  const findFolder = async (): Promise<Folder> => {
    const before = folder;
    if (before && !(await before.isElsewhere())) return before;
    try {
      folder = await openFolder(dirname(path), before ? whoMayReplace() : whoMayName());
    } catch (error) {
      if (before) return before;
      throw error instanceof TargetError ? error : explain(error, path);
    }
    if (before) void housekeeping.idle().then(before.close);
    return folder;
  };

  const open = async (): Promise<WholeFile> => {
    const inside = await findFolder();
    const { file: target, stats, cut, isTorn } = await openTarget(inside, path, options.mode, gid);
    if (cut > 0)
      notice('info', `export: ${path} ended in a part of a line, of ${cut} bytes: it is cut off`);
    gid = stats.gid;
    startedAt = clock.steady();
    const file = createWholeFile(target, stats.size, isTorn);
    if (isFirst) housekeeping.wake(inside);
    isFirst = false;
    opened = { file, folder: inside, dev: stats.dev, ino: stats.ino };
    return file;
  };

  const close = async () => {
    const before = opened;
    opened = undefined;
    await before?.file.close();
  };

  /** Whether the name is still the present file's. */
  const isNamed = async ({ folder: inside, dev, ino }: Opened): Promise<boolean> => {
    const there = await lstat(inside.path(name)).catch(() => undefined);
    return there?.ino === ino && there.dev === dev;
  };

  /** Puts the present file aside. Nothing is lost when that fails: it goes on. */
  const rotate = async (present: Opened) => {
    const { folder: inside } = present;
    startedAt = clock.steady();
    rotatesFrom = startedAt + RETRY_MS;
    try {
      const now = clock.wall();
      const { backups } = await findBackups(inside, name, now);
      const target = backupName(name, nextStamp(now, backups));
      await refuseExisting(inside.path(target), target);
      // When somebody took it away, only a new one is made.
      if (await isNamed(present)) await rename(inside.path(name), inside.path(target));
    } catch (error) {
      return tellOnce("it can't be rotated", error);
    }
    rotatesFrom = 0;
    await close();
    housekeeping.wake(inside);
  };

  const isFull = (file: WholeFile, bytes: number) =>
    file.size > 0 && file.size + bytes > limit && clock.steady() >= rotatesFrom;

  const isOld = () =>
    rotationMs > 0 && clock.steady() - startedAt >= rotationMs && (opened?.file.size ?? 0) > 0;

  return {
    get room() {
      const rest = limit - (opened?.file.size ?? 0);
      return rest > 0 ? rest : limit;
    },
    async append(bytes) {
      try {
        let file = opened?.file ?? (await open());
        if (opened && (isFull(file, bytes.length) || isOld())) {
          await rotate(opened);
          file = opened?.file ?? (await open());
        }
        if (file.isTorn) {
          const { error } = await file.append(NEWLINE, (written) => written);
          if (error !== undefined) return { kept: 0, error };
        }
        return await file.append(bytes, (written) => wholeLines(bytes, written));
      } catch (error) {
        return { kept: 0, error };
      }
    },
    async look() {
      if (!opened) return;
      const present = opened;
      const hasName = await present.file.look();
      if (!hasName || !(await isNamed(present)) || (await present.folder.isElsewhere()))
        return close();
      if (isOld()) await rotate(present);
    },
    async close() {
      await close();
      await housekeeping.close();
      await folder?.close();
      folder = undefined;
    },
  };
}

/** rename(2) would replace it. */
async function refuseExisting(path: string, name: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found) throw new Error(`${name} is there already`);
}
