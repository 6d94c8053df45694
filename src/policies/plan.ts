import type { tg_input, tg_type, tg_value_flag } from '../generated/layouts.ts';
import type {
  ArgumentOperator,
  FilterValues,
  Hook,
  PolicyError,
  Selector,
  TracingPolicy,
} from './model.ts';

/**
 * How a policy runs on this kernel. The planner (planPolicy.ts) makes it, the engine (src/agent/policies) loads it; neither
 * knows the other.
 */
export type PolicyPlan = {
  policy: TracingPolicy;
  hooks: HookPlan[];
  /** Of spec.enforcers: the calls that NotifyEnforcer refuses or signals, and the LSM hooks that do it. */
  enforced: readonly EnforcedCall[];
  /** What the operator should know before relying on the policy; not errors. */
  warnings: PolicyError[];
};

export type EnforcedCall = {
  /** As the policy names it. */
  name: string;
  /** undefined: whatever system call leads to these hooks. */
  syscall: string | undefined;
  hooks: readonly string[];
  /** Why it has no hooks, so that it is not refused. */
  obstacle: string | undefined;
};

export type HookPlan = {
  hook: Hook;
  /**
   * Where it runs. Several when the hook names several functions (a list, symbols), or when what stands in for a function is
   * several points. Empty: can't be had here (`missing` says why), and the policy is partially enabled.
   */
  points: HookPoint[];
  missing: MissingPoint[];
  /** The values of args, then data, in the order of the events; `nop`s included, with type undefined. */
  values: ValuePlan[];
  /** Of returnArg; undefined: the event doesn't wait for the return. */
  returnValue: ValuePlan | undefined;
  selectors: SelectorPlan[];
};

export type MissingPoint = { name: string; reason: string; remedy: string | undefined };

/** A place in the kernel where a program of ours runs, and how it stands for the policy's function. */
export type HookPoint = {
  /** Function name in events, as Tetragon reports it: `__x64_sys_openat` for a syscall, else the policy's own name. */
  functionName: string;
  attachment: Attachment;
  /** 'exact': the function itself; else how it is really obtained, in words, for plan and events. */
  obtained: 'exact' | (string & {});
  /** What differs from the real function; empty for exact ones. */
  differs: readonly string[];
  /** What SIGKILL prevents here and what still happens. */
  sigkill: string;
  /** Signals can be sent from here; Override can be answered from here. */
  canSignal: boolean;
  canOverride: boolean;
  /**
   * Pending override: the program only marks the thread, and the first of these LSM hooks that the same system call comes to
   * refuses it. Empty: the point's own program refuses, or can't.
   */
  refusedBy: readonly string[];
  /** Two points can share the work: one tells while the policy monitors, the other acts (and tells) while it enforces. */
  when: 'always' | 'monitor' | 'enforce';
  /** Values that are obtained otherwise here than the hook's `values` say, by position; e.g. an equivalent's. */
  values: ReadonlyMap<number, ValuePlan>;
  /**
   * With input TG_INPUT_RETURN the event waits for the call's return (at a syscallReturn it is there already); with another input
   * the point itself has it (an argument of a tracepoint), and nothing is waited for.
   */
  returnValue: ValuePlan | undefined;
  /**
   * What makes a call at this point one of the function's, put in front of every selector, and counted nowhere when it does
   * not hold: bpf(2) with BPF_PROG_LOAD for bpf_check(), a change to SYN_SENT for tcp_connect(). Values that the hook doesn't
   * ask for take a free slot behind its own: args, data and requirements together are at most TG_MAX_ARGS; a requirement on the
   * return value (input TG_INPUT_RETURN) takes the return value's slot.
   */
  requires: readonly Requirement[];
};

export type Requirement = { value: ValuePlan; operator: ArgumentOperator; values: FilterValues };

/** What the engine attaches. Points with equal attachments share a site. */
export type Attachment =
  /** By the dispatcher on raw sys_enter (and sys_exit, for hooks with a return value). */
  | { kind: 'syscall'; syscall: string }
  /** The return of a syscall alone: the hook runs at sys_exit, with TG_INPUT_RETURN and the arguments as they were. */
  | { kind: 'syscallReturn'; syscall: string }
  /** The syscalls that lead to security_file_permission(), see equivalents/fileAccess.ts. */
  | { kind: 'fileAccess'; accesses: readonly SyscallAccess[] }
  | { kind: 'rawTracepoint'; name: string }
  /** Input 0 points to the record, input n (1 to 9) is its n-th word of 8 bytes. */
  | { kind: 'tracepoint'; subsystem: string; event: string }
  | {
      kind: 'uprobe';
      path: string;
      symbol: string | undefined;
      /** From the symbol, or from the start of the file when there is none. */
      offset: bigint;
      /** Virtual address in place of symbol and offset; the engine finds its place in the file by the ELF program headers. */
      address: bigint | undefined;
      refCtrOffset: bigint;
      /** The function's return is watched too. */
      returns: boolean;
      /** Together with others of the file in one link (uprobe.multi). */
      multi: boolean;
    }
  | { kind: 'usdt'; path: string; provider: string; name: string }
  /**
   * A kernel function's entry and return, by kprobe.multi (`multi`) or a perf kprobe. Inputs 0 to 4: its arguments;
   * TG_INPUT_REGISTERS points to the registers at entry.
   */
  | { kind: 'kprobe'; function: string; multi: boolean }
  /** The entry of a system call's function, by a kprobe that can replace its result (bpf_override_return). Inputs as of 'syscall'. */
  | { kind: 'kprobeOverride'; syscall: string; function: string }
  /** A kernel function's entry and return by a trampoline. Inputs 0 to 5: its arguments. */
  | { kind: 'fentry'; function: string }
  /** The entry of a function that a trampoline can refuse (fmod_ret): `security_*`, and system calls where the kernel allows it. */
  | { kind: 'fmodRet'; function: string; syscall: string | undefined }
  /** A BPF LSM program, called after the other security modules have allowed the call. Inputs 0 to 5: the hook's arguments. */
  | { kind: 'lsm'; hook: string }
  /**
   * On the root of the cgroup tree; the program of that name in bpf/cgroup.bpf.c: 'connect' stands for connect4 and connect6.
   * Inputs: TG_INPUT_SOCK, and 1 for the address (connect, bind, sendmsg; type TG_TYPE_SOCKADDR, no flags); of 'socket' 0, 1, 2
   * for family, type, protocol.
   */
  | { kind: 'cgroup'; program: 'connect' | 'bind' | 'sendmsg' | 'socket' }
  | { kind: 'sockOps' };

/** `accesses`: which argument of the system call is the file descriptor, and how it is used. */
export type SyscallAccess = {
  name: string;
  accesses: readonly { argument: number; access: 'read' | 'write' }[];
};

export type TypeName = keyof typeof tg_type;

/** How the kernel side reads a value: struct tg_value_spec. `type` undefined: a `nop`, nothing is read and nothing shown. */
export type ValuePlan = {
  type: TypeName | undefined;
  /** Position of the call's argument, or an input by name. */
  input: number | keyof typeof tg_input;
  flags: readonly (keyof typeof tg_value_flag)[];
  sizeInput: number | undefined;
  atMost: number;
  steps: readonly number[];
  offset: number;
  /** Read when the call returns, not before: returnCopy. */
  atReturn: boolean;
  label: string | undefined;
  /** The language's type, for JSON and for operators. */
  declared: string;
};

/** A selector with what follows from it. The engine encodes filters itself. */
export type SelectorPlan = Selector & {
  /** Sigkill, Signal, Override, NotifyEnforcer or Set. */
  enforces: boolean;
  /** Without actions a selector posts; with actions it posts unless NoPost says otherwise (Tetragon's rule). */
  posts: boolean;
};

export type PlanResult =
  | { plan: PolicyPlan; errors?: undefined }
  | { plan?: undefined; errors: PolicyError[] };

/** What this kernel and host offer to hook on; found once, by the agent (src/agent/host) or by `policy check`. */
export type HostAbilities = {
  arch: 'x64' | 'arm64';
  /** Kernel version as [major, minor]. */
  kernel: readonly [number, number];
  /** Programs on raw tracepoints load and attach. */
  rawTracepoints: boolean;
  uprobes: boolean;
  /** Cgroup v2 folder on which network programs attach; undefined: none. */
  cgroupRoot: string | undefined;
  kprobes: boolean;
  /** Many functions in one link (fprobe, Linux 5.18). */
  kprobeMulti: boolean;
  uprobeMulti: boolean;
  /** fentry and fexit. */
  fentry: boolean;
  /** Programs that refuse `security_*` functions. */
  fmodRet: boolean;
  /** The same for system calls: CONFIG_FUNCTION_ERROR_INJECTION. */
  fmodRetSyscalls: boolean;
  lsm: boolean;
  /** CONFIG_BPF_KPROBE_OVERRIDE. */
  kprobeOverride: boolean;
  /** Memory of other programs can be written (bpf_probe_write_user): not in lockdown. */
  writeUser: boolean;
  /** Why what is false above is false, by the name of the field, for messages. */
  reasons: Readonly<Record<string, string | undefined>>;
  /** Field layout of a tracepoint from tracefs; undefined: no such tracepoint. */
  tracepointFormat(subsystem: string, event: string): TracepointFormat | undefined;
  /** The raw tracepoint's arguments from BTF: C types as text, e.g. `struct task_struct *`; undefined: no such tracepoint. */
  rawTracepointArguments(name: string): readonly string[] | undefined;
  /** A function of the kernel or a loaded module that probes can be put on: it has a symbol (/proc/kallsyms). */
  hasFunction(name: string): boolean;
  /** Functions that a regular expression matches, of those that ftrace can trace; undefined: the list can't be read. */
  tracedFunctions(pattern: RegExp): readonly string[] | undefined;
  /** Whether ftrace can trace a function, which kprobe.multi needs; undefined: the list can't be read. */
  isTraced(name: string): boolean | undefined;
  /** From BTF; undefined: the function is not in it. */
  functionPrototype(name: string): FunctionPrototype | undefined;
  /**
   * Walks fields from a struct: see src/agent/host/btf.ts. `type` is the C type at the end. `source` is a kernel module's name or
   * the absolute path of a BTF file; undefined: the kernel. Throws an Error that says which field is unknown.
   */
  resolveField(
    structName: string,
    path: readonly string[],
    source: string | undefined,
  ): ResolvedField;
  /** Inode numbers of PID 1's namespaces by NAMESPACE_NAMES. */
  hostNamespace(name: string): number | undefined;
  isFile(path: string): boolean;
  /** The file that a path leads to when every link in it is followed; undefined: nothing there, or not allowed to look. */
  realPath(path: string): string | undefined;
};

/** C types as text: `struct file *`, `unsigned int`. */
export type FunctionPrototype = {
  parameters: readonly { name: string; type: string }[];
  returns: string;
};

export type TracepointFormat = {
  fields: {
    name: string;
    /** C type as in the format file, without the name: `const char *`, `__data_loc char[]`, `unsigned long[6]`. */
    type: string;
    offset: number;
    size: number;
    signed: boolean;
  }[];
};

export type ResolvedField = {
  /** pointer = *(u64 *)(pointer + step) for each, then `offset` is added. */
  steps: number[];
  offset: number;
  /** C type of the field: `unsigned int`, `struct file *`, `char[16]`, `struct path`. */
  type: string;
  size: number;
  signed: boolean;
};
