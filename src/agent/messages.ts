import type { Fact } from '../events/facts.ts';
import type { RedactionFilter } from '../events/redaction.ts';
import type { EventKind } from '../events/types.ts';
import type { HookNames } from '../events/wire/event.ts';
import type { HostNamespaces } from '../events/wire/processDetail.ts';
import type { AddedActions } from '../policies/addActions.ts';
import type { HookKind, PolicyParameter, Severity } from '../policies/model.ts';
import type { OpenFiles, ProcessDescription } from './inspect/types.ts';
import type { JournalEntry, Operator } from './journal.ts';
import type { EventSelection } from './selection.ts';
import type { TrialResult } from './trial.ts';

/**
 * What passes between the agent (worker thread) and the screen or the headless command (main thread). Events travel as packed
 * records (src/events/wire/packed.ts) in transferred buffers; everything else is small and rare.
 */

/** What the agent sends of events. */
export type OutputOptions =
  /** All of them, packed: for the screen. */
  | { kind: 'records' }
  /** None to the main thread: the headless agent, whose events go to files and sockets. */
  | { kind: 'none' }
  | LineOptions;

/** Text lines, made where the process table is: for the headless command. */
export type LineOptions = {
  kind: 'json' | 'compact';
  color: boolean;
  timestamps: boolean;
  selection: EventSelection;
  /** No more than so many; undefined: no limit. */
  limit: number | undefined;
  /** Of each minute no more than so many, evenly; undefined: no limit. */
  perMinute: number | undefined;
};

/** Passed as `workerData`. */
export type AgentOptions = {
  /** Shown as the source of events; Tetragon's node_name. */
  node: string;
  output: OutputOptions;
  /** Size of the kernel's ring buffer: a power of two, at least a page. */
  ringBytes: number;
  /** Loaded in this order, after `ready`. */
  policies: PolicySource[];
  /** Values of the placeholders `${NAME}` in policy files. */
  variables: Readonly<Record<string, string | undefined>>;
  /** Actions that send something over the network (GetUrl, DnsLookup) are done; else they are counted as refused. */
  allowNetworkActions: boolean;
  /** Unix socket on which `trigon policy` reaches the agent; undefined: none. */
  controlSocket?: string | undefined;
  detail: DetailOptions;
  /** Process records of one cgroup; undefined: no limit. */
  cgroupRate?: CgroupRate | undefined;
  /** Processes that must never be killed, beside the agent's own: the guardian. */
  protect: number[];
  /** Who sits at the screen or gave the command: for the journal. */
  operator?: Operator | undefined;
  /** Users whose policy files may be loaded from the system's and the user's folder, beside root and our own. */
  policyOwners?: readonly number[] | undefined;
  /** Nothing can be armed, and no signal is sent. */
  readOnly?: boolean | undefined;
  /** What of command lines and environments must not be seen by anybody: hidden as soon as an exec record comes in. See src/events/redaction.ts. */
  redaction?: readonly RedactionFilter[] | undefined;
  /** JSON lines in a file. */
  exportFile?: ExportOptions | undefined;
  /** A recording of the whole session, from the start. */
  record?: string | undefined;
  /** Tetragon's gRPC API: `unix:///run/trigon/tetragon.sock`, or host:port. */
  grpc?: GrpcOptions | undefined;
  /** Unix socket on which screens attach to the headless agent: only with an output of kind 'none'. */
  attachSocket?: string | undefined;
  /** Prometheus metrics: host:port. */
  metrics?: MetricsOptions | undefined;
  enrichment?: EnrichmentOptions | undefined;
};

/** Tetragon's `--export-*`. Filters are its JSON objects, one a line: src/events/tetragonFilter/. */
export type ExportOptions = {
  readonly file: string;
  /** Bytes, after which the file is rotated; 0: never by size. */
  readonly maxBytes: number;
  /** Rotated files that are kept; 0: all. */
  readonly maxBackups: number;
  /** Ms after which the file is rotated whatever its size; 0: never. */
  readonly rotationMs: number;
  /** Rotated files are compressed with gzip. */
  readonly compress: boolean;
  /** Mode bits of the files, such as 0o600. */
  readonly mode: number;
  readonly allow: string;
  readonly deny: string;
  readonly fields: string;
  /** Events a minute; undefined: no limit. */
  readonly perMinute: number | undefined;
  /** Equal events within a window become one with their count. */
  readonly aggregation: { readonly windowMs: number; readonly most: number } | undefined;
};

export type GrpcOptions = {
  readonly address: string;
  /** PEM files. Only with an address of the network, which must not be served in the open. */
  readonly tls?:
    | {
        readonly certificate: string;
        readonly key: string;
        readonly clientAuthorities: readonly string[];
      }
    | undefined;
};

export type MetricsOptions = {
  readonly host: string;
  /** 0: one of the system's. */
  readonly port: number;
  /** Events are counted for each binary. */
  readonly perBinary: boolean;
};

/** What is asked of others about what events name. */
export type EnrichmentOptions = {
  /** Ask the sockets of container runtimes. */
  readonly containers: boolean;
  /** Path of a socket that is asked by Kubernetes' CRI, and no other runtime. */
  readonly criEndpoint?: string | undefined;
  /** Path of Docker's socket in place of the usual ones. */
  readonly dockerSocket?: string | undefined;
  readonly kubernetes?:
    | { readonly kind: 'kubeconfig'; readonly file: string }
    /** As the kubeconfig's user, or with the service account's token. */
    | { readonly kind: 'kubelet'; readonly url: string; readonly kubeconfig?: string | undefined }
    | undefined;
  /** Learn host names from DNS answers that this host receives. */
  readonly names: boolean;
  /** SHA-256 of executables. */
  readonly hashes: boolean;
};

/** Fork, exec and exit records that each CPU may post of a cgroup in an interval. */
export type CgroupRate = { events: number; intervalMs: number };

/** A policy file or a folder of them. `enforce`: armed at once, if the policy enforces by its own text and doesn't ask for monitor mode. */
export type PolicySource = {
  path: string;
  mode: PolicyMode;
  origin?: PolicyOrigin | undefined;
  /** What stands there instead of the file's content, which is not read: the policies of a lab. */
  text?: string | undefined;
};

/**
 * Where a policy comes from: `--policy`, /etc/trigon/policies.d, ~/.config/trigon/policies, our library, or `trigon policy add`; 'option' when a source doesn't say.
 * Files of all but the last two are watched. A folder of 'system' and 'user' may be absent or empty.
 */
export type PolicyOrigin = 'option' | 'system' | 'user' | 'library' | 'added';

/** Parts of events that are left out unless they are asked for, as Tetragon does. */
export type DetailOptions = {
  credentials: boolean;
  namespaces: boolean;
  userNames: boolean;
  /** Read by the kernel side too: secrets don't even leave it otherwise. */
  environment: boolean;
  /** Kinds of events that tell the ancestors of their process from the grandparent upwards. Of lines only. */
  ancestors: readonly EventKind[];
};

export const NO_DETAIL_OPTIONS: DetailOptions = {
  credentials: false,
  namespaces: false,
  userNames: false,
  environment: false,
  ancestors: [],
};

export type ToAgent =
  /** The main thread has beaten (beats.ts), so that the dead-man deadline is renewed: a hung screen disarms as well as a hung agent. */
  | { type: 'heartbeat' }
  | { type: 'set-mode'; policy: number; mode: 'off' | 'monitor' }
  /** `added`: for each selector of each hook what it does beyond its own text; empty: nothing. */
  | { type: 'arm'; policy: number; seconds: number | undefined; added: AddedActions; fuse: Fuse }
  | { type: 'disarm-all' }
  /** Asks what arming the policy can do and whom it would hit. */
  | { type: 'prepare-arming'; request: number; policy: number }
  /** Asks for the policy's file as it was loaded. */
  | { type: 'read-policy'; request: number; policy: number }
  /** Loads the policy's file anew with these values of its parameters; the old one stays when that fails. */
  | { type: 'set-parameters'; request: number; policy: number; values: Record<string, string> }
  /** Runs the policy's trigger and its near miss. */
  | { type: 'test-policy'; request: number; policy: number }
  /** What the screen shows now: only these topics are sent, first whole, then changes. */
  | { type: 'watch'; topics: Topic[] }
  /** Asks for all that is known of a process and its ancestors. */
  | { type: 'describe'; request: number; pid: number; ktime: bigint }
  /** Asks which files it has open now. */
  | { type: 'open-files'; request: number; pid: number; ktime: bigint }
  /** Asks for what is known of a program, by its path. */
  | { type: 'describe-binary'; request: number; binary: string }
  /** Asks whether a signal can be sent to a process, and who it is. */
  | { type: 'find-target'; request: number; process: ProcessRef }
  /** Sends a signal, to 1000 processes at most; a notice tells what became of it. */
  | { type: 'signal'; signal: HandSignal; processes: readonly ProcessRef[] }
  /** Records from now on into this file, with the rights of the user who sits at the screen, whose it is; undefined: no more. */
  | { type: 'record'; path: string | undefined }
  /** A mark that was set in the screen's stream, or taken away: for the recording there is. When one begins, the screen sends those it has. */
  | { type: 'mark'; mark: RecordedMark; isSet: boolean }
  /** To a replay only. */
  | { type: 'playback'; action: PlaybackAction }
  /** A batch of this many bytes has been dealt with: the agent keeps only so many under way. */
  | { type: 'done'; bytes: number }
  | { type: 'stop' };

/** A process by any of its exec ids. */
export type ProcessRef = { readonly pid: number; readonly ktime: bigint };

/** What can be sent by hand. */
export const HAND_SIGNALS = [
  'SIGTERM',
  'SIGKILL',
  'SIGSTOP',
  'SIGCONT',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
] as const;
export type HandSignal = (typeof HAND_SIGNALS)[number];

/** Who would get a signal, as of now: it may have called exec since its row was made. Texts are hostile. */
export type SignalTarget = {
  readonly pid: number;
  readonly binary: string;
  readonly arguments: string;
  readonly uid: number | undefined;
  /** Start of the process, ms since the epoch. */
  readonly startedAt: number;
};

/** `refusal`: why it gets none, in words. */
export type TargetAnswer =
  | { readonly target: SignalTarget; readonly refusal?: string }
  | { readonly target?: undefined; readonly refusal: string };

export type Topic = 'tree' | 'binaries' | 'alerts';

/** More than `limit` actions within `seconds` put a policy back to monitor. */
export type Fuse = { limit: number; seconds: number };

/** UX.md, "Fuse". */
export const DEFAULT_FUSE: Fuse = { limit: 20, seconds: 10 };

export type FromAgent =
  /** Processes are watched; policies are loaded from now on. */
  | { type: 'ready'; hostNamespaces: HostNamespaces | undefined }
  /** Policies that were loaded, switched or removed, or are attached otherwise than before. Comes before the first event of a policy. */
  | { type: 'policies'; changed: PolicyDescription[]; removed: number[] }
  /** All policies of the options have been dealt with. What is wrong with their files, as compilers print it: of problems something
   * is not loaded, of warnings it is. */
  | { type: 'loaded'; problems: string[]; warnings: string[] }
  /** Whole packed records, one after the other. */
  | { type: 'records'; buffer: ArrayBuffer; bytes: number; count: number }
  /** Whole lines of UTF-8 text; `count`: events among them, which those that tell of a rate limit are not. */
  | { type: 'lines'; bytes: Uint8Array; count: number }
  /** Twice a second, and after a command. Of policies only those that have counted something since. */
  | { type: 'status'; policies: PolicyState[]; lost: LostCounts }
  /** `reset`: these are all there are; else changes since the last message. Nothing is both changed and removed; rows come in
   * no particular order. */
  | { type: 'tree'; reset: boolean; changed: TreeProcess[]; removed: string[] }
  /** `others`: when that changed, and whenever the message is whole. */
  | {
      type: 'binaries';
      reset: boolean;
      changed: BinaryCounters[];
      removed: string[];
      others?: UntoldCounts;
    }
  | ({ type: 'description'; request: number } & ProcessDescription)
  | { type: 'open-files'; request: number; files: OpenFiles }
  /** undefined: no such program is known (any more). */
  | { type: 'binary-description'; request: number; profile: BinaryProfile | undefined }
  | { type: 'alerts'; reset: boolean; changed: AlertGroup[]; removed: string[] }
  | { type: 'arming'; request: number; policy: number; arming: ArmingFacts }
  | { type: 'policy-text'; request: number; policy: number; source: string }
  /** Of set-parameters: empty when it was done. */
  | { type: 'edited'; request: number; policy: number; problems: string[] }
  | { type: 'tested'; request: number; policy: number; result: TrialResult }
  /** Of find-target. */
  | { type: 'target'; request: number; answer: TargetAnswer }
  /** Somebody switched or armed something, or it was disarmed, or sent a signal by hand. The same goes out as an event. */
  | { type: 'journal'; entry: JournalEntry }
  /** Something was learnt: src/events/facts.ts. */
  | { type: 'facts'; facts: readonly Fact[] }
  /** undefined: nothing is recorded. `error`: why it ended by itself, or holds nothing at the moment. */
  | { type: 'recording'; path: string | undefined; events: number; bytes: number; error?: string }
  /** Of a replay: how it stands, at most ten times a second. */
  | { type: 'playback'; playback: Playback }
  /** Of a replay: all events, marks and models so far are void; others come now. */
  | { type: 'restart' }
  /** Of a replay: the marks that its recording has. */
  | { type: 'marks'; marks: readonly RecordedMark[] }
  /** Of Tetragon's agents that the screen is attached to. */
  | { type: 'nodes'; nodes: readonly NodeStatus[] }
  /** A request could not be carried out, or something happened that the operator must know. */
  | { type: 'notice'; level: 'info' | 'warning'; text: string }
  /** The agent can't go on; nothing of it is left in the kernel. */
  | { type: 'failed'; message: string; remedy: string }
  | { type: 'stopped'; lost: LostCounts };

/** A mark in a recording: of the event with this time (ns since the epoch) and exec id. Its label is the operator's text. */
export type RecordedMark = {
  readonly time: bigint;
  readonly execId: string;
  readonly label: string;
};

export type PlaybackAction =
  | { readonly do: 'play' | 'pause' | 'step' | 'step-back' | 'to-start' | 'to-end' }
  /** Times faster than it happened; Infinity: as fast as it goes. */
  | { readonly do: 'speed'; readonly speed: number }
  /** To the first event at this time (ns since the epoch) or after it. */
  | { readonly do: 'seek'; readonly time: bigint };

export type Playback = {
  /** A file's name, or `standard input`. */
  readonly title: string;
  readonly isPlaying: boolean;
  readonly speed: number;
  /** Ns since the epoch: of the first event, the one that was played last, and the last one as far as it is known; 0n: none. */
  readonly start: bigint;
  readonly at: bigint;
  readonly end: bigint;
  /** Events that were played, and how many there are. */
  readonly played: number;
  readonly total: number;
  /** All is read: `end` and `total` are final, unless the file is followed. */
  readonly isRead: boolean;
  /** It may grow: standard input, or --follow. */
  readonly isFollowing: boolean;
  /** Lines that are no events: they were left out. */
  readonly badLines: number;
  /** It is one of ours, which tells of policies and of what was lost. */
  readonly isRecording: boolean;
};

/** One of several agents whose events come together. */
export type NodeStatus = {
  readonly address: string;
  /** '' until it has told. */
  readonly node: string;
  readonly version: string;
  readonly state: 'connecting' | 'connected' | 'failed';
  /** Why it failed, or is connected again and again. */
  readonly reason?: string | undefined;
  readonly events: number;
};

/** Events that did not arrive, by cause. */
export type LostCounts = {
  /** No room in the kernel's ring buffer: process events. */
  processRing: number;
  /** The same: policy events. */
  policyRing: number;
  /** The kernel-side process table was full: exec ids and binaries of these are guesses. */
  processTable: number;
  /** A program found all scratch memory of its CPU in use by those that it interrupted. */
  nested: number;
  /** Process records of cgroups over their limit: AgentOptions.cgroupRate. */
  throttled: number;
  /** The kernel skipped a program because it was already running on that CPU. */
  recursion: number;
  /** The main thread did not keep up. */
  queue: number;
  /** A screen or a gRPC client that came over a socket did not keep up: events of all of them. */
  clients: number;
  /** The export file or the recording could not be written: the disk is full, say. */
  exportFile: number;
};

export type PolicyMode = 'off' | 'monitor' | 'enforce';

/** How much of a policy is at work. */
export type PolicyCondition = 'enabled' | 'disabled' | 'partially_enabled' | 'load_error';

/** What is known of a loaded policy and seldom changes. */
export type PolicyDescription = {
  /** The kernel side's number, as policy events carry it; taken again when the policy is gone. */
  id: number;
  name: string;
  /** Only of kind TracingPolicyNamespaced. */
  namespace: string | undefined;
  file: string;
  /** Which of the file's policies, from 0: with the file it tells policies of one name apart. */
  position: number;
  origin: PolicyOrigin;
  /** What the policy says of itself; empty: nothing. */
  title: string;
  why: string;
  severity: Severity | undefined;
  mitre: readonly string[];
  noise: string;
  arming: string;
  /** It brings a trigger, so that it can be tested. */
  canBeTested: boolean;
  parameters: readonly PolicyParameter[];
  /** What it does in plain words, with what arming added last: `Tells of any process that writes to a file below /etc/.` */
  sentence: string;
  /** What is wrong with its file as it is now: this is how it was before. Lines as compilers print them. */
  problems: readonly string[];
  /** It kills, signals or refuses by its own text; otherwise arming adds actions to its selectors. */
  enforces: boolean;
  /** What the last arming added; it stays, counted but not done, until the policy is armed otherwise or its file is read anew. */
  added: AddedActions;
  /** Its share of the kernel's maps. */
  memoryBytes: number;
  mode: PolicyMode;
  /** Wall clock, ms since the epoch; undefined when not armed or armed until quit. */
  armedUntil: number | undefined;
  /** The last arming ended because its fuse blew. */
  fuseBlown: boolean;
  condition: PolicyCondition;
  /** What the operator should know before relying on it, with the field that it is about. */
  warnings: readonly string[];
  hooks: HookDescription[];
};

export type HookDescription = {
  kind: HookKind;
  /** What the policy names: a function, a tracepoint, a symbol of a file. */
  call: string;
  /** How it is obtained here, what differs from the real function, and what SIGKILL prevents: of all points together. */
  obtained: string;
  /** The kinds of programs that run for it: `kprobe.multi`, `raw sys_enter`; empty where nothing can. */
  way: string;
  differs: readonly string[];
  sigkill: string;
  /** Where it runs, and where it can't. */
  points: HookPointStatus[];
  /** One a selector, in words. A hook without selectors has one. */
  selectors: SelectorDescription[];
};

/** With what arming added last. */
export type SelectorDescription = {
  words: string;
  /** It sends a signal: SIGKILL mostly. */
  kills: boolean;
  /** It kills, signals or refuses. */
  enforces: boolean;
  /** It says NoPost and nothing else: what it matches is left alone, and arming adds nothing to it. */
  isException: boolean;
};

/** What the arming dialog needs to know before. */
export type ArmingFacts = {
  /** For each selector of each hook. */
  choices: ArmingChoice[][];
  /** For each hook: why some of its selectors can't kill while others refuse here; undefined: they can. */
  mixing: (string | undefined)[];
  blast: BlastRadius;
  /**
   * Another agent enforces it, and doesn't tell whom it has hit. Neither ends it when this screen dies. Tetragon's spares nobody and
   * has no fuse; one of Trigon's has its own, and spares what it protects on its host.
   */
  foreign?: 'tetragon' | 'trigon';
};

export type ArmingChoice = {
  /** What it does by its own text, in words; undefined: it only watches, and one of `kill`, `deny` can be added. */
  own: string | undefined;
  kill: ArmingOffer;
  deny: ArmingOffer;
};

/** In words: what would be done, `SIGKILL any process that writes below /etc`; or why it can't be done here. */
export type ArmingOffer =
  | { words: string; reason?: undefined }
  | { words?: undefined; reason: string };

/** Whom a policy has hit, or would have, while it was in monitor: by selector, binary and user. */
export type BlastRadius = {
  /** How far back it looks, in minutes. */
  minutes: number;
  /** Seconds of these that the policy was on, as it is now. */
  watched: number;
  /** Most hits first. */
  rows: BlastRow[];
  /** Hits beyond those that the rows tell of: rate limits, NoPost, lost events, too many different ones. */
  untold: number;
};

export type BlastRow = {
  hook: number;
  selector: number;
  /** As events show it. */
  binary: string;
  uid: number;
  hits: number;
  /** Ms since the epoch. */
  lastSeen: number;
  /** It would be spared, or hit the way to this host: the operator's session, sshd, Trigon itself. */
  own: 'session' | 'sshd' | 'trigon' | undefined;
};

/** Policy events of one policy, one binary and one target: however many, one row. */
export type AlertGroup = {
  key: string;
  policy: string;
  severity: Severity | undefined;
  binary: string;
  /** What the event is about (a path, an address, a name), or ''. Hostile text. */
  target: string;
  /** What the policy's hook is called, and its message. */
  call: string;
  message: string;
  count: number;
  /** Of these: killed, refused, would have been one of them, spared as protected. */
  killed: number;
  denied: number;
  wouldAct: number;
  spared: number;
  /** Events in the last minute, up to now. */
  perMinute: number;
  /** The same by stretches of ten seconds, the oldest first: for a trend. */
  trend: readonly number[];
  /** Ms since the epoch. */
  firstSeen: number;
  lastSeen: number;
  /** Process and user of the latest. */
  pid: number;
  uid: number;
};

/** 'idle': its policy is off. 'missing': this host has no such place, or no way to it. 'failed': the kernel refused it. */
export type HookPointState = 'attached' | 'idle' | 'missing' | 'failed';

export type HookPointStatus = {
  functionName: string;
  state: HookPointState;
  /** Of missing and failed ones. */
  reason: string | undefined;
  remedy: string | undefined;
  /** The kernel side's numbers of the hook there, as policy events carry them, and what its events are called. */
  numbers: number[];
  names: HookNames | undefined;
};

/** What of a policy changes all the time. */
export type PolicyState = {
  id: number;
  /** Of each selector of each hook, in the order of the description. */
  counts: SelectorCounts[][];
  runs: RunCounts;
  network: NetworkCounts;
};

/** A policy as the screen and the command line show it. */
export type PolicyStatus = Omit<PolicyDescription, 'hooks'> &
  Omit<PolicyState, 'counts'> & {
    hooks: HookStatus[];
    /** Of all its selectors. */
    counts: SelectorCounts;
  };

export type HookStatus = Omit<HookDescription, 'selectors'> & {
  selectors: (SelectorDescription & { counts: SelectorCounts })[];
};

/** Of a selector or summed over a policy, since it was loaded. */
export type SelectorCounts = {
  matched: number;
  posted: number;
  /** Not posted because of a rate limit. */
  rateLimited: number;
  /** Not posted because there was no room in the kernel's ring. */
  lost: number;
  /** Monitor mode: calls in which it would have killed, signalled or refused. */
  wouldAct: number;
  killed: number;
  signalled: number;
  overridden: number;
  sparedProtected: number;
  sparedExpired: number;
  sparedFused: number;
  /** The process at hand was not the one that the event is about. */
  wrongContext: number;
  /** The kernel refused the signal, or the call went on without passing where it could be refused. */
  failed: number;
  /** The call failed by itself before it came to where it would have been refused. */
  moot: number;
};

/** What a policy costs and misses, since it was loaded. */
export type RunCounts = {
  /** Hooks run; calls on files that they are known to let pass are not counted (bpf/passed.h). */
  runs: number;
  /** Estimated: every 64th run is timed. */
  runTimeNs: number;
  /** Runs in which user memory was not there, so that the selectors could not decide. */
  argumentFaults: number;
  /** Calls whose return could not be waited for. */
  pendingLost: number;
};

/** GetUrl and DnsLookup, which the agent does. */
export type NetworkCounts = {
  done: number;
  failed: number;
  /** Too many at once. */
  dropped: number;
  /** Not allowed: see AgentOptions.allowNetworkActions. */
  refused: number;
};

/** A process in the tree. Texts are as the kernel has them: hostile. */
export type TreeProcess = {
  /** Of the process's current exec; changes with every exec, `key` doesn't. */
  ktime: bigint;
  /** Stable for the life of the process: `pid:start`, so that a row keeps its place and state through execs. */
  key: string;
  /** Key of the parent as of now (a reparented child moves); undefined: none, or not known. */
  parent: string | undefined;
  pid: number;
  uid: number;
  /** The user's name, where an event told it: the numbers of other hosts are other users. */
  user?: string | undefined;
  /** As in events; kernel threads: their name in brackets, as ps has it; '' when it isn't known. */
  binary: string;
  /** Tetragon's `arguments`. */
  arguments: string;
  /** Start of the process, ms since the epoch. */
  startedAt: number;
  /** End, ms since the epoch; ended processes stay for a while. */
  endedAt: number | undefined;
  /** How it ended: exit code, or signal name; undefined also when the record of its exit was lost. */
  ending: string | undefined;
  /** First characters of the container's id, or ''. */
  container: string;
  isKernelThread: boolean;
  /** Exec, exit and policy events of this process so far. */
  events: number;
  /** Policy events of this process. */
  hits: number;
  /** Kills among them. */
  kills: number;
};

/** Counters of one program, by the path of its executable as events show it (`process.binary`). */
export type BinaryCounters = {
  binary: string;
  execs: number;
  exits: number;
  /** Exits with a code other than 0, or by a signal. */
  failures: number;
  running: number;
  /** Policy events about files, and about the network. */
  files: number;
  network: number;
  hits: number;
  kills: number;
  denials: number;
  /** All events. */
  events: number;
  /** Those among them that are known by number only: the kernel counted them, and could not tell them. */
  untold: number;
  /** Events of each of the last 10 seconds, up to now, the oldest first: for a trend. */
  trend: readonly number[];
  /** Ms since the epoch. The first is the start of a process that ran before us. */
  firstSeen: number;
  lastSeen: number;
};

/** Events that the kernel counted and could not tell: there was no room in the ring, or they were held back (AgentOptions.cgroupRate). */
export type UntoldCounts = Pick<
  BinaryCounters,
  'execs' | 'exits' | 'failures' | 'hits' | 'files' | 'network' | 'kills' | 'denials'
>;

/** What happened most often, that first. Names as the kernel has them: hostile. `others`: of all that the entries don't tell. */
export type Tallied = {
  readonly entries: readonly { readonly name: string; readonly count: number }[];
  readonly others: number;
};

/** Everything about one program. Its lists are bounded (aggregate/tally.ts), and forgotten for programs not seen for long. */
export type BinaryProfile = {
  readonly counters: BinaryCounters;
  /** Events of each of the last 60 seconds, up to now, the oldest first. */
  readonly history: readonly number[];
  /** Programs that its processes executed, and whose processes executed it: by path. */
  readonly ran: Tallied;
  readonly ranBy: Tallied;
  /** Users who ran it, by uid. */
  readonly users: Tallied;
  /** Exit codes and signals' names, as TreeProcess.ending. */
  readonly endings: Tallied;
  /** What its policy events were about: files, and the network (addresses and ports, devices). */
  readonly files: Tallied;
  readonly addresses: Tallied;
  readonly policies: Tallied;
};
