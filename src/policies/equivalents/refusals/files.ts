import type { Refusal } from './types.ts';

/** Calls on open files and on memory (fs/read_write.c, fs/readdir.c, fs/splice.c, fs/fcntl.c, fs/locks.c, mm/). */
export const FILE_REFUSALS: readonly Refusal[] = [
  // rw_verify_area(), iterate_dir(), vfs_fallocate().
  {
    syscalls: [
      ...['read', 'pread64', 'readv', 'preadv', 'preadv2', 'getdents', 'getdents64'],
      ...['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2', 'fallocate'],
      ...['sendfile', 'copy_file_range'],
    ],
    hooks: ['file_permission'],
  },
  {
    syscalls: ['io_submit'],
    hooks: ['file_permission'],
    notes: [
      'requests to wait for a file or to write it out (IOCB_CMD_POLL, IOCB_CMD_FSYNC, IOCB_CMD_FDSYNC) come to no LSM hook: they go on',
    ],
  },
  {
    syscalls: ['splice'],
    hooks: ['file_permission'],
    notes: ['splice from one pipe to another comes to no LSM hook: it goes on'],
  },
  { syscalls: ['ioctl'], hooks: ['file_ioctl'] },
  { syscalls: ['fcntl'], hooks: ['file_fcntl'] },
  { syscalls: ['flock'], hooks: ['file_lock'] },
  { syscalls: ['mmap'], hooks: ['mmap_file'] },
  { syscalls: ['mprotect', 'pkey_mprotect'], hooks: ['file_mprotect'] },
  // uselib() opens the library to run it.
  { syscalls: ['uselib'], hooks: ['file_open'] },
  // Files of the kernel's own that are made with an inode (io_uring since 5.16, memfd_secret since 5.18; uring_allowed since 6.15).
  { syscalls: ['userfaultfd', 'memfd_secret'], hooks: ['inode_init_security_anon'] },
  { syscalls: ['io_uring_setup'], hooks: ['uring_allowed', 'inode_init_security_anon'] },
];
