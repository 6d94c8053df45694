import { escapeText } from '../events/text.ts';
import type { Position } from './yaml.ts';

/**
 * A tracing policy as its YAML says it (Tetragon's TracingPolicy, `cilium.io/v1alpha1`), read and checked, not yet bound to a
 * kernel.
 */
export type TracingPolicy = {
  name: string;
  /** File the policy was read from. */
  file: string;
  /** metadata.annotations: ours begin with `trigon/`. */
  annotations: Readonly<Record<string, string>>;
  hooks: Hook[];
};

/** A kprobe: `call` names a kernel function. */
export type Hook = {
  call: string;
  args: HookArgument[];
  message: string | undefined;
  tags: string[];
  selectors: Selector[];
  /** Of `call`. */
  position: Position;
};

export type ArgumentType = 'file' | 'int';

export type HookArgument = {
  index: number;
  type: ArgumentType;
  label: string | undefined;
  position: Position;
};

/** All filters must hold. */
export type Selector = {
  matchArgs: ArgumentFilter[];
  matchBinaries: BinaryFilter | undefined;
  actions: Action[];
};

export type ArgumentFilter = {
  /** Position in the hook's `args`. */
  argument: number;
  operator: 'Equal' | 'NotEqual' | 'Prefix' | 'NotPrefix';
  values: string[];
};

export type BinaryFilter = { operator: 'In' | 'NotIn'; values: string[] };

export type Action = { action: 'Post' | 'NoPost' | 'Sigkill' };

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
