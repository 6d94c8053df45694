import { open, type Stats } from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import { lockFile } from '../bpf/addon.ts';
import { descriptorOf } from './descriptor.ts';
import { TargetError } from './targetError.ts';

/**
 * Keeps other Trigons from a file for as long as it is open. Where a file system has no locks, nothing is kept.
 *
 * @throws TargetError another one writes it
 */
export async function lockForUs(fd: number, stats: Stats, path: string): Promise<void> {
  if ((await lockFile(fd)) !== constants.errno.EWOULDBLOCK) return;
  const holder = await findHolder(stats).catch(() => undefined);
  const who = holder === undefined ? 'another Trigon' : `another Trigon, process ${holder},`;
  throw new TargetError(
    `${who} writes ${path}`,
    'give each its own file (--export), or none here (--export none)',
  );
}

/** Of /proc/locks so much is read. */
const MOST_BYTES = 1 << 20;

/** Who has the lock, by /proc/locks (proc_locks(5)), which not every file system tells properly. */
async function findHolder({ ino }: Stats): Promise<number | undefined> {
  const file = descriptorOf(await promisify(open)('/proc/locks', 'r'));
  try {
    let text = '';
    while (text.length < MOST_BYTES) {
      const bytes = await file.read(text.length, 1 << 16);
      if (bytes.length === 0) break;
      text += bytes.toString('latin1');
    }
    const holders = [...text.matchAll(/ FLOCK +ADVISORY +WRITE +(\d+) [\da-f]+:[\da-f]+:(\d+) /g)]
      .filter(([, , inode]) => inode === String(ino))
      .map(([, pid]) => Number(pid));
    // Two locks on two file systems' files of one number: nobody knows whose.
    return holders.length === 1 && holders[0] !== 0 ? holders[0] : undefined;
  } finally {
    await file.close();
  }
}
