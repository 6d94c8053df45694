import { closeSync, fstatSync, readSync, type Stats } from 'node:fs';
import { openRegularFile } from '../regularFile.ts';

/**
 * Reads a file of at most so many bytes; devices and pipes are not touched.
 *
 * @param flags for finding it, e.g. O_NOFOLLOW
 * @param check throws when the file, as it was opened, must not be read
 * @throws the file system's error, or one that says what is wrong with the file
 */
export function readSmallFile(
  path: string,
  most: number,
  flags = 0,
  check: (file: Stats) => void = () => {},
): string {
  const fd = openRegularFile(path, flags);
  try {
    const file = fstatSync(fd);
    if (file.size > most) throw new Error(`it is larger than ${most >> 10} KiB`);
    check(file);
    // One more, which it may have grown by.
    const bytes = Buffer.alloc(file.size + 1);
    let used = 0;
    for (let read = -1; read !== 0 && used < bytes.length; used += read)
      read = readSync(fd, bytes, used, bytes.length - used, null);
    return bytes.toString('utf8', 0, Math.min(used, file.size));
  } finally {
    closeSync(fd);
  }
}

/** undefined for what is no error of the file system's. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;

/** An error's own words without the path that Node puts into them: whoever tells it names the file. */
export function errorReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/, \w+ '.*'$/, '');
}
