import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
  write as writeCallback,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { asOwner, type FileOwner } from '../../agent/sudoUser.ts';
import { O_PATH } from '../../regularFile.ts';

/** A file on its way: nothing is seen of it under its name until it is complete. */
export type SaveFile = {
  write(bytes: Uint8Array): Promise<void>;
  /** Gives it its name. @throws EEXIST there is one already, and it may not be replaced */
  finish(mayReplace: boolean): void;
  /** Leaves nothing behind; also when the program ends before `finish`. */
  abandon(): void;
};

const writeSome = promisify(writeCallback);
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const PRIVATE = 0o600;

/** What lies there, a link itself and not what it leads to. @throws but for ENOENT */
export function whatIsAt(
  path: string,
  owner: FileOwner | undefined,
): 'nothing' | 'file' | 'folder' | 'other' {
  return asOwner(owner, () => {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) return 'nothing';
    if (found.isDirectory()) return 'folder';
    return found.isFile() ? 'file' : 'other';
  });
}

/**
 * Opens a file of an unguessable name beside the one that it will become. The folder is looked up once: whatever becomes of its
 * path then, everything happens in the folder that was found.
 *
 * @param path absolute
 * @throws what open(2) says of the folder or of a file in it
 */
export function openSaveFile(path: string, owner: FileOwner | undefined): SaveFile {
  const folder = asOwner(owner, () => openSync(dirname(path), O_PATH | constants.O_DIRECTORY));
  // Node has no openat(2); the link in /proc leads to the very folder that is open.
  const at = (name: string) => `/proc/self/fd/${folder}/${name}`;
  const part = at(`.trigon-${randomBytes(8).toString('hex')}.part`);
  const final = at(basename(path));
  let fd: number;
  try {
    fd = asOwner(owner, () => openSync(part, NEW_FILE, PRIVATE));
  } catch (error) {
    closeSync(folder);
    throw error;
  }
  let isOpen = true;

  const close = () => {
    isOpen = false;
    process.off('exit', abandon);
    closeSync(fd);
    closeSync(folder);
  };
  const abandon = () => {
    if (!isOpen) return;
    try {
      asOwner(owner, () => unlinkSync(part));
    } catch {
      // Somebody else has taken it away.
    }
    close();
  };
  process.on('exit', abandon);

  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length; )
        at += (await writeSome(fd, bytes, at, bytes.length - at)).bytesWritten;
    },
    finish(mayReplace) {
      asOwner(owner, () => {
        // The name is taken first, which fails where there is one; a hard link would do that too, but not every file system has them.
        if (!mayReplace) closeSync(openSync(final, NEW_FILE, PRIVATE));
        try {
          renameSync(part, final);
        } catch (error) {
          if (!mayReplace) unlinkSync(final);
          throw error;
        }
      });
      close();
    },
    abandon,
  };
}
