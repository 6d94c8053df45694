import { equivalentFunctions } from '../../policies/equivalents/index.ts';
import { no, type Outcome, partly, type Row, row, yes } from './report.ts';
import type { AttachKind, Lab } from './trials.ts';

/** Steps of a ladder, best first: how a hook or an action would be had on this kernel (docs/doctor.md). */
type Ladder = readonly { kind: AttachKind; way: string }[];

const NOT_YET = 'this version of Trigon does not do it yet';

const asNamed = (...kinds: AttachKind[]): Ladder => kinds.map((kind) => ({ kind, way: kind }));

const FUNCTION = asNamed('kprobe.multi', 'fentry', 'kprobe');
const SYSCALL: Ladder = [
  ...asNamed('fentry', 'kprobe'),
  { kind: 'tp_btf', way: 'the raw tracepoints sys_enter and sys_exit' },
];
const SECURITY = asNamed('fexit', 'fentry', 'kprobe.multi', 'kprobe');
const LSM: Ladder = [
  { kind: 'lsm', way: 'an LSM program' },
  { kind: 'fexit', way: 'fexit on the security_* function (observing only)' },
  { kind: 'kprobe', way: 'a kprobe on the security_* function (observing only)' },
];
const TRACEPOINT = asNamed('tp_btf', 'raw_tp', 'tracepoint');
const USER = asNamed('uprobe.multi', 'uprobe');

const OVERRIDE_SYSCALL: Ladder = [
  { kind: 'override', way: 'bpf_override_return in a kprobe' },
  { kind: 'fmod_ret on a system call', way: 'fmod_ret on the system call' },
  { kind: 'lsm', way: 'an LSM hook that the system call passes (pending override)' },
  {
    kind: 'fmod_ret',
    way: 'fmod_ret on a security_* function that the system call passes (pending override)',
  },
  { kind: 'cgroup/connect4', way: 'cgroup programs, for connect, bind, sendmsg and socket only' },
];
const OVERRIDE_SECURITY: Ladder = [
  { kind: 'lsm', way: 'an LSM program' },
  { kind: 'fmod_ret', way: 'fmod_ret on the function' },
  { kind: 'cgroup/connect4', way: 'cgroup programs, for the socket hooks only' },
];

/** The hook kinds of a policy. `policies`: whether Trigon's programs at the system calls load here. */
export function hookRows(lab: Lab, policies: Outcome): Row[] {
  const hook = (id: string, name: string, ladder: Ladder, otherwise?: string) =>
    row(`hook.${id}`, name, no(`${NOT_YET}; ${climb(lab, ladder, otherwise)}`));
  return [
    hook('kprobe', 'kprobe on a function', FUNCTION, 'only by an equivalent'),
    hook('kprobe-syscall', 'kprobe on a system call', SYSCALL),
    row('hook.kprobe-security', 'kprobe on security_*', securityHook(lab, policies)),
    hook('lsm', 'lsmhooks', LSM, 'only by an equivalent'),
    hook('tracepoint', 'tracepoint', TRACEPOINT),
    hook('raw-tracepoint', 'raw tracepoint', TRACEPOINT),
    hook('uprobe', 'uprobe', USER),
    hook('usdt', 'usdt', USER),
  ];
}

/** Hooks are had only as equivalents in this version: all others are refused when the policy is loaded (src/policies/plan.ts). */
function securityHook(lab: Lab, policies: Outcome): Outcome {
  const names = equivalentFunctions().filter((name) => name.startsWith('security_'));
  if (policies.state !== 'yes') return withoutPolicies(policies);
  return partly(
    `${names.length} of them (${names.slice(0, 3).join(', ')} …), by the system calls and tracepoints that tell of the same (equivalent); the others: ${NOT_YET}; ${climb(lab, SECURITY, 'only by an equivalent')}`,
  );
}

/** The first is Sigkill. */
export function actionRows(lab: Lab, policies: Outcome, helpers: readonly Row[]): [Row, ...Row[]] {
  const later = (id: string, name: string, ladder: Ladder, otherwise: string) =>
    row(`action.${id}`, name, no(`${NOT_YET}; ${climb(lab, ladder, otherwise)}`));
  const signal = helpers.find(({ id }) => id === 'helper.bpf_send_signal');
  const canSignal = signal?.state === 'yes' || signal?.state === 'partly';
  return [
    row('action.sigkill', 'Sigkill', canSignal ? sigkill(policies) : asUnavailable(signal)),
    row(
      'action.signal',
      'Signal (any signal)',
      no(
        `${NOT_YET}; ${canSignal ? 'here it would be had by bpf_send_signal' : `whether it could be had here: ${signal?.reason}`}`,
      ),
    ),
    later('override-syscall', 'Override on system calls', OVERRIDE_SYSCALL, 'it would be refused'),
    later(
      'override-security',
      'Override on security_*, LSM',
      OVERRIDE_SECURITY,
      'it would be refused',
    ),
    row('action.deny-network', 'network denial', denyNetwork(lab, helpers)),
  ];
}

function sigkill(policies: Outcome): Outcome {
  if (policies.state !== 'yes') return withoutPolicies(policies);
  return yes(
    'by bpf_send_signal at the entry of the system call: prevents writes of file data; pipes, sockets and what the kernel copies by itself may still be written',
  );
}

const asUnavailable = (helper: Row | undefined): Outcome => ({
  state: helper?.state ?? 'unknown',
  reason: helper?.reason ?? 'bpf_send_signal was not tried',
  remedy: helper?.remedy ?? null,
});

function denyNetwork(lab: Lab, helpers: readonly Row[]): Outcome {
  const denial = lab.attach('cgroup/connect4');
  if (denial.state === 'unknown')
    return no(`${NOT_YET}; how this kernel would allow it isn't known (${denial.reason})`);
  if (denial.state !== 'yes') return no(`${NOT_YET}; here it can't be had: ${denial.reason}`);
  const errors = helpers.find(({ id }) => id === 'helper.bpf_set_retval')?.state === 'yes';
  return no(
    `${NOT_YET}; here it would be had by cgroup programs, with ${errors ? 'any error (bpf_set_retval)' : 'EPERM only'}`,
  );
}

/** The reason in one line; the row of the programs themselves has it whole. */
const withoutPolicies = ({ state, reason, remedy }: Outcome): Outcome => ({
  state,
  reason: `Trigon's programs at the system calls: ${reason.split('\n')[0]}`,
  remedy,
});

/** In words: the first step that works here, or why none does. */
function climb(lab: Lab, ladder: Ladder, otherwise?: string): string {
  const tried = ladder.map(({ kind, way }) => ({ way, kind, outcome: lab.attach(kind) }));
  const found = tried.find(({ outcome }) => outcome.state === 'yes');
  if (found) return `here it would be had by ${found.way}`;
  const untried = tried.find(({ outcome }) => outcome.state === 'unknown');
  if (untried) return `how this kernel would allow it isn't known (${untried.outcome.reason})`;
  const kinds = ladder.map(({ kind }) => kind).join(', ');
  return `here it would be had ${otherwise ?? 'in no way'}: ${kinds} don't work (see there)`;
}
