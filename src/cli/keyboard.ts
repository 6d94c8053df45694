import { closeSync, constants, openSync } from 'node:fs';
import { isatty, ReadStream } from 'node:tty';

const STDIN = 0;

/** The terminal's keyboard where standard input is something else; undefined: it is standard input, or there is none. */
export function ownKeyboard(): ReadStream | undefined {
  if (isatty(STDIN)) return undefined;
  try {
    const fd = openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY);
    if (isatty(fd)) return new ReadStream(fd);
    closeSync(fd);
  } catch {
    // No terminal controls this session.
  }
  return undefined;
}
