import type { ProgramTrial } from '../bpf/addon.ts';
import type { Capability } from './capabilities.ts';
import { assemble, type Instruction, returnConstant } from './instructions.ts';

/** The kinds of program that Trigon uses or would use, as `SEC` names call them where they have such a name. */
export type ProgramKind = keyof typeof PROGRAMS;

type Program = {
  /** `enum bpf_prog_type` and `enum bpf_attach_type` (include/uapi/linux/bpf.h). */
  type: number;
  attachType?: number;
  /** What the program is bound to: a function or typedef of the kernel's BTF. */
  boundTo?: string;
  sleepable?: boolean;
  /** What lets everything go on: 0, for cgroup programs 1. */
  result: 0 | 1;
  needs: readonly Capability[];
};

/**
 * Setting the clock: rare, so that a probe there for a moment disturbs nobody; still it is a `security_*` function, an LSM hook
 * and a system call with the usual properties of each. LSM: `settime` may sleep (sleepable_lsm_hooks, kernel/bpf/bpf_lsm.c).
 */
export const QUIET_FUNCTION = 'security_settime64';
export const QUIET_SYSCALL = `__${process.arch === 'arm64' ? 'arm64' : 'x64'}_sys_settimeofday`;
const QUIET_LSM_HOOK = 'bpf_lsm_settime';

const TRACING: readonly Capability[] = ['CAP_BPF', 'CAP_PERFMON'];
const NETWORK: readonly Capability[] = ['CAP_BPF', 'CAP_NET_ADMIN'];

const PROGRAMS = {
  tp_btf: bound(26, 23, 'btf_trace_sched_process_exec'),
  raw_tp: { type: 17, result: 0, needs: TRACING },
  tracepoint: { type: 5, result: 0, needs: TRACING },
  kprobe: { type: 2, result: 0, needs: TRACING },
  'kprobe.multi': { type: 2, attachType: 42, result: 0, needs: TRACING },
  uprobe: { type: 2, result: 0, needs: TRACING },
  'uprobe.s': { type: 2, sleepable: true, result: 0, needs: TRACING },
  'uprobe.multi': { type: 2, attachType: 48, result: 0, needs: TRACING },
  fentry: bound(26, 24, QUIET_FUNCTION),
  fexit: bound(26, 25, QUIET_FUNCTION),
  fmod_ret: bound(26, 26, QUIET_FUNCTION),
  'fmod_ret on a system call': bound(26, 26, QUIET_SYSCALL),
  lsm: bound(29, 27, QUIET_LSM_HOOK),
  'lsm.s': { ...bound(29, 27, QUIET_LSM_HOOK), sleepable: true },
  'iter/task': bound(26, 28, 'bpf_iter_task'),
  'iter.s/task': { ...bound(26, 28, 'bpf_iter_task'), sleepable: true },
  'cgroup/connect4': { type: 18, attachType: 10, result: 1, needs: NETWORK },
  'cgroup/sendmsg4': { type: 18, attachType: 14, result: 1, needs: NETWORK },
  'cgroup/sock_create': { type: 9, attachType: 2, result: 1, needs: NETWORK },
  'cgroup_skb/egress': { type: 8, attachType: 1, result: 1, needs: NETWORK },
  sockops: { type: 13, attachType: 3, result: 1, needs: NETWORK },
} as const satisfies Record<string, Program>;

function bound(type: number, attachType: number, boundTo: string): Program {
  return { type, attachType, boundTo, result: 0, needs: TRACING };
}

export const programOf = (kind: ProgramKind): Program => PROGRAMS[kind];

/** All names that must be looked up in the kernel's BTF before a trial. */
export const BOUND_NAMES: readonly string[] = [
  ...new Set(Object.values<Program>(PROGRAMS).flatMap(({ boundTo }) => boundTo ?? [])),
];

/** A program of a kind that runs `instructions` and then lets everything go on. */
export function trialOf(
  kind: ProgramKind,
  btfId: number,
  instructions: readonly Instruction[] = [],
): ProgramTrial {
  const { type, attachType = 0, sleepable = false, result } = programOf(kind);
  return {
    type,
    attachType,
    btfId,
    sleepable,
    instructions: assemble([...instructions, ...returnConstant(result)]),
  };
}
