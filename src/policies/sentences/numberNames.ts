/** What the kernel's user-space headers call flags, commands and requests. */
export type Names = ReadonlyMap<number, string>;

/** The name of a number; `write`: for one without a name. */
export const nameFrom =
  (names: Names, write: (value: bigint) => string = String) =>
  (value: bigint): string =>
    names.get(Number(value)) ?? write(value);

/** The single bits of a mask, the lowest first. */
export const bitsOf = (mask: bigint): bigint[] =>
  [...mask.toString(2)]
    .reverse()
    .flatMap((bit, position) => (bit === '1' ? [1n << BigInt(position)] : []));

/** CLONE_NEW* (linux/sched.h), by the namespace's name. */
export const NAMESPACE_FLAGS: Names = new Map([
  [0x80, 'time'],
  [0x20000, 'mount'],
  [0x2000000, 'cgroup'],
  [0x4000000, 'host name'],
  [0x8000000, 'IPC'],
  [0x10000000, 'user'],
  [0x20000000, 'pid'],
  [0x40000000, 'network'],
]);

/** PTRACE_* (linux/ptrace.h, asm/ptrace-abi.h); 6, 13 and 15 are of x86 alone. */
export const PTRACE_REQUESTS: Names = new Map([
  [0, 'PTRACE_TRACEME'],
  [1, 'PTRACE_PEEKTEXT'],
  [2, 'PTRACE_PEEKDATA'],
  [4, 'PTRACE_POKETEXT'],
  [5, 'PTRACE_POKEDATA'],
  [6, 'PTRACE_POKEUSR'],
  [7, 'PTRACE_CONT'],
  [9, 'PTRACE_SINGLESTEP'],
  [13, 'PTRACE_SETREGS'],
  [15, 'PTRACE_SETFPREGS'],
  [16, 'PTRACE_ATTACH'],
  [17, 'PTRACE_DETACH'],
  [24, 'PTRACE_SYSCALL'],
  [0x4204, 'PTRACE_GETREGSET'],
  [0x4205, 'PTRACE_SETREGSET'],
  [0x4206, 'PTRACE_SEIZE'],
]);

/** SOCK_* (linux/net.h) without SOCK_CLOEXEC and SOCK_NONBLOCK, which may stand in the same number. */
export const SOCKET_TYPES: Names = new Map([
  [1, 'stream'],
  [2, 'datagram'],
  [3, 'raw'],
  [5, 'seqpacket'],
]);

/** PR_* (linux/prctl.h). */
export const PRCTL_OPTIONS: Names = new Map([
  [4, 'PR_SET_DUMPABLE'],
  [15, 'PR_SET_NAME'],
  [22, 'PR_SET_SECCOMP'],
  [24, 'PR_CAPBSET_DROP'],
  [28, 'PR_SET_SECUREBITS'],
  [35, 'PR_SET_MM'],
  [36, 'PR_SET_CHILD_SUBREAPER'],
  [38, 'PR_SET_NO_NEW_PRIVS'],
  [47, 'PR_CAP_AMBIENT'],
  [0x59616d61, 'PR_SET_PTRACER'],
]);

/** MS_* (linux/mount.h). */
export const MOUNT_FLAGS: Names = new Map([
  [0x1, 'MS_RDONLY'],
  [0x2, 'MS_NOSUID'],
  [0x4, 'MS_NODEV'],
  [0x8, 'MS_NOEXEC'],
  [0x20, 'MS_REMOUNT'],
  [0x1000, 'MS_BIND'],
  [0x2000, 'MS_MOVE'],
  [0x4000, 'MS_REC'],
  [0x8000, 'MS_SILENT'],
  [0x20000, 'MS_UNBINDABLE'],
  [0x40000, 'MS_PRIVATE'],
  [0x80000, 'MS_SLAVE'],
  [0x100000, 'MS_SHARED'],
]);

/** LINUX_REBOOT_CMD_* (linux/reboot.h). */
export const REBOOT_COMMANDS: Names = new Map([
  [0x0, 'CAD_OFF'],
  [0x1234567, 'RESTART'],
  [0x4321fedc, 'POWER_OFF'],
  [0x45584543, 'KEXEC'],
  [0x89abcdef, 'CAD_ON'],
  [0xa1b2c3d4, 'RESTART2'],
  [0xcdef0123, 'HALT'],
  [0xd000fce2, 'SW_SUSPEND'],
]);

/** SYSLOG_ACTION_* (linux/syslog.h). */
export const SYSLOG_ACTIONS: Names = new Map([
  [2, 'READ'],
  [3, 'READ_ALL'],
  [4, 'READ_CLEAR'],
  [5, 'CLEAR'],
  [6, 'CONSOLE_OFF'],
  [7, 'CONSOLE_ON'],
  [8, 'CONSOLE_LEVEL'],
]);

/** KEYCTL_* (linux/keyctl.h). */
export const KEY_COMMANDS: Names = new Map([
  [1, 'KEYCTL_JOIN_SESSION_KEYRING'],
  [2, 'KEYCTL_UPDATE'],
  [3, 'KEYCTL_REVOKE'],
  [6, 'KEYCTL_DESCRIBE'],
  [8, 'KEYCTL_LINK'],
  [9, 'KEYCTL_UNLINK'],
  [10, 'KEYCTL_SEARCH'],
  [11, 'KEYCTL_READ'],
]);

/** CLOCK_* (linux/time.h). */
export const CLOCKS: Names = new Map([
  [0, 'the real-time clock'],
  [1, 'the monotonic clock'],
  [11, 'the TAI clock'],
]);

/** Those of asm-generic/ioctls.h and linux/fs.h that are of use to an intruder. */
export const IOCTL_COMMANDS: Names = new Map([
  [0x540e, 'TIOCSCTTY'],
  [0x5412, 'TIOCSTI'],
  [0x541c, 'TIOCLINUX'],
  [0x5423, 'TIOCSETD'],
  [0x400454ca, 'TUNSETIFF'],
  [0x40086602, 'FS_IOC_SETFLAGS'],
  [0x401c5820, 'FS_IOC_FSSETXATTR'],
]);

/** S_IS* and the execute permissions. */
export const MODE_BITS: Names = new Map([
  [0o1, 'execute'],
  [0o10, 'execute'],
  [0o100, 'execute'],
  [0o1000, 'sticky'],
  [0o2000, 'set-group-id'],
  [0o4000, 'set-user-id'],
]);

export const DESCRIPTORS: Names = new Map([
  [0, 'its standard input'],
  [1, 'its standard output'],
  [2, 'its standard error'],
]);
