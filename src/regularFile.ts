import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** open(2): finds what lies at a path without opening it, so that a device notices nothing. Node has no name for it. */
export const O_PATH = 0o10000000;

/** Below a device there is nothing on disk: there lies what came inside our own executable (docs/packaging.md), as Node shows it. */
const isInExecutable = (path: string): boolean => path.startsWith('/dev/null/');

/**
 * Opens an ordinary file for reading. Anything else is not even opened: that alone sets off some devices, and of a pipe the end may
 * never come.
 *
 * @param flags beside O_PATH for finding it, e.g. O_NOFOLLOW
 * @throws the file system's error, or that it is no ordinary file
 */
export function openRegularFile(path: string, flags = 0): number {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  if (isInExecutable(path)) return openSync(path, O_RDONLY);
  const found = openSync(path, O_PATH | flags);
  try {
    if (!fstatSync(found).isFile()) throw new Error('it is no ordinary file');
    // A magic link (proc_pid_fd(5)): it leads to the very file that was found.
    return openSync(`/proc/self/fd/${found}`, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } finally {
    closeSync(found);
  }
}
