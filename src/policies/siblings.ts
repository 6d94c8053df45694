import { syscallNumber } from '../events/syscallNumbers.ts';
import type { HostAbilities } from './plan.ts';

/** System calls that do the same: who watches one of them usually means them all. */
const FAMILIES: readonly (readonly string[])[] = [
  ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'],
  ['link', 'linkat'],
  ['symlink', 'symlinkat'],
  ['unlink', 'unlinkat'],
  ['rmdir', 'unlinkat'],
  ['rename', 'renameat', 'renameat2'],
  ['mkdir', 'mkdirat'],
  ['mknod', 'mknodat'],
  ['chmod', 'fchmod', 'fchmodat', 'fchmodat2'],
  ['chown', 'fchown', 'lchown', 'fchownat'],
  ['truncate', 'ftruncate'],
  ['access', 'faccessat', 'faccessat2'],
  ['readlink', 'readlinkat'],
  ['setxattr', 'lsetxattr', 'fsetxattr', 'setxattrat'],
  ['removexattr', 'lremovexattr', 'fremovexattr', 'removexattrat'],
  ['read', 'pread64', 'readv', 'preadv', 'preadv2'],
  ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'],
  ['sendto', 'sendmsg', 'sendmmsg'],
  ['recvfrom', 'recvmsg', 'recvmmsg'],
  ['accept', 'accept4'],
  ['execve', 'execveat'],
  ['fork', 'vfork', 'clone', 'clone3'],
  ['dup', 'dup2', 'dup3'],
  ['pipe', 'pipe2'],
  ['kill', 'tkill', 'tgkill', 'pidfd_send_signal', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo'],
  ['mount', 'move_mount'],
  ['init_module', 'finit_module'],
  ['kexec_load', 'kexec_file_load'],
  ['setuid', 'setreuid', 'setresuid'],
  ['setgid', 'setregid', 'setresgid'],
  ['clock_settime', 'settimeofday', 'clock_adjtime', 'adjtimex'],
  ['process_vm_readv', 'ptrace'],
  ['process_vm_writev', 'ptrace'],
  ['eventfd', 'eventfd2'],
  ['signalfd', 'signalfd4'],
  ['epoll_create', 'epoll_create1'],
  ['inotify_init', 'inotify_init1'],
];

/** What io_uring does without the system call: io_uring_enter(2), as of Linux 6.15. */
const BY_IO_URING: readonly string[] = [
  ...['read', 'readv', 'write', 'writev', 'openat', 'openat2', 'close', 'fsync', 'fallocate'],
  ...['connect', 'accept', 'accept4', 'sendto', 'sendmsg', 'recvfrom', 'recvmsg', 'socket'],
  ...['bind', 'listen', 'shutdown', 'unlinkat', 'renameat', 'renameat2', 'mkdirat', 'symlinkat'],
  ...['linkat', 'statx', 'splice', 'tee', 'fadvise64', 'madvise', 'setxattr', 'getxattr'],
  ...['ftruncate', 'waitid', 'epoll_ctl', 'sync_file_range'],
];

export const isDoneByIoUring = (syscall: string): boolean => BY_IO_URING.includes(syscall);

/** Calls of the same families that this architecture has and that are not among those watched. */
export function missingSiblings(
  syscall: string,
  watched: ReadonlySet<string>,
  arch: HostAbilities['arch'],
): string[] {
  const siblings = FAMILIES.filter((family) => family.includes(syscall)).flat();
  return [...new Set(siblings)].filter(
    (name) => !watched.has(name) && syscallNumber(arch, name) !== undefined,
  );
}

/** C functions of glibc that use another call than the one of their name, or an older one, where it matters to policies. */
const GLIBC: Readonly<Record<string, string>> = {
  symlink: 'symlink()',
  link: 'link()',
  unlink: 'unlink()',
  rename: 'rename()',
  mkdir: 'mkdir()',
  rmdir: 'rmdir()',
  openat: 'open()',
  clone3: 'posix_spawn() and pthread_create()',
};

/** The C function that ends in this system call, for messages. */
export const glibcFunction = (syscall: string): string | undefined =>
  Object.hasOwn(GLIBC, syscall) ? GLIBC[syscall] : undefined;
