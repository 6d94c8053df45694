import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FileOwner } from '../../agent/sudoUser.ts';
import { readHomes } from '../../agent/users.ts';
import { twoDigits } from '../text/digits.ts';

/** `./trigon-stream-20261121T120311.jsonl`, of local time. */
export function defaultName(what: string, extension: string, now = new Date()): string {
  const day = `${now.getFullYear()}${twoDigits(now.getMonth() + 1)}${twoDigits(now.getDate())}`;
  const time = `${twoDigits(now.getHours())}${twoDigits(now.getMinutes())}${twoDigits(now.getSeconds())}`;
  return `./trigon-${what}-${day}T${time}.${extension}`;
}

/** What is wrong with a name as it is typed; undefined: nothing that can be seen without looking at the disk. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'a file name is needed; Esc: save nothing';
  if (/\p{Cc}/u.test(name)) return 'a file name without control characters is needed';
  if (/(^|\/)\.{0,2}$/.test(name)) return 'this is a folder: add the name of a file';
  return undefined;
}

/** The folder that a relative name begins at: where Trigon was started, which sudo(8) leaves as it was. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return '/'; // it was removed
  }
}

/** The name as an absolute path; `~/` is the home of whoever the file will belong to. */
export function pathOf(name: string, owner: FileOwner | undefined): string {
  if (!name.startsWith('~/')) return resolve(currentFolder(), name);
  const home = owner ? readHomes().get(owner.uid) : homedir();
  return join(home ?? '/', name.slice(2));
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is no folder',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'there is no space left',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'there is a folder of this name',
  EEXIST: 'there is a file of this name now',
  ELOOP: 'the path is a circle of links',
  ENAMETOOLONG: 'the name is too long',
};

/** Why a file can't be had, in words. @param user in whose name it was tried */
export function fileProblem(error: unknown, user: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EACCES' || code === 'EPERM') return `${user} may not write there`;
  return WHY[code] ?? (error instanceof Error ? error.message : String(error));
}
