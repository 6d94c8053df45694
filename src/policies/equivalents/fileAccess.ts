import type { SyscallAccess } from '../plan.ts';
import { available, NOT_BY_SYSCALL, RETURN_OF_SYSCALL } from './points.ts';
import { file, number, returned } from './sources.ts';
import type { Equivalent } from './types.ts';

const reads = (...names: string[]): SyscallAccess[] =>
  names.map((name) => ({ name, accesses: [{ argument: 0, access: 'read' }] }));
const writes = (...names: string[]): SyscallAccess[] =>
  names.map((name) => ({ name, accesses: [{ argument: 0, access: 'write' }] }));

/** Callers of security_file_permission(): rw_verify_area() in fs/read_write.c, iterate_dir() in fs/readdir.c, vfs_fallocate() in fs/open.c. */
const FILE_ACCESS_SYSCALLS: readonly SyscallAccess[] = [
  ...reads('read', 'pread64', 'readv', 'preadv', 'preadv2', 'getdents', 'getdents64'),
  ...writes('write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'fallocate'),
  {
    name: 'sendfile',
    accesses: [
      { argument: 1, access: 'read' },
      { argument: 0, access: 'write' },
    ],
  },
  {
    name: 'copy_file_range',
    accesses: [
      { argument: 0, access: 'read' },
      { argument: 2, access: 'write' },
    ],
  },
  {
    name: 'splice',
    accesses: [
      { argument: 0, access: 'read' },
      { argument: 2, access: 'write' },
    ],
  },
];

export const FILE_ACCESS: readonly Equivalent[] = [
  {
    functions: ['security_file_permission'],
    parameters: ['file', 'mask'],
    find: (host) =>
      available(
        host,
        {
          tell: [
            {
              attachment: { kind: 'fileAccess', accesses: FILE_ACCESS_SYSCALLS },
              obtained: 'entry of read, write and their kin (raw sys_enter)',
              differs: [
                'sees the attempt, not the outcome: calls that fail later, and calls with a bad buffer or offset, are reported too',
                'not seen: aio (io_submit), clones of whole extents (ioctl FICLONE, `cp --reflink`), and memory mapped files',
                NOT_BY_SYSCALL,
                'a descriptor that another thread replaces during the call may be checked under its old file (a race)',
                RETURN_OF_SYSCALL,
              ],
              sigkill:
                'the process dies before write and its kin change a file, and before a read gives it data; a write to a pipe or socket, fallocate, and copies inside the kernel (sendfile, splice, copy_file_range) may still happen',
              canSignal: true,
              canOverride: false,
              parameters: [file('TG_INPUT_FILE'), number('TG_INPUT_ACCESS')],
              returns: returned,
              requires: [],
            },
          ],
        },
        { reason: 'no system call leads to it', remedy: undefined },
      ),
  },
];
