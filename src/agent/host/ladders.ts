import { no, type Outcome, unknown, yes } from './report.ts';
import type { AttachKind, Lab } from './trials.ts';

/** Ways to have a hook or an action, best first, as the planner climbs them (docs/doctor.md). */
export type Ladder = readonly {
  kind: AttachKind;
  way: string;
  /** Only where this works as well: what the way can't take is had by that one. */
  needs?: AttachKind;
}[];

export const asNamed = (...kinds: AttachKind[]): Ladder =>
  kinds.map((kind) => ({ kind, way: `by ${kind}` }));

const KPROBES: Ladder = [
  // Functions that ftrace can't trace take a kprobe each.
  { kind: 'kprobe.multi', way: 'by kprobe.multi', needs: 'kprobe' },
  ...asNamed('kprobe'),
];
export const PROBES: Ladder = [...KPROBES, ...asNamed('fentry')];
export const TRAMPOLINES: Ladder = [...asNamed('fentry'), ...KPROBES];
export const SECURITY_MODULE: Ladder = [{ kind: 'lsm', way: 'by an LSM program' }];

export const REFUSE_SYSCALL: Ladder = [
  { kind: 'override', way: 'by bpf_override_return in a kprobe' },
  { kind: 'fmod_ret on a system call', way: 'by fmod_ret on the system call' },
];
export const REFUSE_FUNCTION: Ladder = [
  { kind: 'fmod_ret', way: 'by fmod_ret on the function' },
  { kind: 'lsm', way: 'by an LSM program' },
];

/** Pending override: what answers marked system calls in the LSM hooks that they come to. */
export const ANSWER_SYSCALL: Ladder = [
  { kind: 'lsm', way: 'by LSM programs' },
  { kind: 'fmod_ret', way: 'by fmod_ret on the functions that call LSM hooks' },
];

/** `yes` with the first way that works; else `unknown` or `no`, with what stands against the ways and what would open any of them. */
export function climb(lab: Lab, ladder: Ladder): Outcome {
  const tried = ladder.map(({ kind, way, needs = kind }) => ({
    kind,
    way,
    isOpen: lab.attach(needs).state === 'yes',
    ...lab.attach(kind),
  }));
  const found = tried.find(({ state, isOpen }) => isOpen && state === 'yes');
  if (found) return yes(found.way);
  const untried = tried.find(({ state }) => state === 'unknown');
  if (untried) return unknown(untried.reason, untried.remedy);
  // Each of the ways would do.
  const remedies = [...new Set(tried.flatMap(({ remedy }) => remedy ?? []))];
  const kinds = tried.map(({ kind }) => kind).join(', ');
  const see = tried.length === 1 ? 'does not work here (see there)' : "don't work here (see there)";
  return no(`${kinds} ${see}`, remedies.length > 0 ? remedies.join('; or ') : null);
}

/** Nothing of a policy works without the programs at the system calls, which own its maps. */
export function ifPolicies(policies: Outcome, outcome: () => Outcome): Outcome {
  const { state, reason, remedy } = policies;
  if (state === 'yes') return outcome();
  // In one line; the row of the programs themselves has it whole.
  return {
    state,
    reason: `Trigon's programs at the system calls: ${reason.split('\n')[0]}`,
    remedy,
  };
}
