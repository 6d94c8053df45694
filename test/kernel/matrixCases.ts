/**
 * Every operator on every type of argument that the language lets it work on: a filter, calls that match it and calls that don't.
 * matrix.test.ts makes the calls on this kernel, scripts/matrix.ts writes docs/operators.md from the table.
 *
 * In values and steps `@/` is the test's own folder, and `%/` the same below the root of its mount.
 */
import { INTEGER_TYPES } from '../../src/policies/language/argumentTypes.ts';
import { mismatch } from '../../src/policies/language/operators.ts';
import {
  ARGUMENT_OPERATORS,
  ARGUMENT_TYPES,
  type ArgumentOperator,
  type ArgumentType,
} from '../../src/policies/model.ts';

/** Types that arguments have when operators look at them; `auto` has become one of them by then. */
export const OPERAND_TYPES = ARGUMENT_TYPES.filter((type) => type !== 'auto');

/** The pairs that the language allows. */
export const isAllowed = (operator: ArgumentOperator, type: ArgumentType): boolean =>
  mismatch(operator, type) === undefined;

/** Steps of fixtures/matrix.c, or a program of the test's folder that is run in its place (and does nothing). */
export type Call = { steps: string } | { program: string };

export type Case =
  | {
      values?: readonly string[];
      /** Positions in `args`, for operators that look at two. */
      args?: readonly number[];
      /** Those of the calls that match; never all. */
      matches: readonly string[];
    }
  /** Not tested on this kernel: only in a VM with another one, or nowhere. */
  | { untested: 'VM' | '–'; reason: string };

/** How arguments of a type are reached on this kernel. */
export type Subject = {
  type: ArgumentType;
  /** In words, for the page. */
  reached: string;
  section: 'kprobes' | 'tracepoints';
  /** The hook without its selectors, as in YAML; `args` or `data` hold the argument. */
  hook: object;
  /** Which filter looks at it, and with which index. */
  filter: 'matchArgs' | 'matchData';
  index: number;
  /** Other filters on args, which keep calls out that aren't ours. */
  also?: readonly object[];
  /** The binary is not the test's program (yet): no matchBinaries. */
  anyBinary?: true;
  calls: Readonly<Record<string, Call>>;
  cases: Readonly<Partial<Record<ArgumentOperator, Case>>>;
};

const steps = (text: string): Call => ({ steps: text });

const callsOf = (
  values: Readonly<Record<string, string>>,
  step: (value: string) => string,
): Record<string, Call> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, steps(step(value))]));

const syscall = (call: string, argument: object): object => ({
  call,
  syscall: true,
  args: [argument],
});

type IntegerType = (typeof INTEGER_TYPES)[number];

/** Three numbers of a type: its lowest part, 7, and 100 or more. */
const NUMBERS: Readonly<Record<IntegerType, { low: string; high: string }>> = {
  int: { low: '-5', high: '100' },
  int8: { low: '-5', high: '100' },
  int16: { low: '-400', high: '300' },
  int32: { low: '-70000', high: '70000' },
  int64: { low: '-5000000000', high: '5000000000' },
  uint8: { low: '0', high: '200' },
  uint16: { low: '0', high: '65000' },
  uint32: { low: '0', high: '4294967288' },
  uint64: { low: '0', high: '18446744073709551608' },
  size_t: { low: '0', high: '18446744073709551608' },
  capability: { low: '-5', high: '100' },
  bpf_cmd: { low: '-5', high: '100' },
  // Calls that ignore their arguments: getuid, getppid, getpgrp.
  syscall64: { low: '102', high: '111' },
};

/** What each operator on numbers makes of `low`, 7 and `high`. */
function numberCases(type: IntegerType): Subject['cases'] {
  const { low, high } = NUMBERS[type];
  return {
    Equal: { values: ['7'], matches: ['seven'] },
    NotEqual: { values: ['0x7', high], matches: ['low'] },
    GreaterThan: { values: ['7'], matches: ['high'] },
    GT: { values: ['6'], matches: ['seven', 'high'] },
    LessThan: { values: ['7'], matches: ['low'] },
    LT: { values: ['8'], matches: ['low', 'seven'] },
    Mask: { values: ['0x4'], matches: maskMatches(low, high) },
    InRange: { values: [`${low}:6`], matches: ['low'] },
    NotInRange: { values: ['7:7', `${low}:${low}`], matches: ['high'] },
    // Neither the host's memory nor time is spent on the numbers between the ends.
    InMap: { values: ['7', `8:${high}`], matches: ['seven', 'high'] },
    NotInMap: { values: [`8:${high}`, low], matches: ['seven'] },
    CelExpr: { values: ['arg0 > 6 && !(arg0 == 7)'], matches: ['high'] },
  };
}

const maskMatches = (low: string, high: string): string[] => [
  ...((BigInt(low) & 4n) !== 0n ? ['low'] : []),
  'seven',
  ...((BigInt(high) & 4n) !== 0n ? ['high'] : []),
];

const numberSubject = (
  type: IntegerType,
  call: string,
  index: number,
  step: string,
  cases: Subject['cases'] = {},
): Subject => ({
  type,
  reached: `argument ${index} of ${call}(2)`,
  section: 'kprobes',
  hook: syscall(`sys_${call}`, { index, type }),
  filter: 'matchArgs',
  index,
  calls: callsOf(
    { low: NUMBERS[type].low, seven: '7', high: NUMBERS[type].high },
    (value) => `${step} ${value}`,
  ),
  cases: { ...numberCases(type), ...cases },
});

const BY_PRCTL = INTEGER_TYPES.filter(
  (type) => type !== 'capability' && type !== 'bpf_cmd' && type !== 'syscall64',
);

const integers: readonly Subject[] = [
  ...BY_PRCTL.map((type) => numberSubject(type, 'prctl', 1, 'prctl')),
  numberSubject('capability', 'getpriority', 1, 'getpriority', {
    Equal: { values: ['CAP_SETUID'], matches: ['seven'] },
  }),
  numberSubject('bpf_cmd', 'bpf', 0, 'bpf', {
    Equal: { values: ['BPF_OBJ_GET'], matches: ['seven'] },
  }),
  {
    type: 'syscall64',
    reached: 'tracepoint raw_syscalls/sys_enter',
    section: 'tracepoints',
    hook: {
      subsystem: 'raw_syscalls',
      event: 'sys_enter',
      args: [
        { index: 4, type: 'syscall64' },
        { index: 5, type: 'uint64' },
      ],
    },
    filter: 'matchArgs',
    index: 4,
    also: [{ index: 5, operator: 'Equal', values: ['0x7472696f'] }],
    calls: {
      ...callsOf({ low: '102', seven: '110', high: '111' }, (value) => `syscall ${value}`),
      // Number 20 of the 32-bit interface, where it is getpid.
      compat: steps('syscall32 20'),
    },
    cases: {
      Equal: { values: ['110', '20'], matches: ['seven'] },
      NotEqual: { values: ['110', '0x80000014'], matches: ['low', 'high'] },
      GreaterThan: { values: ['110'], matches: ['high', 'compat'] },
      GT: { values: ['109'], matches: ['seven', 'high', 'compat'] },
      LessThan: { values: ['110'], matches: ['low'] },
      LT: { values: ['111'], matches: ['low', 'seven'] },
      Mask: { values: ['0x80000000', '1'], matches: ['high', 'compat'] },
      InRange: { values: ['10:109'], matches: ['low'] },
      NotInRange: { values: ['110:110', '0:109'], matches: ['high', 'compat'] },
      InMap: { values: ['list:gets'], matches: ['seven', 'high', 'compat'] },
      NotInMap: { values: ['list:gets'], matches: ['low'] },
      CelExpr: { values: ['arg0 > 102u && arg0 != 110u'], matches: ['high', 'compat'] },
    },
  },
];

/** Lists that InMap names. */
export const LISTS = [
  {
    name: 'gets',
    type: 'syscalls',
    values: ['sys_getppid', '__x64_sys_getpgrp', 'i386/sys_getpid'],
  },
];

/** What each operator on texts makes of alpha, beta and Gamma.txt behind the same beginning. */
const textCases = (head: string): Subject['cases'] => ({
  Equal: { values: [`${head}beta`, `${head}alph`], matches: ['beta'] },
  NotEqual: { values: [`${head}beta`], matches: ['alpha', 'gamma'] },
  Prefix: { values: [`${head}al`, `${head}Gamma.txt`], matches: ['alpha', 'gamma'] },
  NotPrefix: { values: [`${head}al`], matches: ['beta', 'gamma'] },
  Postfix: { values: ['eta', '.txt'], matches: ['beta', 'gamma'] },
  NotPostfix: { values: ['eta'], matches: ['alpha', 'gamma'] },
  SubString: { values: ['amm', 'lph', 'BET'], matches: ['alpha', 'gamma'] },
  SubStringIgnCase: { values: ['GAM', 'BeT'], matches: ['beta', 'gamma'] },
});

const NAMES = { alpha: 'alpha', beta: 'beta', gamma: 'Gamma.txt' } as const;
const namesBehind = (head: string) =>
  Object.fromEntries(Object.entries(NAMES).map(([name, text]) => [name, `${head}${text}`]));

const hex = (text: string): string => Buffer.from(text).toString('hex');

const ofTask = (type: ArgumentType, resolve: string): object => ({
  call: 'sys_fsync',
  syscall: true,
  args: [{ index: 0, type: 'int' }],
  data: [{ index: 0, type, source: 'current_task', resolve }],
});

const FILE_TYPE_CASES: Subject['cases'] = {
  FileType: { values: ['fifo', 'dir', 'socket', 'blk', 'char'], matches: ['fifo', 'folder'] },
  NotFileType: { values: ['reg', 'pipe'], matches: ['folder'] },
};

const openAndSync = (path: string) => `open ${path} fsync`;
const WITH_FILE_TYPES = { fifo: steps('open @/fifo fsync'), folder: steps('open @/ fsync') };

/** Of those on paths, the negated ones see the fifo and the folder too. */
const withFileTypes = (cases: Subject['cases']): Subject['cases'] => ({
  ...Object.fromEntries(
    Object.entries(cases).map(([operator, each]) => [
      operator,
      operator.startsWith('Not') && 'matches' in each
        ? { ...each, matches: [...each.matches, 'fifo', 'folder'] }
        : each,
    ]),
  ),
  ...FILE_TYPE_CASES,
});

const texts: readonly Subject[] = [
  {
    type: 'string',
    reached: 'argument 0 of chdir(2)',
    section: 'kprobes',
    hook: syscall('sys_chdir', { index: 0, type: 'string' }),
    filter: 'matchArgs',
    index: 0,
    calls: callsOf(namesBehind('@/none/'), (path) => `chdir ${path}`),
    cases: textCases('@/none/'),
  },
  {
    // A folder that not even its owner may enter: root's capability is asked for while the path is looked up.
    type: 'filename',
    reached: 'nameidata.name of the current task, while a path is looked up (cap_capable)',
    section: 'kprobes',
    hook: {
      call: 'cap_capable',
      syscall: false,
      args: [{ index: 2, type: 'capability' }],
      data: [{ index: 0, type: 'filename', source: 'current_task', resolve: 'nameidata.name' }],
    },
    filter: 'matchData',
    index: 0,
    calls: callsOf(namesBehind('@/closed/'), (path) => `chdir ${path}`),
    cases: textCases('@/closed/'),
  },
  {
    type: 'char_buf',
    reached: 'the buffer of pwrite64(2)',
    section: 'kprobes',
    hook: syscall('sys_pwrite64', { index: 1, type: 'char_buf', sizeArgIndex: 3 }),
    filter: 'matchArgs',
    index: 1,
    calls: {
      ...callsOf(namesBehind('x-'), (text) => `pwrite ${hex(text)}`),
      nul: steps(`pwrite ${hex('x-beta\0')}`),
    },
    cases: {
      ...textCases('x-'),
      // A NUL is a byte like others.
      Equal: { values: ['x-beta\0', 'x-alpha'], matches: ['alpha', 'nul'] },
      NotEqual: { values: ['x-beta'], matches: ['alpha', 'gamma', 'nul'] },
      NotPrefix: { values: ['x-al'], matches: ['beta', 'gamma', 'nul'] },
      NotPostfix: { values: ['eta'], matches: ['alpha', 'gamma', 'nul'] },
      SubStringIgnCase: { values: ['GAM', 'BeT'], matches: ['beta', 'gamma', 'nul'] },
    },
  },
  {
    type: 'const_buf',
    reached: 'field newcomm of the tracepoint task/task_rename',
    section: 'tracepoints',
    hook: { subsystem: 'task', event: 'task_rename', args: [{ index: 6, type: 'auto' }] },
    filter: 'matchArgs',
    index: 6,
    calls: callsOf(namesBehind('n-'), (name) => `name ${name}`),
    cases: textCases('n-'),
  },
  {
    type: 'data_loc',
    reached: 'field filename of the tracepoint sched/sched_process_exec',
    section: 'tracepoints',
    hook: {
      subsystem: 'sched',
      event: 'sched_process_exec',
      args: [{ index: 4, type: 'data_loc' }],
    },
    filter: 'matchArgs',
    index: 4,
    also: [{ index: 4, operator: 'Prefix', values: ['@/run/'] }],
    anyBinary: true,
    calls: {
      alpha: { program: '@/run/alpha' },
      beta: { program: '@/run/beta' },
      gamma: { program: '@/run/Gamma.txt' },
    },
    cases: textCases('@/run/'),
  },
  {
    type: 'net_device',
    reached: 'dev of the packet of the raw tracepoint net_dev_queue',
    section: 'tracepoints',
    hook: {
      subsystem: 'net',
      event: 'net_dev_queue',
      raw: true,
      args: [{ index: 0, type: 'net_device', resolve: 'dev' }],
    },
    filter: 'matchArgs',
    index: 0,
    calls: callsOf(
      namesBehind('d-'),
      (name) => `network ${name} talk send 127.0.0.2 600 127.0.0.3 40001`,
    ),
    cases: textCases('d-'),
  },
  {
    type: 'sockaddr_un',
    reached: 'argument 1 of connect(2)',
    section: 'kprobes',
    hook: syscall('sys_connect', { index: 1, type: 'sockaddr_un' }),
    filter: 'matchArgs',
    index: 1,
    calls: {
      ...callsOf(namesBehind('@/none/'), (path) => `connect-unix ${path}`),
      inet: steps('connect 127.0.0.2 600'),
    },
    cases: {
      ...textCases('@/none/'),
      Family: { values: ['AF_UNIX', 'AF_VSOCK'], matches: ['alpha', 'beta', 'gamma'] },
    },
  },
  {
    type: 'fd',
    reached: 'argument 0 of fsync(2)',
    section: 'kprobes',
    hook: syscall('sys_fsync', { index: 0, type: 'fd' }),
    filter: 'matchArgs',
    index: 0,
    calls: { ...callsOf(namesBehind('@/'), openAndSync), pipe: steps('pipe fsync') },
    cases: textCases('@/'),
  },
  {
    type: 'file',
    reached: 'files.fdt.fd[9] of the current task',
    section: 'kprobes',
    hook: ofTask('file', 'files.fdt.fd[9]'),
    filter: 'matchData',
    index: 0,
    calls: { ...callsOf(namesBehind('@/'), openAndSync), ...WITH_FILE_TYPES },
    cases: withFileTypes(textCases('@/')),
  },
  {
    type: 'path',
    reached: 'files.fdt.fd[9].f_path of the current task',
    section: 'kprobes',
    hook: ofTask('path', 'files.fdt.fd[9].f_path'),
    filter: 'matchData',
    index: 0,
    calls: { ...callsOf(namesBehind('@/'), openAndSync), ...WITH_FILE_TYPES },
    cases: withFileTypes(textCases('@/')),
  },
  {
    type: 'dentry',
    reached: 'files.fdt.fd[9].f_path.dentry of the current task',
    section: 'kprobes',
    hook: ofTask('dentry', 'files.fdt.fd[9].f_path.dentry'),
    filter: 'matchData',
    index: 0,
    calls: { ...callsOf(namesBehind('@/'), openAndSync), pipe: steps('pipe fsync') },
    cases: textCases('%/'),
  },
  {
    type: 'kiocb',
    reached: 'argument 0 of the raw tracepoint iomap_dio_rw_begin',
    section: 'tracepoints',
    hook: {
      subsystem: 'iomap',
      event: 'iomap_dio_rw_begin',
      raw: true,
      args: [{ index: 0, type: 'kiocb' }],
    },
    filter: 'matchArgs',
    index: 0,
    calls: callsOf(namesBehind('@/'), (path) => `direct ${path}`),
    cases: textCases('@/'),
  },
  {
    type: 'linux_binprm',
    reached: 'argument 0 of security_bprm_check (raw tracepoint of exec)',
    section: 'kprobes',
    hook: {
      call: 'security_bprm_check',
      syscall: false,
      args: [{ index: 0, type: 'linux_binprm' }],
    },
    filter: 'matchArgs',
    index: 0,
    also: [{ index: 0, operator: 'Prefix', values: ['@/run/'] }],
    anyBinary: true,
    calls: {
      alpha: { program: '@/run/alpha' },
      beta: { program: '@/run/beta' },
      gamma: { program: '@/run/Gamma.txt' },
    },
    cases: textCases('@/run/'),
  },
];

const SET_POSITION = { cap_effective: 2, cap_inheritable: 3, cap_permitted: 4, kernel_cap_t: 2 };

/** Masks of capset: effective, permitted, inheritable. */
const capset = (type: keyof typeof SET_POSITION, mask: string): string => {
  const masks = {
    cap_effective: `${mask} 0 0`,
    kernel_cap_t: `${mask} 0 0`,
    cap_permitted: `0 ${mask} 0`,
    cap_inheritable: `0 0 ${mask}`,
  };
  return `capset ${masks[type]}`;
};

/** CAP_SETUID is 7, CAP_NET_RAW 13, CAP_BPF 39; nobody has 60. */
const capabilitySets: readonly Subject[] = (
  ['kernel_cap_t', 'cap_inheritable', 'cap_permitted', 'cap_effective'] as const
).map((type) => ({
  type,
  reached: 'security_capset: the sets of capset(2), and those in force',
  section: 'kprobes',
  hook: {
    call: 'security_capset',
    syscall: false,
    args: [
      // The set in force: that of root, who has every capability there is.
      { index: 1, type, resolve: 'cap_permitted' },
      { index: SET_POSITION[type], type },
    ],
  },
  filter: 'matchArgs',
  index: SET_POSITION[type],
  calls: callsOf(
    { setuid: '0x80', both: '0x2080', bpf: '0x8000000000', unknown: '0x1000000000000080' },
    (mask) => capset(type, mask),
  ),
  cases: {
    Equal: { values: ['CAP_SETUID,CAP_NET_RAW', '0x8000000000'], matches: ['both', 'bpf'] },
    NotEqual: { values: ['0x80', 'CAP_BPF'], matches: ['both', 'unknown'] },
    Mask: { values: ['CAP_NET_RAW', 'CAP_BPF'], matches: ['both', 'bpf'] },
    CapabilitiesGained: { args: [0, 1], matches: ['unknown'] },
  },
}));

/** A connection over TCP, one over UDP, and one over UDP and IPv6. */
const CONNECTIONS = {
  tcp: steps('network lo talk tcp 127.0.0.2 600 127.0.0.3 40001'),
  udp: steps('network lo talk udp 127.1.0.2 40002 127.1.0.3 700'),
  udp6: steps('network lo talk udp fd00::2 40003 fd00::3 40004'),
};

const SOCKET_CASES: Subject['cases'] = {
  SPort: { values: ['600', '40003:40010', '1:2', '3:4', '5:6'], matches: ['tcp', 'udp6'] },
  NotSPort: { values: ['600', '40003:40010'], matches: ['udp'] },
  DPort: { values: ['40000:40003'], matches: ['tcp'] },
  NotDPort: { values: ['40000:40003'], matches: ['udp', 'udp6'] },
  SPortPriv: { matches: ['tcp'] },
  NotSPortPriv: { matches: ['udp', 'udp6'] },
  DPortPriv: { matches: ['udp'] },
  NotDPortPriv: { matches: ['tcp', 'udp6'] },
  SAddr: { values: ['127.0.0.0/16', 'fd00::/16'], matches: ['tcp', 'udp6'] },
  NotSAddr: { values: ['127.0.0.0/16', 'fd00::/16'], matches: ['udp'] },
  DAddr: { values: ['127.1.0.3', 'fd00::3'], matches: ['udp', 'udp6'] },
  NotDAddr: { values: ['127.1.0.3', 'fd00::3'], matches: ['tcp'] },
  Protocol: { values: ['IPPROTO_UDP', '100:101'], matches: ['udp', 'udp6'] },
  Family: { values: ['AF_INET6'], matches: ['udp6'] },
  State: { values: ['TCP_CLOSE', 'TCP_LISTEN'], matches: ['unix'] },
};

const ADDRESS_CASES: Subject['cases'] = {
  SPort: { values: ['600', '40003:40010'], matches: ['low', 'v6'] },
  NotSPort: { values: ['600', '40003:40010'], matches: ['high'] },
  SPortPriv: { matches: ['low'] },
  NotSPortPriv: { matches: ['high', 'v6'] },
  SAddr: { values: ['127.0.0.0/16', 'fd00::/16'], matches: ['low', 'v6'] },
  NotSAddr: { values: ['127.0.0.0/16', 'fd00::/16'], matches: ['high'] },
  Family: { values: ['AF_INET6', '1'], matches: ['v6', 'unix'] },
};

const network: readonly Subject[] = [
  {
    type: 'sock',
    reached: 'argument 0 of security_socket_getsockname (entry of getsockname)',
    section: 'kprobes',
    hook: {
      call: 'security_socket_getsockname',
      syscall: false,
      args: [{ index: 0, type: 'sock' }],
    },
    filter: 'matchArgs',
    index: 0,
    calls: { ...CONNECTIONS, unix: steps('unix') },
    cases: SOCKET_CASES,
  },
  {
    type: 'socket',
    reached: 'files.fdt.fd[9].private_data of the current task',
    section: 'kprobes',
    hook: ofTask('socket', 'files.fdt.fd[9].private_data'),
    filter: 'matchData',
    index: 0,
    calls: { ...CONNECTIONS, unix: steps('unix') },
    cases: SOCKET_CASES,
  },
  {
    type: 'skb',
    reached: 'argument 0 of the raw tracepoint net_dev_queue',
    section: 'tracepoints',
    hook: {
      subsystem: 'net',
      event: 'net_dev_queue',
      raw: true,
      args: [{ index: 0, type: 'skb' }],
    },
    filter: 'matchArgs',
    index: 0,
    calls: CONNECTIONS,
    // The request for a connection comes from a socket that waits for its answer.
    cases: { ...SOCKET_CASES, State: { values: ['TCP_SYN_SENT'], matches: ['tcp'] } },
  },
  {
    type: 'sockaddr',
    reached: 'argument 1 of connect(2)',
    section: 'kprobes',
    hook: syscall('sys_connect', { index: 1, type: 'sockaddr' }),
    filter: 'matchArgs',
    index: 1,
    calls: {
      low: steps('connect 127.0.0.2 600'),
      high: steps('connect 127.1.0.2 40002'),
      v6: steps('connect fd00::2 40003'),
      unix: steps('connect-unix @/none/alpha'),
    },
    cases: ADDRESS_CASES,
  },
];

export const SUBJECTS: readonly Subject[] = [...integers, ...texts, ...capabilitySets, ...network];

/** The case of a pair; undefined: the pair is forgotten, or the language refuses it. */
export const caseOf = (operator: ArgumentOperator, type: ArgumentType): Case | undefined =>
  SUBJECTS.find((subject) => subject.type === type)?.cases[operator];

/** Pairs that the language allows and the table says nothing of. */
export const forgottenPairs = (): string[] =>
  OPERAND_TYPES.flatMap((type) =>
    ARGUMENT_OPERATORS.filter(
      (operator) => isAllowed(operator, type) && caseOf(operator, type) === undefined,
    ).map((operator) => `${operator} on ${type}`),
  );

/** Pairs of the table that the language doesn't allow. */
export const refusedPairs = (): string[] =>
  SUBJECTS.flatMap(({ type, cases }) =>
    ARGUMENT_OPERATORS.filter(
      (operator) => cases[operator] !== undefined && !isAllowed(operator, type),
    ).map((operator) => `${operator} on ${type}`),
  );
