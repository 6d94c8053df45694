import type { Process } from '../events/types.ts';
import type { HookNames } from '../events/wire/event.ts';
import type { HostNamespaces } from '../events/wire/processDetail.ts';
import type { EventSelection } from './selection.ts';

/**
 * What passes between the agent (worker thread) and the screen or the headless command (main thread). Events travel as packed
 * records (src/events/record.ts) in transferred buffers; everything else is small and rare.
 */

/** What the agent sends of events. */
export type OutputOptions =
  /** All of them, packed: for the screen. */
  { kind: 'records' } | LineOptions;

/** Text lines, made where the process table is: for the headless command. */
export type LineOptions = {
  kind: 'json' | 'compact';
  color: boolean;
  timestamps: boolean;
  selection: EventSelection;
  /** No more than so many; undefined: no limit. */
  limit: number | undefined;
};

/** Passed as `workerData`. */
export type AgentOptions = {
  /** Shown as the source of events; Tetragon's node_name. */
  node: string;
  output: OutputOptions;
  /** Size of the kernel's ring buffer: a power of two, at least a page. */
  ringBytes: number;
  /** Policy files and folders, loaded in this order, and the mode they start in. `enforce` is for policies that enforce by
   * their own text; others then start in monitor. */
  policies: { path: string; mode: 'off' | 'monitor' | 'enforce' }[];
  detail: DetailOptions;
  /** Processes that must never be killed, beside the agent's own: the guardian. */
  protect: number[];
};

/** Parts of process messages that are left out unless they are asked for, as Tetragon does. */
export type DetailOptions = {
  credentials: boolean;
  namespaces: boolean;
  userNames: boolean;
  /** Read by the kernel side too: secrets don't even leave it otherwise. */
  environment: boolean;
};

export const NO_DETAIL_OPTIONS: DetailOptions = {
  credentials: false,
  namespaces: false,
  userNames: false,
  environment: false,
};

export type ToAgent =
  /** Renews the dead-man deadline: sent by the main thread, so that a hung screen disarms as well as a hung agent. */
  | { type: 'heartbeat' }
  | { type: 'set-mode'; policy: number; mode: 'off' | 'monitor' }
  | { type: 'arm'; policy: number; seconds: number | undefined; addKill: boolean; fuse: Fuse }
  | { type: 'disarm-all' }
  /** What the screen shows now: only these topics are sent, first whole, then changes. */
  | { type: 'watch'; topics: Topic[] }
  /** Asks for all that is known of a process and its ancestors. */
  | { type: 'describe'; request: number; pid: number; ktime: bigint }
  /** A batch of this many bytes has been dealt with: the agent keeps only so many under way. */
  | { type: 'done'; bytes: number }
  | { type: 'stop' };

export type Topic = 'tree' | 'binaries';

/** More than `limit` actions within `seconds` put a policy back to monitor. */
export type Fuse = { limit: number; seconds: number };

/** UX.md, "Fuse". */
export const DEFAULT_FUSE: Fuse = { limit: 20, seconds: 10 };

export type FromAgent =
  | {
      type: 'ready';
      hostNamespaces: HostNamespaces | undefined;
      policies: PolicyStatus[];
      problems: string[];
    }
  /** Whole packed records, one after the other. */
  | { type: 'records'; buffer: ArrayBuffer; bytes: number; count: number }
  /** Whole lines of UTF-8 text. */
  | { type: 'lines'; bytes: Uint8Array; count: number }
  | { type: 'status'; policies: PolicyStatus[]; lost: LostCounts }
  /** `reset`: these are all there are; else changes since the last message. Nothing is both changed and removed; rows come in
   * no particular order. */
  | { type: 'tree'; reset: boolean; changed: TreeProcess[]; removed: string[] }
  | { type: 'binaries'; reset: boolean; changed: BinaryCounters[]; removed: string[] }
  /** The process first, then its parent and so on upwards, each as it was at its last fork or exec: a parent that has ended is
   * told, not the one that the kernel gave the process since. In full detail whatever the options say (the environment only if it
   * was read). Empty when the process is not known any more. */
  | { type: 'description'; request: number; lineage: Process[] }
  /** A request could not be carried out, or something happened that the operator must know. */
  | { type: 'notice'; level: 'info' | 'warning'; text: string }
  /** The agent can't go on; nothing of it is left in the kernel. */
  | { type: 'failed'; message: string; remedy: string }
  | { type: 'stopped'; lost: LostCounts };

/** Events that did not arrive, by cause. */
export type LostCounts = {
  /** No room in the kernel's ring buffer: process events. */
  processRing: number;
  /** The same: policy events. */
  policyRing: number;
  /** The kernel-side process table was full: exec ids and binaries of these are guesses. */
  processTable: number;
  /** The kernel skipped a program because it was already running on that CPU. */
  recursion: number;
  /** The main thread did not keep up. */
  queue: number;
};

export type PolicyMode = 'off' | 'monitor' | 'enforce';

export type PolicyStatus = {
  id: number;
  name: string;
  file: string;
  title: string;
  mode: PolicyMode;
  /** Wall clock, ms since the epoch; undefined when not armed or armed until quit. */
  armedUntil: number | undefined;
  /** The last arming ended because its fuse blew. */
  fuseBlown: boolean;
  /** It kills by its own text; otherwise arming adds Sigkill to its selectors. */
  enforces: boolean;
  hooks: HookStatus[];
  counts: SelectorCounts;
};

export type HookStatus = {
  /** The kernel side's number of the hook, as policy events carry it. */
  number: number;
  /** What the hook's events are called. */
  names: HookNames;
  call: string;
  obtained: string;
  differs: readonly string[];
  sigkill: string;
  /** One entry a selector, in words, with its counters. */
  selectors: { words: string; kills: boolean; counts: SelectorCounts }[];
};

/** Of a selector or summed over a policy, since it was loaded. */
export type SelectorCounts = {
  matched: number;
  posted: number;
  wouldKill: number;
  killed: number;
  sparedProtected: number;
  sparedExpired: number;
  sparedFused: number;
  failed: number;
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
  /** Ms since the epoch. */
  lastSeen: number;
};
