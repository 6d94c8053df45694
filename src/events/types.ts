/**
 * Tetragon's events as Trigon holds them in memory. One flat object per event, told apart by
 * `kind`; `schema.ts` says how each field stands in JSON.
 *
 * - Names are Tetragon's in camelCase (`exec_id` → `execId`); an envelope field and a body field
 *   that share a name differ here (`time` of the event, `exitTime` of an exit).
 * - 64-bit integers are bigint: cookies, addresses and sizes do not fit a number exactly, and a
 *   filter must compare them as numbers, which strings would not.
 * - Times are bigint nanoseconds since 1970-01-01 UTC: milliseconds or a Date would lose digits.
 * - A field without `?` is always there; its empty value (`''`, `0`, `[]`) is how Tetragon says
 *   "not set". A field with `?` is absent when it is not set, and then 0 or `false` is a value.
 * - What Trigon adds sits under `trigon`, in JSON too, beside Tetragon's fields and never
 *   instead of them: its consumers skip an unknown key.
 */
import type { Capability } from './capabilities.ts';
import type {
  BpfCommand,
  KprobeAction,
  PrivilegesChanged,
  SecureBit,
  Taint,
  ThrottleType,
} from './enums.ts';
import type { JournalBody } from './journal.ts';
import type { NamespaceKind } from './namespaces.ts';

export type Capabilities = {
  readonly permitted?: readonly Capability[];
  readonly effective?: readonly Capability[];
  readonly inheritable?: readonly Capability[];
};

/** `inum` is the inode number in nsfs; `isHost` compares it with PID 1's. */
export type Namespace = { readonly inum: number; readonly isHost: boolean };

type CamelNamespace<K extends string> = K extends 'pid_for_children'
  ? 'pidForChildren'
  : K extends 'time_for_children'
    ? 'timeForChildren'
    : K;

export type Namespaces = { readonly [K in NamespaceKind as CamelNamespace<K>]?: Namespace };

export type UserNamespace = {
  readonly level?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly ns?: Namespace;
};

/** `caps` and `userNs` are set in arguments only, never in `Process.processCredentials`. */
export type ProcessCredentials = {
  readonly uid?: number;
  readonly gid?: number;
  readonly euid?: number;
  readonly egid?: number;
  readonly suid?: number;
  readonly sgid?: number;
  readonly fsuid?: number;
  readonly fsgid?: number;
  readonly securebits?: readonly SecureBit[];
  readonly caps?: Capabilities;
  readonly userNs?: UserNamespace;
};

export type Inode = { readonly number: bigint; readonly links?: number };
export type FileProperties = { readonly inode?: Inode; readonly path: string };

/** `file` only for unlinked and memfd binaries (`links` 0). */
export type BinaryProperties = {
  readonly setuid?: number;
  readonly setgid?: number;
  readonly privilegesChanged?: readonly PrivilegesChanged[];
  readonly file?: FileProperties;
};

export type Image = { readonly id: string; readonly name: string };
export type SecurityContext = { readonly privileged: boolean };

export type Container = {
  readonly id: string;
  readonly name: string;
  readonly image?: Image;
  readonly startTime?: bigint;
  readonly pid?: number;
  readonly maybeExecProbe?: boolean;
  readonly securityContext?: SecurityContext;
};

export type Labels = Readonly<Record<string, string>>;

export type Pod = {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly container?: Container;
  readonly podLabels?: Labels;
  readonly workload?: string;
  readonly workloadKind?: string;
  readonly podAnnotations?: Labels;
};

export type User = { readonly name: string };
export type EnvironmentVariable = { readonly key: string; readonly value: string };

/** Trigon's own about a process. */
export type ProcessExtension = {
  /** The whole argument list, argv[0] included, nothing joined. */
  readonly argv?: readonly string[];
  /** What runs the container that it lives in: `docker`, `containerd`, `cri-o`, `podman`, or `container` where the name of the cgroup doesn't tell. */
  readonly runtime?: string;
  /** The systemd unit that it lives in, e.g. `ssh.service`; never together with `runtime`. */
  readonly unit?: string;
  /** Its container, where the runtime told; `pod` says it of Kubernetes' containers. */
  readonly container?: { readonly id: string; readonly name: string; readonly image: string };
  /** Of its executable, in hexadecimal digits, where it was asked for and is known. */
  readonly sha256?: string;
};

export type Process = {
  /** See `execId.ts`. */
  readonly execId: string;
  /** Thread-group id in the host's pid namespace. */
  readonly pid?: number;
  /** Effective uid at exec. */
  readonly uid?: number;
  readonly cwd: string;
  /** The path as executed, made absolute with the cwd; symlinks are not resolved. */
  readonly binary: string;
  /** argv[1..] as one string, see `arguments.ts`. */
  readonly arguments: string;
  /** Space-joined words in a fixed order, e.g. `execve rootcwd clone`. */
  readonly flags: string;
  readonly startTime?: bigint;
  /** Login uid of the audit system; 4294967295 is "unset". */
  readonly auid?: number;
  readonly pod?: Pod;
  /** The first 31 characters of the container id. */
  readonly docker?: string;
  readonly parentExecId: string;
  readonly refcnt?: number;
  readonly cap?: Capabilities;
  readonly ns?: Namespaces;
  /** The thread that caused the event. */
  readonly tid?: number;
  readonly processCredentials?: ProcessCredentials;
  readonly binaryProperties?: BinaryProperties;
  readonly user?: User;
  readonly inInitTree?: boolean;
  readonly environmentVariables?: readonly EnvironmentVariable[];
  readonly trigon?: ProcessExtension;
};

export type SockArgument = {
  /** `AF_INET`, … */
  readonly family: string;
  /** `SOCK_STREAM`, … */
  readonly type: string;
  /** `IPPROTO_TCP`, … */
  readonly protocol: string;
  readonly mark?: number;
  readonly priority?: number;
  readonly saddr: string;
  readonly daddr: string;
  readonly sport: number;
  readonly dport: number;
  readonly cookie?: bigint;
  /** `TCP_ESTABLISHED`, … */
  readonly state?: string;
};

export type SkbArgument = {
  readonly hash: number;
  readonly len: number;
  readonly priority: number;
  readonly mark: number;
  readonly saddr: string;
  readonly daddr: string;
  readonly sport: number;
  readonly dport: number;
  readonly proto: number;
  readonly secPathLen: number;
  readonly secPathOlen: number;
  readonly protocol: string;
  readonly family: string;
};

export type SockaddrArgument = {
  readonly family: string;
  readonly addr: string;
  readonly port: number;
};

/** A name in the abstract namespace starts with `@`. */
export type SockaddrUnArgument = { readonly family: string; readonly path: string };

/** `mount` is never filled by Tetragon. `permission` is as `ls -l` shows it. */
export type PathArgument = {
  readonly mount?: string;
  readonly path: string;
  readonly flags?: string;
  readonly permission?: string;
};

export type BinprmArgument = {
  readonly path: string;
  readonly flags?: string;
  readonly permission?: string;
};

/** `origSize` is the length in bytes before it was cut. */
export type TruncatedBytes = { readonly bytesArg: Uint8Array; readonly origSize: bigint };
export type CapabilityArgument = { readonly value?: number; readonly name: string };
export type UserNamespaceArgument = {
  readonly level?: number;
  readonly owner?: number;
  readonly group?: number;
  readonly ns?: Namespace;
};
export type BpfProgArgument = {
  readonly progType: string;
  readonly insnCnt: number;
  readonly progName: string;
};
export type PerfEventArgument = {
  readonly kprobeFunc: string;
  readonly type: string;
  readonly config: bigint;
  readonly probeOffset: bigint;
};
export type BpfMapArgument = {
  readonly mapType: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly mapName: string;
};
export type ModuleArgument = {
  readonly name: string;
  readonly signatureOk?: boolean;
  readonly tainted?: readonly Taint[];
};
export type NetDevArgument = { readonly name: string };
export type SyscallIdArgument = { readonly id: number; readonly abi: string };
export type ErrorArgument = { readonly message: string };

/** Every shape of argument under the key it has in JSON. */
export type ArgumentValues = {
  readonly string_arg: string;
  readonly int_arg: number;
  readonly skb_arg: SkbArgument;
  readonly size_arg: bigint;
  readonly bytes_arg: Uint8Array;
  readonly path_arg: PathArgument;
  readonly file_arg: PathArgument;
  readonly truncated_bytes_arg: TruncatedBytes;
  readonly sock_arg: SockArgument;
  readonly cred_arg: Capabilities;
  readonly long_arg: bigint;
  readonly bpf_attr_arg: BpfProgArgument;
  readonly perf_event_arg: PerfEventArgument;
  readonly bpf_map_arg: BpfMapArgument;
  readonly uint_arg: number;
  readonly user_namespace_arg: UserNamespaceArgument;
  readonly capability_arg: CapabilityArgument;
  readonly process_credentials_arg: ProcessCredentials;
  readonly user_ns_arg: UserNamespace;
  readonly module_arg: ModuleArgument;
  /** Capability masks: 16 lower-case hex digits. */
  readonly kernel_cap_t_arg: string;
  readonly cap_inheritable_arg: string;
  readonly cap_permitted_arg: string;
  readonly cap_effective_arg: string;
  readonly linux_binprm_arg: BinprmArgument;
  readonly net_dev_arg: NetDevArgument;
  readonly bpf_cmd_arg: BpfCommand;
  readonly syscall_id: SyscallIdArgument;
  readonly sockaddr_arg: SockaddrArgument;
  readonly bpf_prog_arg: BpfProgArgument;
  readonly error_arg: ErrorArgument;
  readonly sockaddrun_arg: SockaddrUnArgument;
};

export type ArgumentKind = keyof ArgumentValues;

/**
 * One argument of a hook. `unknown` keeps the place of a shape that this version does not know;
 * it is written as an object without a value.
 */
export type KprobeArgument =
  | {
      [K in ArgumentKind]: {
        readonly kind: K;
        readonly value: ArgumentValues[K];
        readonly label?: string;
      };
    }[ArgumentKind]
  | { readonly kind: 'unknown'; readonly label?: string };

/** Kernel entries have symbol and offset, user entries module, offset and perhaps symbol. */
export type StackTraceEntry = {
  readonly address?: bigint;
  readonly offset?: bigint;
  readonly symbol?: string;
  readonly module?: string;
};

export type PolicyMode = 'monitor' | 'enforce';

/**
 * What became of a selector's enforcing actions: `applied`; `withheld` because the policy only
 * monitors; `skipped` because it must not happen here; `failed` because the kernel refused it.
 * What was (or would have been) done, `signal` and `error` tell.
 */
export type ActionOutcome = 'applied' | 'withheld' | 'skipped' | 'failed';

/** Trigon's own about an event. */
export type EventExtension = {
  /** Of process_loader in JSON alone, where Tetragon leaves the time out. */
  readonly time?: bigint;
  /** How the hook was really obtained when an equivalent stands in for it. */
  readonly obtained?: string;
  readonly mode?: PolicyMode;
  /** Absent when the selector only observes. */
  readonly outcome?: ActionOutcome;
  /**
   * Why the outcome is not `applied`: `monitor mode`, `protected process`, `arming expired`, `fuse
   * blown`, `wrong-context` (the current task is not the one that the event is about), `the call failed by itself before it could
   * be refused`, …
   */
  readonly outcomeReason?: string;
  /** The signal of Sigkill or Signal: `SIGKILL`, `SIGTERM`, … */
  readonly signal?: string;
  /** What Override lets the call fail with: `EPERM`, … */
  readonly error?: string;
  /** The rest: what a policy may ask for, and Tetragon has a place for in process_kprobe only. */
  readonly return?: KprobeArgument;
  readonly kernelStackTrace?: readonly StackTraceEntry[];
  readonly userStackTrace?: readonly StackTraceEntry[];
  /** Host names of addresses in its arguments, by address, as DNS answers to this host had them. */
  readonly names?: Labels;
};

export type AggregationInfo = { readonly count: bigint };

/** What every event carries. */
export type Envelope = {
  readonly nodeName: string;
  /** When it happened. Tetragon leaves it out of process_loader. */
  readonly time?: bigint;
  readonly aggregationInfo?: AggregationInfo;
  readonly clusterName?: string;
  readonly nodeLabels?: Labels;
  readonly trigon?: EventExtension;
};

/**
 * The process of an event, its parent, and from the grandparent upwards its ancestors. An export
 * whose field filter left the process out decodes to a process with empty fields.
 */
type Lineage = {
  readonly process: Process;
  readonly parent?: Process;
  readonly ancestors?: readonly Process[];
};

export type ProcessExecBody = Lineage;

export type ProcessExitBody = Lineage & {
  /** The signal that ended it; absent after a normal exit and for real-time signals. */
  readonly signal?: string;
  /** Exit code (0–255). */
  readonly status: number;
  readonly exitTime?: bigint;
};

export type ProcessKprobeBody = Lineage & {
  /** Syscall functions keep their prefix: `__x64_sys_openat`. */
  readonly functionName: string;
  readonly args: readonly KprobeArgument[];
  readonly return?: KprobeArgument;
  readonly action: KprobeAction;
  readonly kernelStackTrace?: readonly StackTraceEntry[];
  readonly policyName: string;
  readonly returnAction?: KprobeAction;
  readonly message?: string;
  readonly tags?: readonly string[];
  readonly userStackTrace?: readonly StackTraceEntry[];
  readonly data?: readonly KprobeArgument[];
};

export type ProcessTracepointBody = Lineage & {
  readonly subsys: string;
  readonly event: string;
  readonly args: readonly KprobeArgument[];
  readonly policyName: string;
  readonly action: KprobeAction;
  readonly message?: string;
  readonly tags?: readonly string[];
};

export type ProcessUprobeBody = Lineage & {
  readonly path: string;
  readonly symbol: string;
  readonly policyName: string;
  readonly message?: string;
  readonly args: readonly KprobeArgument[];
  readonly tags?: readonly string[];
  readonly offset?: bigint;
  readonly refCtrOffset?: bigint;
  readonly action: KprobeAction;
  readonly data?: readonly KprobeArgument[];
};

export type ProcessUsdtBody = Lineage & {
  readonly path: string;
  readonly provider: string;
  readonly name: string;
  readonly policyName: string;
  readonly message?: string;
  readonly args: readonly KprobeArgument[];
  readonly tags?: readonly string[];
  readonly action: KprobeAction;
  readonly flags?: string;
};

export type ProcessLsmBody = Lineage & {
  readonly functionName: string;
  readonly policyName: string;
  readonly message?: string;
  readonly args: readonly KprobeArgument[];
  readonly action: KprobeAction;
  readonly tags?: readonly string[];
  /** `sha256:…` */
  readonly imaHash?: string;
};

export type ProcessLoaderBody = Lineage & {
  readonly path: string;
  readonly buildid?: Uint8Array;
};

export type ProcessThrottleBody = { readonly type: ThrottleType; readonly cgroup: string };
export type RateLimitInfoBody = { readonly numberOfDroppedProcessEvents: bigint };
export type TestBody = {
  readonly arg0: bigint;
  readonly arg1: bigint;
  readonly arg2: bigint;
  readonly arg3: bigint;
};

/** The body of each kind of event, under the key it has in JSON. */
export type EventBodies = {
  readonly process_exec: ProcessExecBody;
  readonly process_exit: ProcessExitBody;
  readonly process_kprobe: ProcessKprobeBody;
  readonly process_tracepoint: ProcessTracepointBody;
  readonly process_loader: ProcessLoaderBody;
  readonly process_uprobe: ProcessUprobeBody;
  readonly process_throttle: ProcessThrottleBody;
  readonly process_lsm: ProcessLsmBody;
  readonly process_usdt: ProcessUsdtBody;
  readonly test: TestBody;
  readonly rate_limit_info: RateLimitInfoBody;
  /** Not of Tetragon: an export of its lines that is read by others has an unknown event here. */
  readonly trigon_journal: JournalBody;
};

export type EventKind = keyof EventBodies;

/** An event of one kind, e.g. `EventOf<'process_exec'>`. */
export type EventOf<K extends EventKind> = { readonly kind: K } & Envelope & EventBodies[K];

/** Any event; `kind` tells which. */
export type Event = { [K in EventKind]: EventOf<K> }[EventKind];

/** Events that have a process, which is all but throttle, test, rate limit and journal. */
export type ProcessEvent = Extract<Event, { readonly process: Process }>;

export const hasProcess = (event: Event): event is ProcessEvent => 'process' in event;

/** `exec` for `process_exec`, `journal` for `trigon_journal`: as filters and lists have it. */
export const shortKind = (kind: EventKind): string => kind.replace(/^(process|trigon)_/, '');

/** Numbers and names of event kinds in filters, flags (`tetra getevents -e`) and metrics. */
export const EVENT_TYPES: {
  readonly [K in EventKind]: { readonly name: Uppercase<K>; readonly number: number };
} = {
  process_exec: { name: 'PROCESS_EXEC', number: 1 },
  process_exit: { name: 'PROCESS_EXIT', number: 5 },
  process_kprobe: { name: 'PROCESS_KPROBE', number: 9 },
  process_tracepoint: { name: 'PROCESS_TRACEPOINT', number: 10 },
  process_loader: { name: 'PROCESS_LOADER', number: 11 },
  process_uprobe: { name: 'PROCESS_UPROBE', number: 12 },
  process_throttle: { name: 'PROCESS_THROTTLE', number: 27 },
  process_lsm: { name: 'PROCESS_LSM', number: 28 },
  process_usdt: { name: 'PROCESS_USDT', number: 29 },
  test: { name: 'TEST', number: 40000 },
  rate_limit_info: { name: 'RATE_LIMIT_INFO', number: 40001 },
  // Far from Tetragon's numbers.
  trigon_journal: { name: 'TRIGON_JOURNAL', number: 70000 },
};
