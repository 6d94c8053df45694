/** Where a policy's hook stands: what decides which kind of event it makes, and what that event says of the place. */
export type HookTarget =
  /** `functionName` as events show it: `__x64_sys_openat`, `tcp_connect`; of an LSM hook its name without prefix. */
  | { readonly kind: 'kprobe' | 'lsm'; readonly functionName: string }
  /** Of spec.loader: a file is mapped to be run. */
  | { readonly kind: 'loader' }
  /** Raw tracepoints too. */
  | { readonly kind: 'tracepoint'; readonly subsystem: string; readonly event: string }
  | {
      readonly kind: 'uprobe';
      readonly path: string;
      /** '' when the policy names an offset or an address. */
      readonly symbol: string;
      /** 0n: none, the symbol says where. */
      readonly offset: bigint;
      readonly refCtrOffset: bigint;
    }
  | {
      readonly kind: 'usdt';
      readonly path: string;
      readonly provider: string;
      readonly name: string;
    };

/**
 * What a policy event needs to know of its policy and hook: the record holds only numbers. The engine makes one for each hook; it
 * travels to the screen with the policy's status.
 */
export type HookNames = HookTarget & {
  readonly policyName: string;
  readonly message: string | undefined;
  readonly tags: readonly string[];
  /**
   * Labels of the record's values by their position: args, then data, then the return value. `nop`s have no position: the kernel
   * side doesn't send them. May be shorter than the values are.
   */
  readonly labels: readonly (string | undefined)[];
  /**
   * What values are that the kernel side has as texts only, by position, as `labels`: paths in a program's own words, which the
   * policy calls paths or files. Left out when there are none.
   */
  readonly texts?: readonly (PathKind | undefined)[];
  /** How many of the record's values are args, `nop`s not counted; those behind them are data. */
  readonly argumentCount: number;
  /** How the hook is really obtained; undefined when it is the function itself. */
  readonly obtained: string | undefined;
  /** What the actions of each selector ask for, by the selector's position in the hook. */
  readonly selectors: readonly SelectorEffect[];
};

export type PathKind = 'path_arg' | 'file_arg';

/** `signal`: number, of Signal (Sigkill needs none). `error`: errno as a positive number, of Override. */
export type SelectorEffect = {
  readonly signal: number | undefined;
  readonly error: number | undefined;
};
