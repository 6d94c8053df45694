import type { Condition, Source } from './types.ts';

/** Short names for what the tables of equivalents are made of. */

const BARE = {
  type: undefined,
  flags: [],
  size: undefined,
  struct: undefined,
  path: [],
  offset: 0,
} as const;

/** A number that is handed over itself. */
export const number = (input: Source['input']): Source => ({ ...BARE, kind: 'number', input });

export const constant = (value: number): Source => ({
  ...BARE,
  kind: 'number',
  input: 'TG_INPUT_CONSTANT',
  offset: value,
});

/** A number of 64 bits in the process's memory, `offset` bytes from where the argument points to. */
export const numberInMemory = (input: number, offset: number): Source => ({
  ...BARE,
  kind: 'number',
  type: 'TG_TYPE_U64',
  input,
  flags: ['TG_VALUE_USER', 'TG_VALUE_IN_PLACE'],
  offset,
});

/** What the call returns. */
export const returned: Source = number('TG_INPUT_RETURN');

/** A text in the process's memory. */
export const text = (input: number): Source => ({
  ...BARE,
  kind: 'text',
  type: 'TG_TYPE_STRING',
  input,
  flags: ['TG_VALUE_USER'],
});

/** A text in the kernel's memory. */
export const kernelText = (input: number): Source => ({
  ...BARE,
  kind: 'text',
  type: 'TG_TYPE_STRING',
  input,
});

/** A buffer in the process's memory; `size` is the argument with its length. */
export const bytes = (input: number, size: number): Source => ({
  ...BARE,
  kind: 'bytes',
  type: 'TG_TYPE_CHAR_BUF',
  input,
  flags: ['TG_VALUE_USER'],
  size,
});

/** The file behind a descriptor. */
export const fileOf = (input: Source['input']): Source => ({
  ...BARE,
  kind: 'file',
  type: 'TG_TYPE_FD',
  input,
});

/** The file of a linux_binprm. */
export const program = (input: number): Source => ({
  ...BARE,
  kind: 'file',
  type: 'TG_TYPE_LINUX_BINPRM',
  input,
  struct: 'linux_binprm',
});

/** A struct file: `path` leads to it from `struct`. */
export const file = (
  input: Source['input'],
  struct = 'file',
  path: readonly string[] = [],
): Source => ({ ...BARE, kind: 'file', type: 'TG_TYPE_FILE', input, struct, path });

export const sock = (input: Source['input']): Source => ({
  ...BARE,
  kind: 'sock',
  type: 'TG_TYPE_SOCK',
  input,
  struct: 'sock',
});

/** The socket behind the descriptor in argument 0, or the one that a cgroup program is called for. */
export const socketAtHand = sock('TG_INPUT_SOCK');

/** The sock that a packet belongs to. */
export const sockOfPacket = (input: number): Source => ({
  ...sock(input),
  struct: 'sk_buff',
  path: ['sk'],
});

/** An address in the process's memory. */
export const address = (input: number): Source => ({
  ...BARE,
  kind: 'socketAddress',
  input,
  flags: ['TG_VALUE_USER'],
  struct: 'sockaddr',
});

/** The address that a cgroup program is called with: it is called for IPv4 and IPv6 only. */
export const addressAtHand: Source = {
  ...BARE,
  kind: 'inetAddress',
  type: 'TG_TYPE_SOCKADDR',
  input: 1,
};

/** The credentials that the current task has at that moment. */
export const currentCred: Source = {
  ...BARE,
  kind: 'cred',
  type: 'TG_TYPE_CRED',
  input: 'TG_INPUT_TASK',
  struct: 'task_struct',
  path: ['cred'],
};

/** The credentials of a task that the point is given. */
export const credOf = (input: number): Source => ({ ...currentCred, input });

export const cred = (input: number): Source => ({
  ...BARE,
  kind: 'cred',
  type: 'TG_TYPE_CRED',
  input,
  struct: 'cred',
});

export const userNamespace = (input: number): Source => ({
  ...BARE,
  kind: 'userNamespace',
  type: 'TG_TYPE_USER_NAMESPACE',
  input,
  struct: 'user_namespace',
});

/** The sets that capset(2) was given: the policy's type says which. */
export const capabilities = (input: number): Source => ({
  ...BARE,
  kind: 'capabilities',
  input,
  flags: ['TG_VALUE_USER'],
});

export const skb = (input: number): Source => ({
  ...BARE,
  kind: 'skb',
  type: 'TG_TYPE_SKB',
  input,
  struct: 'sk_buff',
});

export const netDevice = (input: number): Source => ({
  ...BARE,
  kind: 'netDevice',
  type: 'TG_TYPE_NET_DEVICE',
  input,
  struct: 'net_device',
});

/** The device that a packet is on. */
export const deviceOfPacket = (input: number): Source => ({
  ...netDevice(input),
  struct: 'sk_buff',
  path: ['dev'],
});

export const module = (input: number): Source => ({
  ...BARE,
  kind: 'module',
  type: 'TG_TYPE_MODULE',
  input,
  struct: 'module',
});

/** The attributes of BPF_PROG_LOAD in the process's memory. */
export const bpfProgram = (input: number): Source => ({
  ...BARE,
  kind: 'bpfProgram',
  type: 'TG_TYPE_BPF_ATTR',
  input,
  flags: ['TG_VALUE_USER'],
});

/** The attributes of BPF_MAP_CREATE in the process's memory. */
export const bpfMap = (input: number): Source => ({
  ...BARE,
  kind: 'bpfMap',
  type: 'TG_TYPE_BPF_MAP',
  input,
  flags: ['TG_VALUE_USER'],
});

/** A struct perf_event_attr in the process's memory. */
export const perfEvent = (input: number): Source => ({
  ...BARE,
  kind: 'perfEvent',
  type: 'TG_TYPE_PERF_EVENT',
  input,
  flags: ['TG_VALUE_USER'],
});

const ranges = (values: readonly number[]) => ({
  kind: 'ranges' as const,
  ranges: values.map((value) => [BigInt(value), BigInt(value)] as const),
});

/** The value is one of these numbers. */
export const isOneOf = (source: Source, ...values: number[]): Condition => ({
  source,
  operator: 'Equal',
  values: ranges(values),
});

/** The value has one of these bits. */
export const hasBit = (source: Source, mask: number): Condition => ({
  source,
  operator: 'Mask',
  values: ranges([mask]),
});

/** The call did not fail. */
export const succeeded: Condition = {
  source: { ...returned, type: 'TG_TYPE_INT' },
  operator: 'InRange',
  values: { kind: 'ranges', ranges: [[0n, 0x7fff_ffffn]] },
};

/** IPPROTO_* of the sock. */
export const isProtocol = (source: Source, protocol: number): Condition => ({
  source,
  operator: 'Protocol',
  values: ranges([protocol]),
});

/** AF_* of the packet. */
export const isFamily = (source: Source, family: number): Condition => ({
  source,
  operator: 'Family',
  values: ranges([family]),
});

/** The file's path begins with one of these. */
export const pathBegins = (source: Source, ...prefixes: string[]): Condition => ({
  source,
  operator: 'Prefix',
  values: { kind: 'texts', texts: prefixes },
});
