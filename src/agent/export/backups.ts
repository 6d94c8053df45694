import { lstat, opendir } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Folder } from './folder.ts';
import { isOurs } from './target.ts';

/**
 * Names of rotated files, as Tetragon has them: `tetragon-2026-11-21T19-41-15.123.log` beside `tetragon.log`, the time in UTC,
 * and `.gz` behind it once it is compressed. They sort as they were rotated.
 */
export type Backup = {
  /** Of the file before it was compressed. */
  readonly name: string;
  readonly stamp: string;
  /** What of it is there. */
  readonly plain: boolean;
  readonly compressed: boolean;
};

export type Found = {
  /** The oldest first. */
  readonly backups: readonly Backup[];
  /** Names of compressed files that were never finished. */
  readonly parts: readonly string[];
  /** There are so many files that not all were looked at. */
  readonly isCut: boolean;
};

/** A name taken apart; `end`: what stands behind the extension. */
type Named = { readonly name: string; readonly stamp: string; readonly end: string };

const STAMP = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;
const STAMP_LENGTH = '2026-11-21T19-41-15.123'.length;

export const COMPRESSED = '.gz';
/** Of a compressed file that is not whole yet. */
export const PART = '.gz.part';

/** Names in a folder that are read, and files of such names that are looked at: in /tmp anybody can make more. */
const MOST_NAMES = 1_000_000;
const MOST_LOOKED_AT = 20_000;
/** Names that are read at once. */
const NAMES_A_TURN = 1024;
/** Files that are looked at at once. */
const LOOKED_AT_ONCE = 64;
/** A stamp that is further ahead of the clock comes of a clock that was wrong: it says nothing about the order. */
const AHEAD_MS = 2 * 24 * 3_600_000;

/** @param ms since the epoch */
const stampOf = (ms: number): string =>
  new Date(ms).toISOString().slice(0, -1).replaceAll(':', '-');

/** Undoes {@link stampOf}. */
const timeOf = (stamp: string): number => {
  const [day = '', time = ''] = stamp.split('T');
  return Date.parse(`${day}T${time.replaceAll('-', ':')}Z`);
};

const isAhead = (stamp: string, now: number): boolean => timeOf(stamp) > now + AHEAD_MS;

/** @param file its name */
export function backupName(file: string, stamp: string): string {
  const extension = extname(file);
  return `${file.slice(0, file.length - extension.length)}-${stamp}${extension}`;
}

/** A stamp behind all that there are: when the clock was set back, the order of names still tells which is older. */
export function nextStamp(now: number, backups: readonly Pick<Backup, 'stamp'>[]): string {
  const newest = backups.findLast(({ stamp }) => !isAhead(stamp, now))?.stamp;
  return stampOf(newest === undefined ? now : Math.max(now, timeOf(newest) + 1));
}

/**
 * What there is beside the file. Of files with such names only our own count: others may be able to make files there.
 *
 * @param file its name
 * @param now ms since the epoch
 */
export async function findBackups(folder: Folder, file: string, now: number): Promise<Found> {
  const found = new Map<string, { plain: boolean; compressed: boolean }>();
  const parts: string[] = [];
  const named: Named[] = [];
  let names = 0;
  let isCut = false;
  for await (const { name } of await opendir(folder.path('.'), { bufferSize: NAMES_A_TURN })) {
    names += 1;
    const one = readName(file, name);
    if (one) named.push({ name, ...one });
    isCut = names > MOST_NAMES || named.length > MOST_LOOKED_AT;
    if (isCut) break;
  }
  for (const { name, stamp, end } of await ownFiles(folder, named)) {
    if (end === PART) {
      parts.push(name);
      continue;
    }
    const before = found.get(stamp) ?? { plain: false, compressed: false };
    found.set(stamp, { ...before, [end === COMPRESSED ? 'compressed' : 'plain']: true });
  }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  // Whenever those of a wrong clock were made: they go first.
  const inOrder = [
    ...sorted.filter(([stamp]) => isAhead(stamp, now)),
    ...sorted.filter(([stamp]) => !isAhead(stamp, now)),
  ];
  const backups = inOrder.map(([stamp, what]) => ({
    ...{ name: backupName(file, stamp), stamp },
    ...what,
  }));
  return { backups, parts, isCut };
}

/**
 * Those that are our own. Many at once: each answer of the file system waits for a turn of a busy agent, and events wait for a rotation.
 */
async function ownFiles(folder: Folder, named: readonly Named[]): Promise<Named[]> {
  const own: Named[] = [];
  for (let from = 0; from < named.length; from += LOOKED_AT_ONCE) {
    const some = named.slice(from, from + LOOKED_AT_ONCE);
    const areOwn = await Promise.all(some.map(({ name }) => isOwnFile(folder, name)));
    own.push(...some.filter((_, index) => areOwn[index]));
  }
  return own;
}

/** Whether the name is our own file's: no other is ever touched. */
export const isOwnFile = async (folder: Folder, name: string): Promise<boolean> => {
  const stats = await lstat(folder.path(name)).catch(() => undefined);
  return stats !== undefined && isOurs(stats);
};

/** Takes apart what {@link backupName} has made. @returns undefined: it is no such name */
function readName(file: string, name: string): Omit<Named, 'name'> | undefined {
  const extension = extname(file);
  const start = `${file.slice(0, file.length - extension.length)}-`;
  if (!name.startsWith(start)) return undefined;
  const stamp = name.slice(start.length, start.length + STAMP_LENGTH);
  const rest = name.slice(start.length + STAMP_LENGTH);
  if (!STAMP.test(stamp) || Number.isNaN(timeOf(stamp)) || !rest.startsWith(extension))
    return undefined;
  const end = rest.slice(extension.length);
  return end === '' || end === COMPRESSED || end === PART ? { stamp, end } : undefined;
}
