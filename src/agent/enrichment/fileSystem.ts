import { type FileHandle, readFile } from 'node:fs/promises';

/** Of another host, or of a program in user space (`fuse.sshfs`). */
const SERVED = /^(fuse|nfs|cifs|smb|ceph|9p|afs|gfs2|ocfs2|lustre|glusterfs|coda|orangefs|autofs)/;

/** Whether who serves a file system of this type, e.g. `nfs4`, may never answer. */
export const isServed = (type: string): boolean => SERVED.test(type);

/** What is known of the file system that an open file lies on, without asking that file system. */
export type FileSystem = {
  /** As mounts have it, e.g. `ext4`; '' where no mount was found. */
  readonly type: string;
  /** Who serves it may never answer: another host, or a program of somebody's. */
  readonly mayHang: boolean;
};

/**
 * statfs(2) would ask the server; the kernel's list of mounts (proc_pid_mountinfo(5)) is always there.
 *
 * @param file may be open as a path only (O_PATH)
 * @param folders of /proc: of processes one of which has the file's mount
 */
export async function fileSystemOf(
  file: FileHandle,
  folders: readonly string[],
): Promise<FileSystem> {
  const info = await textOf(`/proc/self/fdinfo/${file.fd}`);
  const mount = /^mnt_id:\s*(\d+)$/m.exec(info)?.[1];
  const lineOf = new RegExp(`^${mount} .* - (\\S+) `, 'm');
  for (const folder of mount === undefined ? [] : folders) {
    const type = lineOf.exec(await textOf(`${folder}/mountinfo`))?.[1];
    if (type !== undefined) return { type, mayHang: isServed(type) };
  }
  return { type: '', mayHang: true };
}

const textOf = (path: string): Promise<string> => readFile(path, 'latin1').catch(() => '');
