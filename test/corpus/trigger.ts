/** What makes a policy tell of something, and what its event must then say. */
export type Trigger = {
  /**
   * Deeds of trigger.c; {folder} is a temporary folder, where the files of `files` lie. Several are run one after the other.
   */
  readonly deeds: readonly string[];
  /** One a kind of event at least; what these say is looked at, other events of the same call are let pass. */
  readonly expects: (place: TriggerPlace) => readonly ExpectedEvent[];
  /** Calls of hooks of which the deeds cause no event, and why not. */
  readonly quiet?: Readonly<Record<string, string>>;
  /** Text of the policy that means one machine, and what it is replaced by; told with the result. */
  readonly edits?: (host: TriggerHost) => readonly (readonly [text: string, replacement: string])[];
};

/** Nothing makes the policy tell of something here, and why. */
export type NoTrigger = { readonly never: string };

export type TriggerPlace = {
  readonly folder: string;
  /** What the deeds printed, word by word. */
  readonly output: readonly string[];
};

export type TriggerHost = {
  /** Of this process; the deeds are its children. */
  readonly pid: number;
  /** Inode numbers of this process's namespaces. */
  readonly namespaces: { readonly pid: string; readonly mnt: string };
};

export type ExpectedEvent = {
  /** As in the policy: `sys_setuid`, `tcp_connect`; `subsystem:event` of a tracepoint, the symbol of a uprobe. */
  readonly call: string;
  /** The values of the args: see `fits`. */
  readonly args: readonly unknown[];
  /** As `args`; undefined: not looked at. */
  readonly returns?: unknown;
  /** The event may be of any process: an interrupt tells of it. */
  readonly ofAnyProcess?: boolean;
};

/**
 * Whether a value is as expected: undefined fits all, a function decides, a regular expression is for texts, an object or list
 * fits one that has at least its entries; 64-bit integers are expected as plain numbers.
 */
export function fits(actual: unknown, expected: unknown): boolean {
  if (expected === undefined) return true;
  if (typeof expected === 'function') return expected(actual) === true;
  if (expected instanceof RegExp) return typeof actual === 'string' && expected.test(actual);
  if (typeof actual === 'bigint') return Number(actual) === expected;
  if (typeof expected !== 'object' || expected === null) return actual === expected;
  if (typeof actual !== 'object' || actual === null) return false;
  const entries: Readonly<Record<string, unknown>> = { ...actual };
  return Object.entries(expected).every(([key, value]) => fits(entries[key], value));
}
