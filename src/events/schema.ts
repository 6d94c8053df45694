/**
 * The fields of every message in the order in which Tetragon declares them, which is the order of
 * its JSON keys. One description serves writing and reading.
 */
import { CAPABILITIES } from './capabilities.ts';
import {
  asObject,
  bytes,
  type Codec,
  enumeration,
  enumerationOf,
  flag,
  int32,
  int64,
  lean,
  list,
  type MessageCodec,
  message,
  plain,
  set,
  text,
  textMap,
  timestamp,
  uint32,
  uint64,
} from './codec.ts';
import {
  BPF_COMMANDS,
  KPROBE_ACTIONS,
  PRIVILEGES_CHANGED,
  SECURE_BITS,
  TAINTS,
  THROTTLE_TYPES,
} from './enums.ts';
import {
  JOURNAL_ACTIONS,
  JOURNAL_WAYS,
  type JournalBody,
  type JournalOperator,
} from './journal.ts';
import { jsonString } from './jsonString.ts';
import type {
  ActionOutcome,
  AggregationInfo,
  ArgumentKind,
  ArgumentValues,
  BinaryProperties,
  BinprmArgument,
  BpfMapArgument,
  BpfProgArgument,
  Capabilities,
  CapabilityArgument,
  Container,
  Envelope,
  EnvironmentVariable,
  ErrorArgument,
  EventBodies,
  EventExtension,
  EventKind,
  FileProperties,
  Image,
  Inode,
  KprobeArgument,
  ModuleArgument,
  Namespace,
  Namespaces,
  NetDevArgument,
  PathArgument,
  PerfEventArgument,
  Pod,
  PolicyMode,
  Process,
  ProcessCredentials,
  ProcessExecBody,
  ProcessExitBody,
  ProcessExtension,
  ProcessKprobeBody,
  ProcessLoaderBody,
  ProcessLsmBody,
  ProcessThrottleBody,
  ProcessTracepointBody,
  ProcessUprobeBody,
  ProcessUsdtBody,
  RateLimitInfoBody,
  SecurityContext,
  SkbArgument,
  SockArgument,
  SockaddrArgument,
  SockaddrUnArgument,
  StackTraceEntry,
  SyscallIdArgument,
  TestBody,
  TruncatedBytes,
  User,
  UserNamespace,
  UserNamespaceArgument,
} from './types.ts';

const capabilityList = list(enumeration(CAPABILITIES));
const action = enumeration(KPROBE_ACTIONS);
const tags = list(text);

const capabilities = message<Capabilities>({
  permitted: lean(capabilityList),
  effective: lean(capabilityList),
  inheritable: lean(capabilityList),
});

const namespace = message<Namespace>({ inum: plain(uint32), isHost: plain(flag) });

const namespaces = message<Namespaces>({
  uts: set(namespace),
  ipc: set(namespace),
  mnt: set(namespace),
  pid: set(namespace),
  pidForChildren: set(namespace),
  net: set(namespace),
  time: set(namespace),
  timeForChildren: set(namespace),
  cgroup: set(namespace),
  user: set(namespace),
});

const userNamespace = message<UserNamespace>({
  level: set(int32),
  uid: set(uint32),
  gid: set(uint32),
  ns: set(namespace),
});

const credentials = message<ProcessCredentials>({
  uid: set(uint32),
  gid: set(uint32),
  euid: set(uint32),
  egid: set(uint32),
  suid: set(uint32),
  sgid: set(uint32),
  fsuid: set(uint32),
  fsgid: set(uint32),
  securebits: lean(list(enumerationOf(SECURE_BITS))),
  caps: set(capabilities),
  userNs: set(userNamespace),
});

const binaryProperties = message<BinaryProperties>({
  setuid: set(uint32),
  setgid: set(uint32),
  privilegesChanged: lean(list(enumeration(PRIVILEGES_CHANGED))),
  file: set(
    message<FileProperties>({
      inode: set(message<Inode>({ number: plain(uint64), links: set(uint32) })),
      path: plain(text),
    }),
  ),
});

const container = message<Container>({
  id: plain(text),
  name: plain(text),
  image: set(message<Image>({ id: plain(text), name: plain(text) })),
  startTime: set(timestamp),
  pid: set(uint32),
  maybeExecProbe: lean(flag),
  securityContext: set(message<SecurityContext>({ privileged: plain(flag) })),
});

const pod = message<Pod>({
  namespace: plain(text),
  name: plain(text),
  uid: lean(text),
  container: set(container),
  podLabels: lean(textMap),
  workload: lean(text),
  workloadKind: lean(text),
  podAnnotations: lean(textMap),
});

const writtenOnce = message<Process>({
  execId: plain(text),
  pid: set(uint32),
  uid: set(uint32),
  cwd: plain(text),
  binary: plain(text),
  arguments: plain(text),
  flags: plain(text),
  startTime: set(timestamp),
  auid: set(uint32),
  pod: set(pod),
  docker: lean(text),
  parentExecId: plain(text),
  refcnt: lean(uint32),
  cap: set(capabilities),
  ns: set(namespaces),
  tid: set(uint32),
  processCredentials: set(credentials),
  binaryProperties: set(binaryProperties),
  user: set(message<User>({ name: plain(text) })),
  inInitTree: set(flag),
  environmentVariables: lean(
    list(message<EnvironmentVariable>({ key: plain(text, 'Key'), value: plain(text, 'Value') })),
  ),
  trigon: set(
    message<ProcessExtension>({
      argv: set(list(text)),
      runtime: set(text),
      unit: set(text),
      container: set(
        message<NonNullable<ProcessExtension['container']>>({
          id: plain(text),
          name: plain(text),
          image: plain(text),
        }),
      ),
      sha256: set(text),
    }),
  ),
});

/** By the last bits of the process's number; a power of 2. */
const MOST_RECENT = 512;
/** Bytes; longer ones are written anew each time. */
const MOST_KEPT = 4096;

/** Written last, with what they were written from, which nobody changes. */
const recent = new Array<{ process: Process; json: string } | undefined>(MOST_RECENT).fill(
  undefined,
);

/** A process stands in several events, as itself and as the parent of others: what is the same object is the same text. */
function writeProcess(process: Process): string {
  const slot = (process.pid ?? 0) & (MOST_RECENT - 1);
  const known = recent[slot];
  if (known?.process === process) return known.json;
  const json = writtenOnce.write(process);
  // Counting bytes makes one piece of it: else it would be put together again in each line.
  if (Buffer.byteLength(json) <= MOST_KEPT) recent[slot] = { process, json };
  return json;
}

const processMessage: MessageCodec<Process> = { ...writtenOnce, write: writeProcess };

const path = message<PathArgument>({
  mount: lean(text),
  path: plain(text),
  flags: lean(text),
  permission: lean(text),
});

const bpfProgram = message<BpfProgArgument>({
  progType: plain(text, 'ProgType'),
  insnCnt: plain(uint32, 'InsnCnt'),
  progName: plain(text, 'ProgName'),
});

const ARGUMENT_CODECS: { readonly [K in ArgumentKind]: Codec<ArgumentValues[K]> } = {
  string_arg: text,
  int_arg: int32,
  skb_arg: message<SkbArgument>({
    hash: plain(uint32),
    len: plain(uint32),
    priority: plain(uint32),
    mark: plain(uint32),
    saddr: plain(text),
    daddr: plain(text),
    sport: plain(uint32),
    dport: plain(uint32),
    proto: plain(uint32),
    secPathLen: plain(uint32),
    secPathOlen: plain(uint32),
    protocol: plain(text),
    family: plain(text),
  }),
  size_arg: uint64,
  bytes_arg: bytes,
  path_arg: path,
  file_arg: path,
  truncated_bytes_arg: message<TruncatedBytes>({ bytesArg: plain(bytes), origSize: plain(uint64) }),
  sock_arg: message<SockArgument>({
    family: plain(text),
    type: plain(text),
    protocol: plain(text),
    mark: lean(uint32),
    priority: lean(uint32),
    saddr: plain(text),
    daddr: plain(text),
    sport: plain(uint32),
    dport: plain(uint32),
    cookie: lean(uint64),
    state: lean(text),
  }),
  cred_arg: capabilities,
  long_arg: int64,
  bpf_attr_arg: bpfProgram,
  perf_event_arg: message<PerfEventArgument>({
    kprobeFunc: plain(text, 'KprobeFunc'),
    type: plain(text, 'Type'),
    config: plain(uint64, 'Config'),
    probeOffset: plain(uint64, 'ProbeOffset'),
  }),
  bpf_map_arg: message<BpfMapArgument>({
    mapType: plain(text, 'MapType'),
    keySize: plain(uint32, 'KeySize'),
    valueSize: plain(uint32, 'ValueSize'),
    maxEntries: plain(uint32, 'MaxEntries'),
    mapName: plain(text, 'MapName'),
  }),
  uint_arg: uint32,
  user_namespace_arg: message<UserNamespaceArgument>({
    level: set(int32),
    owner: set(uint32),
    group: set(uint32),
    ns: set(namespace),
  }),
  capability_arg: message<CapabilityArgument>({ value: set(int32), name: plain(text) }),
  process_credentials_arg: credentials,
  user_ns_arg: userNamespace,
  module_arg: message<ModuleArgument>({
    name: plain(text),
    signatureOk: set(flag),
    tainted: lean(list(enumerationOf(TAINTS))),
  }),
  kernel_cap_t_arg: text,
  cap_inheritable_arg: text,
  cap_permitted_arg: text,
  cap_effective_arg: text,
  linux_binprm_arg: message<BinprmArgument>({
    path: plain(text),
    flags: lean(text),
    permission: lean(text),
  }),
  net_dev_arg: message<NetDevArgument>({ name: plain(text) }),
  bpf_cmd_arg: enumeration(BPF_COMMANDS),
  syscall_id: message<SyscallIdArgument>({ id: plain(uint32), abi: plain(text) }),
  sockaddr_arg: message<SockaddrArgument>({
    family: plain(text),
    addr: plain(text),
    port: plain(uint32),
  }),
  bpf_prog_arg: bpfProgram,
  error_arg: message<ErrorArgument>({ message: plain(text, 'Message') }),
  sockaddrun_arg: message<SockaddrUnArgument>({ family: plain(text), path: plain(text) }),
};

/** The value is written even when it is zero: a member of a oneof is either there or not. */
const argument: Codec<KprobeArgument> = {
  shape: { kind: 'oneof', members: ARGUMENT_CODECS as Record<string, Codec<unknown>> },
  write: ({ label, ...rest }) => {
    const tail = label === undefined || label === '' ? '' : `"label":${jsonString(label)}`;
    if (rest.kind === 'unknown') return `{${tail}}`;
    const codec = ARGUMENT_CODECS[rest.kind] as Codec<unknown>;
    return `{"${rest.kind}":${codec.write(rest.value)}${tail === '' ? '' : `,${tail}`}}`;
  },
  read: (json, at): KprobeArgument => {
    const source = asObject(json, at);
    const label =
      source.label === undefined || source.label === null
        ? ''
        : text.read(source.label, `${at}.label`);
    const labelled = label === undefined || label === '' ? {} : { label };
    for (const key in source) {
      if (key === 'label' || source[key] === null || !Object.hasOwn(ARGUMENT_CODECS, key)) continue;
      const kind = key as ArgumentKind;
      const value = ARGUMENT_CODECS[kind].read(source[key], `${at}.${kind}`);
      if (value !== undefined) return { kind, value, ...labelled } as KprobeArgument;
    }
    return { kind: 'unknown', ...labelled };
  },
  zero: () => ({ kind: 'unknown' }),
  isZero: () => false,
};

const argumentList = list(argument);
const stackTrace = list(
  message<StackTraceEntry>({
    address: lean(uint64),
    offset: lean(uint64),
    symbol: lean(text),
    module: lean(text),
  }),
);

const lineage = {
  process: plain(processMessage),
  parent: set(processMessage),
} as const;
const ancestors = lean(list(processMessage));

/** An own enum without a default: every value is written. */
const choice = <T extends string>(names: readonly T[]): Codec<T> => ({
  ...enumeration(names),
  isZero: () => false,
});

/** The body of each kind of event, in the order of the kinds in Tetragon's oneof. */
export const BODY_CODECS: { readonly [K in EventKind]: MessageCodec<EventBodies[K]> } = {
  process_exec: message<ProcessExecBody>({ ...lineage, ancestors }),
  process_exit: message<ProcessExitBody>({
    ...lineage,
    signal: lean(text),
    status: plain(uint32),
    exitTime: set(timestamp, 'time'),
    ancestors,
  }),
  process_kprobe: message<ProcessKprobeBody>({
    ...lineage,
    functionName: plain(text),
    args: plain(argumentList),
    return: set(argument),
    action: plain(action),
    kernelStackTrace: lean(stackTrace),
    policyName: plain(text),
    returnAction: lean(action),
    message: lean(text),
    tags: lean(tags),
    userStackTrace: lean(stackTrace),
    ancestors,
    data: lean(argumentList),
  }),
  process_tracepoint: message<ProcessTracepointBody>({
    ...lineage,
    subsys: plain(text),
    event: plain(text),
    args: plain(argumentList),
    policyName: plain(text),
    action: plain(action),
    message: lean(text),
    tags: lean(tags),
    ancestors,
  }),
  process_loader: message<ProcessLoaderBody>({
    process: lineage.process,
    path: plain(text),
    buildid: lean(bytes),
    parent: lineage.parent,
    ancestors,
  }),
  process_uprobe: message<ProcessUprobeBody>({
    ...lineage,
    path: plain(text),
    symbol: plain(text),
    policyName: plain(text),
    message: lean(text),
    args: plain(argumentList),
    tags: lean(tags),
    ancestors,
    offset: lean(uint64),
    refCtrOffset: lean(uint64),
    action: plain(action),
    data: lean(argumentList),
  }),
  process_throttle: message<ProcessThrottleBody>({
    type: plain(enumeration(THROTTLE_TYPES)),
    cgroup: plain(text),
  }),
  process_lsm: message<ProcessLsmBody>({
    ...lineage,
    functionName: plain(text),
    policyName: plain(text),
    message: lean(text),
    args: plain(argumentList),
    action: plain(action),
    tags: lean(tags),
    ancestors,
    imaHash: lean(text),
  }),
  process_usdt: message<ProcessUsdtBody>({
    ...lineage,
    path: plain(text),
    provider: plain(text),
    name: plain(text),
    policyName: plain(text),
    message: lean(text),
    args: plain(argumentList),
    tags: lean(tags),
    ancestors,
    action: plain(action),
    flags: lean(text),
  }),
  test: message<TestBody>({
    arg0: plain(uint64),
    arg1: plain(uint64),
    arg2: plain(uint64),
    arg3: plain(uint64),
  }),
  rate_limit_info: message<RateLimitInfoBody>({ numberOfDroppedProcessEvents: plain(uint64) }),
  trigon_journal: message<JournalBody>({
    action: plain(choice(JOURNAL_ACTIONS)),
    policy: plain(text),
    detail: plain(text),
    via: plain(choice(JOURNAL_WAYS)),
    by: set(message<JournalOperator>({ user: plain(text), sudoUser: set(text), tty: set(text) })),
  }),
};

const extension = message<EventExtension>({
  time: set(timestamp),
  obtained: set(text),
  mode: set(choice<PolicyMode>(['monitor', 'enforce'])),
  outcome: set(choice<ActionOutcome>(['applied', 'withheld', 'skipped', 'failed'])),
  outcomeReason: set(text),
  signal: set(text),
  error: set(text),
  return: set(argument),
  kernelStackTrace: lean(stackTrace),
  userStackTrace: lean(stackTrace),
  names: lean(textMap),
});

/** What stands after the body. */
export const ENVELOPE_CODEC: MessageCodec<Envelope> = message<Envelope>({
  nodeName: plain(text),
  time: set(timestamp),
  aggregationInfo: set(message<AggregationInfo>({ count: plain(uint64) })),
  clusterName: lean(text),
  nodeLabels: lean(textMap),
  trigon: set(extension),
});

/** Of what stands after the body, Trigon's own alone. */
export const OWN_CODEC: MessageCodec<Pick<Envelope, 'trigon'>> = message<Pick<Envelope, 'trigon'>>({
  trigon: set(extension),
});

export const ARGUMENT_KINDS = Object.keys(ARGUMENT_CODECS) as readonly ArgumentKind[];

export const EVENT_KINDS = Object.keys(BODY_CODECS) as readonly EventKind[];
