import { readlinkSync } from 'node:fs';
import type { Operator } from '../agent/journal.ts';
import { readStat } from '../agent/procfs.ts';
import { readUserNames } from '../agent/users.ts';

/** Who runs this process, for the journal: the real user, who called sudo(8), and the controlling terminal. */
export function findOperator(): Operator {
  const uid = process.getuid?.() ?? 0;
  const sudoUser = process.env.SUDO_USER;
  const tty = terminalName(readStat(process.pid)?.tty ?? 0) ?? standardTerminal();
  return {
    user: readUserNames().get(uid) ?? String(uid),
    // Whoever is root can set it to anything: the journal tells, it proves nothing.
    ...(sudoUser ? { sudoUser: sudoUser.slice(0, MAX_TEXT) } : {}),
    ...(tty === undefined ? {} : { tty: tty.slice(0, MAX_TEXT) }),
  };
}

const MAX_TEXT = 64;

/**
 * Name of a terminal by its device number as /proc/PID/stat has it: minor in bits 0-7 and 20-31, major in 8-15 (proc_pid_stat(5)).
 * Majors 136 to 143 are pseudo terminals, 4 is consoles and serial lines (Linux' Documentation/admin-guide/devices.txt).
 *
 * @returns undefined for 0, which is none, and for rarer ones
 */
export function terminalName(device: number): string | undefined {
  const major = (device >>> 8) & 0xff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `/dev/pts/${(major - 136) * 256 + minor}`;
  if (major !== 4) return undefined;
  return minor < 64 ? `/dev/tty${minor}` : `/dev/ttyS${minor - 64}`;
}

/** Without a controlling terminal: the one that standard input is, if it is one. */
function standardTerminal(): string | undefined {
  if (process.stdin.isTTY !== true) return undefined;
  try {
    return readlinkSync('/proc/self/fd/0');
  } catch {
    return undefined;
  }
}
