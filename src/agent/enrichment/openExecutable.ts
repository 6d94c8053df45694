import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { O_PATH } from '../../regularFile.ts';
import { fileSystemOf } from './fileSystem.ts';
import type { FileIdentity, HashQuestion } from './messages.ts';

/** 'served': it lies where whoever serves it may never answer. */
export type Executable = FileHandle | 'served' | undefined;

/**
 * The very file that was executed, however it is called by now: from the process while it lives, else by its path.
 *
 * @param proc where processes are
 * @returns undefined: it can't be had any more
 */
export async function openExecutable(question: HashQuestion, proc: string): Promise<Executable> {
  const { pid, path, file } = question;
  const process = `${proc}/${pid}`;
  const fromProcess = await openIf(`${process}/exe`, 0, process, async (stat, type) => {
    if (file && isSameFile(stat, file, type)) return true;
    return (!file || isDeleted(stat, file)) && isSameProcess(question, process);
  });
  if (fromProcess || !file || path === '') return fromProcess;
  // Who owns the folder may have put another file there: it must be the same one by all of its numbers.
  return openIf(path, constants.O_NOFOLLOW, process, (stat) => isSameFile(stat, file, ''));
}

/** Opens a regular file for reading if it is the one; devices, pipes and file systems that may hang are not touched. */
async function openIf(
  path: string,
  flags: number,
  process: string,
  isTheOne: (stat: BigIntStats, fileSystem: string) => boolean | Promise<boolean>,
): Promise<Executable> {
  const found = await open(path, O_PATH | flags).catch(() => undefined);
  if (!found) return undefined;
  try {
    const { type, mayHang } = await fileSystemOf(found, ['/proc/self', process]);
    if (mayHang) return type === '' ? undefined : 'served';
    const stat = await found.stat({ bigint: true });
    if (!stat.isFile() || !(await isTheOne(stat, type))) return undefined;
    const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
    // A magic link (proc_pid_fd(5)): it leads to the very file that was found.
    return await open(`/proc/self/fd/${found.fd}`, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    return undefined;
  } finally {
    await found.close();
  }
}

/**
 * Size and time of the last change alone are not enough: files that are made one after the other share their time. Overlays, and
 * subvolumes of btrfs, show other device numbers to user space than to the kernel, overlays of several file systems also other inodes.
 */
function isSameFile(stat: BigIntStats, file: FileIdentity, fileSystem: string): boolean {
  if (stat.size !== file.size || stat.ctimeNs !== file.changed) return false;
  if (fileSystem === 'overlay') return true;
  return stat.ino === file.inode && (fileSystem === 'btrfs' || deviceOf(stat) === file.device);
}

/** Deleting it moved the time of its last change; nobody writes into it while it runs, and nobody else gets its inode. */
const isDeleted = (stat: BigIntStats, file: FileIdentity): boolean =>
  stat.nlink === 0n &&
  stat.ino === file.inode &&
  stat.size === file.size &&
  deviceOf(stat) === file.device;

/** As the kernel has it, major << 20 | minor; stat(2) splits it otherwise (makedev(3)). */
function deviceOf({ dev }: BigIntStats): number {
  const major = Number((dev >> 8n) & 0xfffn);
  const minor = Number((dev & 0xffn) | ((dev >> 12n) & 0xfff00n));
  return ((major << 20) | minor) >>> 0;
}

/** Nanoseconds in a tick of /proc/PID/stat. */
const NS_PER_TICK = 10_000_000n;

async function isSameProcess({ start }: HashQuestion, process: string): Promise<boolean> {
  const text = await readFile(`${process}/stat`, 'latin1').catch(() => '');
  // Field 22, starttime; the name before it may hold anything (proc_pid_stat(5)).
  const ticks = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  return ticks !== undefined && BigInt(ticks) === start / NS_PER_TICK;
}
