import type { HookNames } from '../events/wire/event.ts';

/**
 * What passes between the agent (worker thread) and the screen or the headless command (main thread). Events travel as packed
 * records (src/events/record.ts) in transferred buffers; everything else is small and rare.
 */

export type OutputFormat = 'records' | 'json' | 'compact';

/** Passed as `workerData`. */
export type AgentOptions = {
  /** Shown as the source of events; Tetragon's node_name. */
  node: string;
  /** `records` for the screen; text lines, made where the process table is, for the headless command. */
  output: OutputFormat;
  color: boolean;
  timestamps: boolean;
  /** Size of the kernel's ring buffer: a power of two, at least a page. */
  ringBytes: number;
  /** Policy files and folders, loaded in this order, and the mode they start in. `enforce` is for policies that enforce by
   * their own text; others then start in monitor. */
  policies: { path: string; mode: 'off' | 'monitor' | 'enforce' }[];
  /** Processes that must never be killed, beside the agent's own: the guardian. */
  protect: number[];
};

export type ToAgent =
  /** Renews the dead-man deadline: sent by the main thread, so that a hung screen disarms as well as a hung agent. */
  | { type: 'heartbeat' }
  | { type: 'set-mode'; policy: number; mode: 'off' | 'monitor' }
  | { type: 'arm'; policy: number; seconds: number | undefined; addKill: boolean; fuse: Fuse }
  | { type: 'disarm-all' }
  /** A batch of this many bytes has been dealt with: the agent keeps only so many under way. */
  | { type: 'done'; bytes: number }
  | { type: 'stop' };

/** More than `limit` actions within `seconds` put a policy back to monitor. */
export type Fuse = { limit: number; seconds: number };

export type FromAgent =
  | { type: 'ready'; kernel: string; policies: PolicyStatus[]; problems: string[] }
  /** Whole packed records, one after the other. */
  | { type: 'records'; buffer: ArrayBuffer; bytes: number; count: number }
  /** Whole lines of UTF-8 text. */
  | { type: 'lines'; bytes: Uint8Array; count: number }
  | { type: 'status'; policies: PolicyStatus[]; lost: LostCounts }
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
