import { BPF_COMMANDS } from '../../events/enums.ts';
import { familyName, tcpStateName } from '../../events/networkNames.ts';
import { signalName } from '../../events/signals.ts';
import type { ArgumentFilter } from '../model.ts';
import { capabilityName, valueTexts } from '../words/values.ts';
import { type Case, filtersOn, listed, type Slot } from './template.ts';

/** Words for numbers that mean something: users, signals, flags, commands. */

type Names = Readonly<Record<string, string>>;

/**
 * `anyway`: what is said when nothing is asked of the number; `unless`: before the names that it must not be; `frame`: what
 * stands around the names, `#` being them.
 */
type Vocabulary = {
  anyway: string;
  name: (value: bigint) => string;
  unless?: string;
  frame?: string;
  /** For "not 0". */
  notZero?: string;
};

const numbered = (vocabulary: Vocabulary): Slot => ({
  isVerb: false,
  words: (about, index) => {
    const filters = filtersOn(about, index).filter(({ values }) => values.kind === 'ranges');
    for (const filter of filters) about.told.add(filter);
    const words = filters.map((filter) => numberWords(filter, vocabulary, about));
    return words.length > 0 ? words.join(' and ') : vocabulary.anyway;
  },
});

function numberWords(
  filter: ArgumentFilter,
  { name, unless = 'anything but', frame = '#', notZero }: Vocabulary,
  { shown }: Case,
): string {
  const { operator, values } = filter;
  const list = listed(valueTexts(undefined, operator, values, name), shown);
  const framed = (names: string) => frame.split('#').join(names);
  switch (operator) {
    case 'GT':
    case 'GreaterThan':
      return framed(`more than ${list}`);
    case 'LT':
    case 'LessThan':
      return framed(`less than ${list}`);
    case 'Mask':
      return framed(listed(maskNames(filter, name), shown));
    default:
      if (!operator.startsWith('Not')) return framed(list);
      return notZero !== undefined && list === name(0n) ? notZero : `${unless} ${list}`;
  }
}

/** Names of the single bits that a Mask asks for. */
function maskNames({ values }: ArgumentFilter, name: (value: bigint) => string): string[] {
  if (values.kind !== 'ranges') return [];
  return [...new Set(values.ranges.flatMap(([value]) => bitsOf(value)).map(name))];
}

const bitsOf = (mask: bigint): bigint[] =>
  [...mask.toString(2)]
    .reverse()
    .flatMap((bit, position) => (bit === '1' ? [1n << BigInt(position)] : []));

const from =
  (names: Names, write: (value: bigint) => string = String) =>
  (value: bigint): string =>
    names[String(value)] ?? write(value);

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const octal = (value: bigint): string => `0${value.toString(8)}`;

/** CLONE_NEW* (linux/sched.h), by the namespace's name. */
const NAMESPACE_FLAGS: Names = {
  128: 'time',
  131072: 'mount',
  33554432: 'cgroup',
  67108864: 'host name',
  134217728: 'IPC',
  268435456: 'user',
  536870912: 'pid',
  1073741824: 'network',
};

/** PTRACE_* (linux/ptrace.h, asm/ptrace-abi.h); 6, 13 and 15 are of x86 alone. */
const PTRACE_REQUESTS: Names = {
  0: 'PTRACE_TRACEME',
  1: 'PTRACE_PEEKTEXT',
  2: 'PTRACE_PEEKDATA',
  4: 'PTRACE_POKETEXT',
  5: 'PTRACE_POKEDATA',
  6: 'PTRACE_POKEUSR',
  7: 'PTRACE_CONT',
  9: 'PTRACE_SINGLESTEP',
  13: 'PTRACE_SETREGS',
  15: 'PTRACE_SETFPREGS',
  16: 'PTRACE_ATTACH',
  17: 'PTRACE_DETACH',
  24: 'PTRACE_SYSCALL',
  16900: 'PTRACE_GETREGSET',
  16901: 'PTRACE_SETREGSET',
  16902: 'PTRACE_SEIZE',
};

/** SOCK_* (linux/net.h) without SOCK_CLOEXEC and SOCK_NONBLOCK, which may stand in the same number. */
const SOCKET_TYPES: Names = { 1: 'stream', 2: 'datagram', 3: 'raw', 5: 'seqpacket' };

/** PR_* (linux/prctl.h). */
const PRCTL_OPTIONS: Names = {
  4: 'PR_SET_DUMPABLE',
  15: 'PR_SET_NAME',
  22: 'PR_SET_SECCOMP',
  24: 'PR_CAPBSET_DROP',
  28: 'PR_SET_SECUREBITS',
  35: 'PR_SET_MM',
  36: 'PR_SET_CHILD_SUBREAPER',
  38: 'PR_SET_NO_NEW_PRIVS',
  47: 'PR_CAP_AMBIENT',
  1499557217: 'PR_SET_PTRACER',
};

/** MS_* (linux/mount.h). */
const MOUNT_FLAGS: Names = {
  1: 'MS_RDONLY',
  2: 'MS_NOSUID',
  4: 'MS_NODEV',
  8: 'MS_NOEXEC',
  32: 'MS_REMOUNT',
  4096: 'MS_BIND',
  8192: 'MS_MOVE',
  16384: 'MS_REC',
  262144: 'MS_PRIVATE',
  1048576: 'MS_SHARED',
};

/** LINUX_REBOOT_CMD_* (linux/reboot.h). */
const REBOOT_COMMANDS: Names = {
  0: 'CAD_OFF',
  19088743: 'RESTART',
  1126301404: 'POWER_OFF',
  1163412803: 'KEXEC',
  2309737967: 'CAD_ON',
  2712847316: 'RESTART2',
  3454992675: 'HALT',
  3489725666: 'SW_SUSPEND',
};

/** SYSLOG_ACTION_* (linux/syslog.h). */
const SYSLOG_ACTIONS: Names = {
  2: 'READ',
  3: 'READ_ALL',
  4: 'READ_CLEAR',
  5: 'CLEAR',
  6: 'CONSOLE_OFF',
  7: 'CONSOLE_ON',
  8: 'CONSOLE_LEVEL',
};

/** KEYCTL_* (linux/keyctl.h). */
const KEY_COMMANDS: Names = {
  1: 'KEYCTL_JOIN_SESSION_KEYRING',
  2: 'KEYCTL_UPDATE',
  3: 'KEYCTL_REVOKE',
  6: 'KEYCTL_DESCRIBE',
  8: 'KEYCTL_LINK',
  9: 'KEYCTL_UNLINK',
  10: 'KEYCTL_SEARCH',
  11: 'KEYCTL_READ',
};

/** CLOCK_* (linux/time.h). */
const CLOCKS: Names = { 0: 'the real-time clock', 1: 'the monotonic clock', 11: 'the TAI clock' };

/** Those of asm-generic/ioctls.h and linux/fs.h that are of use to an intruder. */
const IOCTL_COMMANDS: Names = {
  1074292226: 'FS_IOC_SETFLAGS',
  1075599392: 'FS_IOC_FSSETXATTR',
  1074025674: 'TUNSETIFF',
  21539: 'TIOCSETD',
  21522: 'TIOCSTI',
  21532: 'TIOCLINUX',
  21518: 'TIOCSCTTY',
};

/** S_IS* and the execute permissions, in hexadecimal: the formatter spoils octal keys. */
const MODE_BITS: Names = {
  2048: 'set-user-id',
  1024: 'set-group-id',
  512: 'sticky',
  64: 'execute',
  8: 'execute',
  1: 'execute',
};

const DESCRIPTORS: Names = {
  0: 'its standard input',
  1: 'its standard output',
  2: 'its standard error',
};

const user = (value: bigint): string => (value === 0n ? '0 (root)' : String(value));

export const NUMBERS = {
  uid: numbered({ anyway: 'any', name: user }),
  signal: numbered({
    anyway: 'a signal',
    name: (value) => signalName(Number(value)) || `signal ${value}`,
    unless: 'a signal other than',
  }),
  pid: numbered({
    anyway: 'another process',
    name: (value) => `process ${value}`,
    unless: 'a process other than',
  }),
  namespace: numbered({ anyway: 'any', name: from(NAMESPACE_FLAGS, hex) }),
  ptrace: numbered({ anyway: 'any request', name: from(PTRACE_REQUESTS) }),
  family: numbered({ anyway: 'any', name: (value) => familyName(Number(value)) }),
  socketType: numbered({
    anyway: 'any',
    name: (value) => from(SOCKET_TYPES)(value & 0xfn),
  }),
  tcpState: numbered({
    anyway: 'another state',
    name: (value) => `the state ${tcpStateName(Number(value)).replace('TCP_', '')}`,
  }),
  prctl: numbered({ anyway: 'any', name: from(PRCTL_OPTIONS) }),
  mountFlags: numbered({
    anyway: 'any',
    name: (flags) => bitsOf(flags).map(from(MOUNT_FLAGS, hex)).join('+') || 'no flags',
    unless: 'flags other than',
  }),
  clock: numbered({ anyway: 'a clock', name: from(CLOCKS, (value) => `clock ${value}`) }),
  rebootCommand: numbered({ anyway: 'any', name: from(REBOOT_COMMANDS) }),
  syslogAction: numbered({ anyway: 'any', name: from(SYSLOG_ACTIONS) }),
  keyCommand: numbered({ anyway: 'any', name: from(KEY_COMMANDS) }),
  ioctl: numbered({ anyway: 'any', name: from(IOCTL_COMMANDS, hex) }),
  bpfCommand: numbered({
    anyway: 'any',
    name: (value) => BPF_COMMANDS[Number(value)] ?? String(value),
  }),
  capability: numbered({
    anyway: 'a capability',
    name: (value) => capabilityName(Number(value)),
    unless: 'a capability other than',
  }),
  /** S_ISUID, S_ISGID, S_ISVTX and the permissions below them (linux/stat.h). */
  modeBits: numbered({ anyway: 'any', name: from(MODE_BITS, octal), frame: 'the # bit' }),
  descriptor: numbered({
    anyway: 'a file',
    name: from(DESCRIPTORS, (value) => `file descriptor ${value}`),
  }),
  capabilitySet: numbered({
    anyway: 'any',
    name: (mask) =>
      bitsOf(mask)
        .map((bit) => capabilityName(bit.toString(2).length - 1))
        .join(' and ') || 'none',
    unless: 'others than',
    notZero: 'any',
  }),
  number: numbered({ anyway: 'any', name: String }),
} satisfies Record<string, Slot>;
