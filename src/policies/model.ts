import { SEVERITIES, type Severity } from '../events/severity.ts';
import { escapeText } from '../events/text.ts';
import type { Position } from './yaml.ts';

/**
 * A tracing policy as its YAML says it (Tetragon's TracingPolicy, `cilium.io/v1alpha1`), read and checked, macros and
 * placeholders replaced, not yet bound to a kernel.
 */
export type TracingPolicy = {
  name: string;
  /** Only of kind TracingPolicyNamespaced. */
  namespace: string | undefined;
  /** File the policy was read from. */
  file: string;
  /** Of the document, for messages about the policy as a whole. */
  position: Position;
  /** From metadata.annotations: those of ours, which begin with `trigon/`. */
  about: PolicyAbout;
  /** Declared by an annotation, in its order. */
  parameters: PolicyParameter[];
  /** In the order of the file; all of one kind, as the language has it. */
  hooks: Hook[];
  /** spec.loader: every executable mapping is an event. */
  loader: boolean;
  lists: ValueList[];
  enforcer: Enforcer | undefined;
  options: PolicyOptions;
  workload: Workload;
};

export { SEVERITIES, type Severity };

/** What a policy says of itself; undefined or empty: nothing. Texts are the author's. */
export type PolicyAbout = {
  /** What it watches, in a few words. */
  title: string | undefined;
  why: string | undefined;
  severity: Severity | undefined;
  /** Techniques of MITRE ATT&CK: `T1053.003`. */
  mitre: string[];
  /** How often it may be expected to fire on a healthy host. */
  noise: string | undefined;
  /** What arming it does, and to whom. */
  arming: string | undefined;
  /** Harmless deeds that make it fire, and such as must not: see native/act. */
  trigger: PolicyDeed[];
  nearMiss: PolicyDeed[];
};

/** Words of one line: a deed of native/act and its arguments. */
export type PolicyDeed = string[];

/** A placeholder with a default. */
export type PolicyParameter = {
  name: string;
  /** What stands in the policy now. */
  value: string;
  standard: string;
  help: string;
};

/** spec.podSelector and its kin, or a selector's matchWorkloads; undefined: not given. */
export type Workload = {
  pod: LabelSelector | undefined;
  container: LabelSelector | undefined;
  /** `hostSelector: {}` */
  host: boolean;
  /** Of the spec only. */
  node: LabelSelector | undefined;
};

export type LabelSelector = {
  matchLabels: Readonly<Record<string, string>>;
  matchExpressions: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values: string[];
  }[];
  position: Position;
};

export type PolicyOptions = {
  disableKprobeMulti: boolean;
  disableUprobeMulti: boolean;
  overrideMethod: 'fmod-ret' | 'override-return' | undefined;
  mode: 'enforce' | 'monitor' | undefined;
  sleepablePreloadSize: number | undefined;
};

export type ValueList = {
  name: string;
  type: '' | 'syscalls' | 'generated_syscalls' | 'generated_ftrace';
  values: string[];
  /** Regular expression, for generated_ftrace. */
  pattern: string | undefined;
  position: Position;
};

export type Enforcer = { calls: string[]; position: Position };

export type HookKind = 'kprobe' | 'fentry' | 'tracepoint' | 'lsm' | 'uprobe' | 'usdt';

/** One entry of spec.kprobes, tracepoints, …; `field` is its path, e.g. `spec.kprobes[0]`. */
export type Hook = KprobeHook | TracepointHook | LsmHook | UprobeHook | UsdtHook;

type HookBase = {
  args: HookArgument[];
  message: string | undefined;
  tags: string[];
  selectors: Selector[];
  field: string;
  /** Of what names the hook: `call`, `event`, `hook`, `symbols`, `name`. */
  position: Position;
};

export type KprobeHook = HookBase & {
  kind: 'kprobe' | 'fentry';
  /** A function, or `list:NAME`. */
  call: string;
  syscall: boolean;
  return: boolean;
  returnArg: HookArgument | undefined;
  returnArgAction: 'TrackSock' | 'UntrackSock' | undefined;
  data: HookArgument[];
  callNotFoundIgnored: boolean;
};

export type TracepointHook = HookBase & {
  kind: 'tracepoint';
  subsystem: string;
  event: string;
  raw: boolean;
};

export type LsmHook = HookBase & { kind: 'lsm'; hook: string };

export type UprobeHook = HookBase & {
  kind: 'uprobe';
  path: string;
  btfPath: string | undefined;
  /** Exactly one kind of address. */
  targets: { by: 'symbol'; values: string[] } | { by: 'offset' | 'address'; values: bigint[] };
  refCtrOffsets: bigint[];
  data: HookArgument[];
  return: boolean;
  returnArg: HookArgument | undefined;
  binaryDigests: { algorithm: string; hex: string }[];
  digestFailureIgnored: boolean;
};

export type UsdtHook = HookBase & {
  kind: 'usdt';
  path: string;
  btfPath: string | undefined;
  provider: string;
  name: string;
};

/** Names of the language's argument types, without aliases that mean the same: `sint8` is `int8`, `sint64` and `long` are `int64`. */
export const ARGUMENT_TYPES = [
  'auto',
  'int',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'size_t',
  'string',
  'filename',
  'char_buf',
  'char_iovec',
  'iov_iter',
  'const_buf',
  'data_loc',
  'fd',
  'file',
  'kiocb',
  'path',
  'dentry',
  'linux_binprm',
  'net_device',
  'skb',
  'sock',
  'socket',
  'sockaddr',
  'sockaddr_un',
  'cred',
  'user_namespace',
  'capability',
  'kernel_cap_t',
  'cap_inheritable',
  'cap_permitted',
  'cap_effective',
  'bpf_attr',
  'bpf_map',
  'bpf_prog',
  'bpf_cmd',
  'perf_event',
  'load_info',
  'module',
  'syscall64',
  'nop',
] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

/** One of args or data, or returnArg. */
export type HookArgument = {
  index: number;
  /** `ulong` and `uint64` are both `uint64`; see ARGUMENT_TYPES. */
  type: ArgumentType;
  label: string | undefined;
  /** BTF path, split at its dots: `a.b[3].c` is ['a', 'b[3]', 'c']; empty: none. For `source: pt_regs` the register. */
  resolve: string[];
  btfType: string | undefined;
  btfTypeModule: string | undefined;
  /** As written: 1-based number of the argument that holds the size; 0: none. */
  sizeArgIndex: number;
  returnCopy: boolean;
  maxData: boolean;
  source: 'current_task' | 'pt_regs' | undefined;
  field: string;
  position: Position;
};

/** All filters must hold. */
export type Selector = {
  label: string | undefined;
  matchPIDs: PidFilter[];
  matchNamespaces: NamespaceFilter[];
  matchNamespaceChanges: NamespaceChangeFilter | undefined;
  matchCapabilities: CapabilityFilter[];
  matchCapabilityChanges: CapabilityFilter[];
  matchBinaries: BinaryFilter | undefined;
  matchParentBinaries: BinaryFilter | undefined;
  matchArgs: ArgumentFilter[];
  /** `argument` is a position in `data`. */
  matchData: ArgumentFilter[];
  matchReturnArgs: ArgumentFilter[];
  matchWorkloads: Workload | undefined;
  actions: Action[];
  returnActions: Action[];
  field: string;
  position: Position;
};

export type PidFilter = {
  operator: 'In' | 'NotIn';
  values: number[];
  isNamespacePID: boolean;
  followForks: boolean;
};

export const NAMESPACE_NAMES = [
  'Uts',
  'Ipc',
  'Mnt',
  'Pid',
  'PidForChildren',
  'Net',
  'Time',
  'TimeForChildren',
  'Cgroup',
  'User',
] as const;
export type NamespaceName = (typeof NAMESPACE_NAMES)[number];

export type NamespaceFilter = {
  namespace: NamespaceName;
  operator: 'In' | 'NotIn';
  /** Inode numbers. */
  values: (number | 'host_ns')[];
};

export type NamespaceChangeFilter = { operator: 'In' | 'NotIn'; values: NamespaceName[] };

export type CapabilityFilter = {
  type: 'Effective' | 'Inheritable' | 'Permitted';
  operator: 'In' | 'NotIn';
  isNamespaceCapability: boolean;
  /** Numbers of capabilities. */
  values: number[];
};

export type BinaryFilter = {
  operator: 'In' | 'NotIn' | 'Prefix' | 'NotPrefix' | 'Postfix' | 'NotPostfix';
  /** Never empty: an entry without values is left out, as upstream ignores it. */
  values: string[];
  followChildren: boolean;
  position: Position;
};

export const ARGUMENT_OPERATORS = [
  'Equal',
  'NotEqual',
  'GreaterThan',
  'LessThan',
  'GT',
  'LT',
  'Mask',
  'InRange',
  'NotInRange',
  'InMap',
  'NotInMap',
  'Prefix',
  'NotPrefix',
  'Postfix',
  'NotPostfix',
  'SubString',
  'SubStringIgnCase',
  'FileType',
  'NotFileType',
  'SPort',
  'NotSPort',
  'DPort',
  'NotDPort',
  'SPortPriv',
  'NotSPortPriv',
  'DPortPriv',
  'NotDPortPriv',
  'SAddr',
  'NotSAddr',
  'DAddr',
  'NotDAddr',
  'Protocol',
  'Family',
  'State',
  'CapabilitiesGained',
  'CelExpr',
] as const;
export type ArgumentOperator = (typeof ARGUMENT_OPERATORS)[number];

export type ArgumentFilter = {
  /** Positions in the hook's `args` (or `data`; 0 for the return value): one, two for CapabilitiesGained, any for CelExpr. */
  arguments: number[];
  operator: ArgumentOperator;
  values: FilterValues;
  field: string;
  position: Position;
};

/** Values in the form that the operator compares. */
export type FilterValues =
  /** Equal … SubString on texts; NUL bytes at the end are gone (kept for char_buf). */
  | { kind: 'texts'; texts: string[] }
  /** Everything on numbers and named numbers; both ends inclusive. GT and LT are told as written: `[v, v]`. */
  | { kind: 'ranges'; ranges: (readonly [bigint, bigint])[] }
  /** SAddr, DAddr: an address with the length of its prefix. */
  | { kind: 'addresses'; addresses: { address: Uint8Array; prefix: number }[] }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'list'; list: string; ranges: (readonly [bigint, bigint])[] }
  | { kind: 'none' };

/** CelExpr, parsed and typed. */
export type Expression =
  | { op: 'argument'; argument: number; width: ExpressionWidth }
  | { op: 'number'; value: bigint; width: ExpressionWidth }
  | { op: 'negate' | 'not' | 'bitNot' | 'cast'; operand: Expression; width: ExpressionWidth }
  | {
      op: 'add' | 'subtract' | 'bitAnd' | 'bitOr' | 'bitXor' | 'equal' | 'less' | 'and' | 'or';
      left: Expression;
      right: Expression;
      /** Of the result; of the operands for equal and less, whose result is 0 or 1. */
      width: ExpressionWidth;
    };
/** Bytes, negative when signed. */
export type ExpressionWidth = 4 | 8 | -4 | -8;

export const ACTION_NAMES = [
  'Post',
  'NoPost',
  'Sigkill',
  'Signal',
  'Override',
  'GetUrl',
  'DnsLookup',
  'TrackSock',
  'UntrackSock',
  'NotifyEnforcer',
  'CleanupEnforcerNotification',
  'Set',
] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

export type Action = {
  action: ActionName;
  /** Override: as written, usually negative (-1 is EPERM). */
  argError: number | undefined;
  argSig: number | undefined;
  argUrl: string | undefined;
  argFqdn: string | undefined;
  argSock: number | undefined;
  argIndex: number | undefined;
  argValue: number | undefined;
  /** Uprobe Override: register assignments, and where a call goes instead: a symbol, `address:N` or `offset:N`. */
  argRegs: string[];
  argNewCall: string | undefined;
  rateLimit: { milliseconds: number; scope: 'thread' | 'process' | 'global' } | undefined;
  kernelStackTrace: boolean;
  userStackTrace: boolean;
  imaHash: boolean;
  field: string;
  position: Position;
};

/** What is wrong with a policy file, and where. */
export type PolicyError = {
  file: string;
  line: number;
  column: number;
  /** Path of the field, e.g. `spec.kprobes[0].call`; empty for the file as a whole. */
  field: string;
  /** What is wrong; what is allowed. */
  message: string;
};

/** `file:line:column: field: message`, as compilers print it; what the file's author put into it can't act on a terminal. */
export function formatPolicyError(error: PolicyError): string {
  const field = error.field ? `${error.field}: ` : '';
  return escapeText(`${error.file}:${error.line}:${error.column}: ${field}${error.message}`);
}
