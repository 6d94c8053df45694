/** What types, operators, values and actions mean. The compiler sees to it that each of them stands here. */
import type { ValueKind } from '../../src/policies/language/operators.ts';
import type {
  ActionName,
  ArgumentOperator,
  ArgumentType,
  HookKind,
  PolicyOptions,
} from '../../src/policies/model.ts';

export const TYPES: Readonly<Record<ArgumentType, string>> = {
  auto: 'what the kernel’s types, or the tracepoint’s format, say that it is',
  int: 'a number of 32 bits with a sign, whatever C calls it',
  int8: 'a number of 8 bits with a sign',
  int16: 'of 16 bits with a sign',
  int32: 'of 32 bits with a sign',
  int64: 'of 64 bits with a sign',
  uint8: 'a number of 8 bits',
  uint16: 'of 16 bits',
  uint32: 'of 32 bits',
  uint64: 'of 64 bits; also a pointer',
  size_t: 'of 64 bits',
  string: 'a text that ends with a NUL byte',
  filename: '`struct filename *`: a path as the program gave it',
  char_buf: 'bytes; `sizeArgIndex` says how many',
  char_iovec: 'bytes in several pieces (`struct iovec *`); `sizeArgIndex` says how many pieces',
  iov_iter: '`struct iov_iter *`: bytes that are read or written',
  const_buf: 'a tracepoint’s field that is an array of characters',
  data_loc: 'a tracepoint’s field that is a text of any length (`__data_loc`)',
  fd: 'the number of an open file: its path',
  file: '`struct file *`: its path, flags and permissions',
  kiocb: '`struct kiocb *`: the path of its file',
  path: '`struct path *`: the path',
  dentry: '`struct dentry *`: its path within its mount',
  linux_binprm: '`struct linux_binprm *`: the path of the program to be run',
  net_device: '`struct net_device *`: its name',
  skb: '`struct sk_buff *`, a packet: addresses, ports, protocol',
  sock: '`struct sock *`: addresses, ports, protocol, state',
  socket: '`struct socket *`: as `sock`',
  sockaddr: '`struct sockaddr *` of IPv4 or IPv6: address and port',
  sockaddr_un: '`struct sockaddr *` of a unix socket: its path',
  cred: '`struct cred *`: users, groups, capabilities',
  user_namespace: '`struct user_namespace *`: its level, owner and number',
  capability: 'the number of a capability',
  kernel_cap_t: 'a set of capabilities',
  cap_inheritable: 'a set of capabilities, told as the inheritable one',
  cap_permitted: 'a set of capabilities, told as the permitted one',
  cap_effective: 'a set of capabilities, told as the effective one',
  bpf_attr: '`union bpf_attr *`: what bpf(2) is asked to load',
  bpf_map: '`struct bpf_map *`: its kind, sizes and name',
  bpf_prog: '`struct bpf_prog *`: its kind, length and name',
  bpf_cmd: 'the command of bpf(2)',
  perf_event: '`struct perf_event *`: its kind, and the function that it probes',
  load_info: '`struct load_info *`: a kernel module that is being loaded',
  module: '`struct module *`: a kernel module',
  syscall64: 'the number of a system call; only in the tracepoints `raw_syscalls`',
  nop: 'nothing: it is left out of events',
};

/** For the operator that a `Not…` turns round, too. */
export const OPERATORS: Readonly<Record<Exclude<ArgumentOperator, `Not${string}`>, string>> = {
  Equal: 'is one of the values',
  GreaterThan: 'is greater than one of the values',
  LessThan: 'is less than one of the values',
  GT: 'the same as GreaterThan',
  LT: 'the same as LessThan',
  Mask: 'has a bit, or a capability, of one of the values',
  InRange: 'lies in one of the ranges; both ends belong to it',
  InMap: 'is one of the values, or lies in one of the ranges; also `list:NAME` of system calls',
  Prefix: 'begins with one of the values',
  Postfix: 'ends with one of the values',
  SubString: 'contains one of the values',
  SubStringIgnCase: 'contains one of the values; letters of either case are equal',
  FileType: 'is a file of one of the kinds',
  SPort: 'has such a source port; of a `sockaddr` its port',
  DPort: 'has such a destination port',
  SPortPriv: 'has a source port below 1024',
  DPortPriv: 'has a destination port below 1024',
  SAddr: 'has a source address in one of the networks; of a `sockaddr` its address',
  DAddr: 'has a destination address in one of the networks',
  Protocol: 'is of one of the protocols',
  Family: 'is of one of the address families',
  State: 'is in one of the states of TCP',
  CapabilitiesGained:
    'of two sets the second has a capability that the first has not: `args: [0, 1]`',
  CelExpr: 'the [expression](#expressions) holds',
};

export const VALUES: Readonly<Record<ValueKind, string>> = {
  equality:
    'of numbers: a number, or the name of a [capability or command of bpf(2)](#names); of texts: a text, to its last byte; of sets of capabilities: names with commas between them, or a number: the set is exactly that',
  text: 'a text, not empty. NUL bytes at its end mean nothing, but in `char_buf`',
  number: 'a number: decimal, `0x1f`, `0o17` or `017`, `0b101`',
  mask: 'a number that is not 0; of sets of capabilities also names with commas between them',
  range: '`MIN:MAX`, each a number',
  set: 'a number or `MIN:MAX`, decimal alone: `010` is ten',
  fileType: 'a [kind of file](#names)',
  port: 'a number or `MIN:MAX` from 0 to 65535, decimal alone',
  address: 'an address or a network, IPv4 or IPv6: `10.0.0.0/8`, `::1`',
  protocol: 'a number, `MIN:MAX`, or a [name](#names): `IPPROTO_TCP`',
  family: 'a number or a [name](#names): `AF_INET`',
  state: 'a number or a [name](#names): `TCP_LISTEN`',
  expression: 'one [expression](#expressions)',
  none: 'none',
};

export const ACTIONS: Readonly<Record<ActionName, string>> = {
  Post: 'tells of it. What a selector without actions does',
  NoPost: 'does not tell of it; other actions are done all the same',
  Sigkill: 'kills the process',
  Signal: 'sends it the signal `argSig`',
  Override:
    'refuses the call: it returns `argError`. Not of functions of programs, which Trigon reads and refuses',
  GetUrl: 'asks for `argUrl` over the network, if `--allow-network-actions` lets it',
  DnsLookup: 'looks up `argFqdn`, if `--allow-network-actions` lets it',
  TrackSock: 'notes that the socket is this process’s, for packets that are sent later',
  UntrackSock: 'forgets it',
  NotifyEnforcer:
    'has the call of `spec.enforcers` that this one comes to refused with `argError`, or its process signalled with `argSig`',
  CleanupEnforcerNotification: 'takes that back',
  Set: 'writes `argValue` into the argument `argIndex`, in the program’s memory',
};

export const OPTIONS: Readonly<
  Record<keyof PolicyOptions, readonly [name: string, takes: string, means: string]>
> = {
  mode: ['policy-mode', '`enforce`, `monitor`', '`monitor`: `--enforce` does not arm it'],
  disableKprobeMulti: [
    'disable-kprobe-multi',
    '`true`, `false`',
    'each function is hooked by itself',
  ],
  disableUprobeMulti: ['disable-uprobe-multi', '`true`, `false`', 'the same for uprobes'],
  overrideMethod: [
    'override-method',
    '`fmod-ret`, `override-return`',
    'read over: what refuses a call depends on the [kernel](policies.md#what-runs-where)',
  ],
  sleepablePreloadSize: ['sleepable-preload-size', 'a number from 1', 'read over'],
};

/** The section of `spec`, and a hook of it that is right but for its selectors. */
export const HOOKS: Readonly<Record<HookKind, readonly [section: string, hook: object]>> = {
  kprobe: ['kprobes', { call: 'sys_read' }],
  fentry: ['fentries', { call: 'sys_read' }],
  tracepoint: ['tracepoints', { subsystem: 'sched', event: 'sched_process_exec' }],
  lsm: ['lsmhooks', { hook: 'file_open' }],
  uprobe: ['uprobes', { path: '/bin/bash', symbols: ['main'] }],
  usdt: ['usdts', { path: '/usr/lib/libc.so.6', provider: 'libc', name: 'setjmp' }],
};
