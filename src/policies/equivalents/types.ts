import type { tg_input, tg_value_flag } from '../../generated/layouts.ts';
import type { ArgumentOperator, FilterValues } from '../model.ts';
import type { Attachment, HostAbilities, TypeName } from '../plan.ts';

/**
 * Hook points with the same subject as kernel functions, for kernels in which those functions can't be probed. Each entry says
 * what differs from the real function: an operator must know it before relying on a policy.
 */
export type Equivalent = {
  /** Functions that it stands for: they have the same parameters, and the same points tell of them. */
  functions: readonly string[];
  /** Names of the function's parameters, by index, for messages. */
  parameters: readonly string[];
  /** Kernel versions that have these functions; a policy names both a function's old and new name to fit all kernels. */
  since?: KernelVersion;
  before?: KernelVersion;
  /** What stands in for them on this host, or why nothing does. */
  find(host: HostAbilities): EquivalentPoints | Unavailable;
};

export type KernelVersion = readonly [major: number, minor: number];

export type Unavailable = { reason: string; remedy: string | undefined };

/** Calls are told by `tell`. Where those points can't act, others stand in while the policy enforces. */
export type EquivalentPoints = {
  tell: readonly EquivalentPoint[];
  /** Send signals, if the points of `tell` can't. */
  signal?: readonly EquivalentPoint[];
  /** Answer the call with an error. */
  override?: readonly EquivalentPoint[];
};

export type EquivalentPoint = {
  attachment: Attachment;
  /** How it is obtained, in words, after "equivalent: ". */
  obtained: string;
  differs: readonly string[];
  sigkill: string;
  canSignal: boolean;
  canOverride: boolean;
  /** Where the function's parameters are found here, by index; undefined: nowhere. */
  parameters: readonly (Source | undefined)[];
  /** Undefined: nothing here is like the function's return value. */
  returns: Source | undefined;
  requires: readonly Condition[];
};

/** What must hold for a call at the point to be one of the function's. */
export type Condition = { source: Source; operator: ArgumentOperator; values: FilterValues };

/** Kinds of things that a point has, and the types of the language that fit each: see values.ts. */
export type SourceKind =
  | 'number'
  | 'text'
  | 'bytes'
  | 'iovec'
  | 'file'
  | 'sock'
  | 'socketAddress'
  | 'inetAddress'
  | 'cred'
  | 'userNamespace'
  | 'capabilities'
  | 'skb'
  | 'netDevice'
  | 'bpfProgram'
  | 'bpfMap'
  | 'perfEvent'
  | 'module';

/** Where a value is found at a point. */
export type Source = {
  kind: SourceKind;
  /** How the kernel side reads it; undefined: as the policy's type says (numbers, addresses, capability sets). */
  type: TypeName | undefined;
  input: number | keyof typeof tg_input;
  flags: readonly (keyof typeof tg_value_flag)[];
  /** Input with the length of bytes, or the count of an iovec. */
  size: number | undefined;
  /** Struct that the input points to, where fields of it can be reached (`resolve`). */
  struct: string | undefined;
  /** Fields on the way from that struct to the value. */
  path: readonly string[];
  /** From the input, in bytes, where no struct is named; of a constant: its value. */
  offset: number;
};
