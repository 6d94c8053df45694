/**
 * Hook points with the same subject as a kernel function, for kernels in which that function can't be probed. Each entry says
 * what differs from the real function: an operator must know it before relying on a policy.
 */
export type Equivalent = {
  /** How the hook is obtained, for the plan and for events. */
  obtained: string;
  /** Kernel-side hook point, a value of `tg_point` (bpf/policy.h). */
  point: 'TG_POINT_FILE_ACCESS';
  /** What the function's parameters are here, by index. */
  parameters: readonly Parameter[];
  /** System calls that lead to the function. */
  syscalls: readonly SyscallAccess[];
  differs: readonly string[];
  /** What SIGKILL prevents and what still happens, as measured (docs/architecture.md). */
  sigkill: string;
};

export type Parameter = { type: 'file' | 'int'; source: 'TG_SOURCE_FILE' | 'TG_SOURCE_ACCESS' };

/** `accesses`: which argument of the system call is the file descriptor, and how it is used. */
export type SyscallAccess = {
  name: string;
  accesses: readonly { argument: number; access: 'read' | 'write' }[];
};

/** include/linux/fs.h */
export const MAY_WRITE = 2;
export const MAY_READ = 4;

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

export const EQUIVALENTS: Readonly<Record<string, Equivalent>> = {
  security_file_permission: {
    obtained: 'equivalent: entry of read, write and their kin (raw sys_enter)',
    point: 'TG_POINT_FILE_ACCESS',
    parameters: [
      { type: 'file', source: 'TG_SOURCE_FILE' },
      { type: 'int', source: 'TG_SOURCE_ACCESS' },
    ],
    syscalls: FILE_ACCESS_SYSCALLS,
    differs: [
      'sees the attempt, not the outcome: calls that fail later, and calls with a bad buffer or offset, are reported too',
      'not seen: io_uring, aio (io_submit), clones of whole extents (ioctl FICLONE, `cp --reflink`), accesses by the kernel itself, 32-bit system calls, and memory mapped files',
      'a descriptor that another thread replaces during the call may be checked under its old file (a race)',
    ],
    sigkill:
      'the process dies before write and its kin change a file, and before a read gives it data; a write to a pipe or socket, fallocate, and copies inside the kernel (sendfile, splice, copy_file_range) may still happen',
  },
};
