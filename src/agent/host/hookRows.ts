import { equivalentFunctions } from '../../policies/equivalents/index.ts';
import { no, type Outcome, partly, type Row, row, yes } from './report.ts';
import type { AttachKind, Lab } from './trials.ts';

/** Ways of a later version, best first: how a hook or an action would be had on this kernel (docs/doctor.md). */
type Ladder = readonly { kind: AttachKind; way: string }[];

const NOT_YET = 'this version of Trigon does not do it yet';
const WAY_OF_SYSCALLS = 'by the raw tracepoints sys_enter and sys_exit';

const asNamed = (...kinds: AttachKind[]): Ladder => kinds.map((kind) => ({ kind, way: kind }));

const FUNCTION = asNamed('kprobe.multi', 'fentry', 'kprobe');
const SECURITY = asNamed('fexit', 'fentry', 'kprobe.multi', 'kprobe');
const LSM: Ladder = [
  { kind: 'lsm', way: 'an LSM program' },
  { kind: 'fexit', way: 'fexit on the security_* function (observing only)' },
  { kind: 'kprobe', way: 'a kprobe on the security_* function (observing only)' },
];

const OVERRIDE_SYSCALL: Ladder = [
  { kind: 'override', way: 'bpf_override_return in a kprobe' },
  { kind: 'fmod_ret on a system call', way: 'fmod_ret on the system call' },
  { kind: 'lsm', way: 'an LSM hook that the system call passes (pending override)' },
  {
    kind: 'fmod_ret',
    way: 'fmod_ret on a security_* function that the system call passes (pending override)',
  },
];
const OVERRIDE_SECURITY: Ladder = [
  { kind: 'lsm', way: 'an LSM program' },
  { kind: 'fmod_ret', way: 'fmod_ret on the function' },
];

/** The hook kinds of a policy. `policies`: whether Trigon's programs at the system calls load here. */
export function hookRows(lab: Lab, policies: Outcome): Row[] {
  const attached = (id: string, name: string, kind: AttachKind, reason: string) =>
    row(
      `hook.${id}`,
      name,
      ifPolicies(policies, () => whereAttached(lab.attach(kind), reason)),
    );
  const stoodFor = (id: string, name: string, names: readonly string[], ladder: Ladder) =>
    row(
      `hook.${id}`,
      name,
      ifPolicies(policies, () => equivalents(lab, names, ladder)),
    );
  const functions = equivalentFunctions();
  const isSecurity = (name: string) => name.startsWith('security_');
  return [
    stoodFor('kprobe', 'kprobe on a function', functions, FUNCTION),
    row(
      'hook.kprobe-syscall',
      'kprobe on a system call',
      ifPolicies(policies, () => yes(WAY_OF_SYSCALLS)),
    ),
    stoodFor('kprobe-security', 'kprobe on security_*', functions.filter(isSecurity), SECURITY),
    stoodFor('lsm', 'lsmhooks', functions.filter(isSecurity), LSM),
    attached('tracepoint', 'tracepoint', 'tracepoint', 'as it is'),
    attached('raw-tracepoint', 'raw tracepoint', 'raw_tp', 'as it is'),
    attached('uprobe', 'uprobe', 'uprobe', 'as it is'),
    attached('usdt', 'usdt', 'uprobe', 'as a uprobe at its place'),
  ];
}

/** Of a part that some functions have, by what tells of the same. */
function equivalents(lab: Lab, names: readonly string[], ladder: Ladder): Outcome {
  return partly(
    `${names.length} of them (${names.slice(0, 3).join(', ')} …), by the system calls and tracepoints that tell of the same (equivalent); the others: ${NOT_YET}; ${climb(lab, ladder)}`,
  );
}

const whereAttached = (outcome: Outcome, reason: string): Outcome =>
  outcome.state === 'yes' ? yes(reason) : outcome;

/** The first is Sigkill. */
export function actionRows(lab: Lab, policies: Outcome, helpers: readonly Row[]): [Row, ...Row[]] {
  const signal = helpers.find(({ id }) => id === 'helper.bpf_send_signal');
  const canSignal = signal?.state === 'yes' || signal?.state === 'partly';
  const sent = (reason: string): Outcome =>
    canSignal ? ifPolicies(policies, () => yes(reason)) : asUnavailable(signal);
  const denial = denyNetwork(lab, helpers);
  return [
    row(
      'action.sigkill',
      'Sigkill',
      sent(
        'by bpf_send_signal at the entry of the system call: prevents writes of file data; pipes, sockets and what the kernel copies by itself may still be written',
      ),
    ),
    row('action.signal', 'Signal (any signal)', sent('by bpf_send_signal')),
    row(
      'action.override-syscall',
      'Override on system calls',
      override(lab, denial, 'connect, bind, sendmsg and socket', OVERRIDE_SYSCALL),
    ),
    row(
      'action.override-security',
      'Override on security_*, LSM',
      override(lab, denial, 'the socket hooks', OVERRIDE_SECURITY),
    ),
    row('action.deny-network', 'network denial', denial),
  ];
}

/** Sockets are refused by programs at the cgroup; nothing else is, in this version. */
function override(lab: Lab, denial: Outcome, what: string, ladder: Ladder): Outcome {
  const others = `${NOT_YET}; ${climb(lab, ladder)}`;
  return denial.state === 'yes'
    ? partly(`${what}: ${denial.reason}; others: ${others}`)
    : no(`${what}: ${denial.reason}; others: ${others}`);
}

const asUnavailable = (helper: Row | undefined): Outcome => ({
  state: helper?.state ?? 'unknown',
  reason: helper?.reason ?? 'bpf_send_signal was not tried',
  remedy: helper?.remedy ?? null,
});

function denyNetwork(lab: Lab, helpers: readonly Row[]): Outcome {
  const denial = lab.attach('cgroup/connect4');
  if (denial.state !== 'yes') return denial;
  const errors = helpers.find(({ id }) => id === 'helper.bpf_set_retval')?.state === 'yes';
  return yes(`by cgroup programs, with ${errors ? 'any error (bpf_set_retval)' : 'EPERM only'}`);
}

/** Nothing of a policy works without the programs at the system calls, which own its maps. */
const ifPolicies = (policies: Outcome, outcome: () => Outcome): Outcome =>
  policies.state === 'yes' ? outcome() : withoutPolicies(policies);

/** The reason in one line; the row of the programs themselves has it whole. */
const withoutPolicies = ({ state, reason, remedy }: Outcome): Outcome => ({
  state,
  reason: `Trigon's programs at the system calls: ${reason.split('\n')[0]}`,
  remedy,
});

/** In words: the first step that works here, or why none does. */
function climb(lab: Lab, ladder: Ladder): string {
  const tried = ladder.map(({ kind, way }) => ({ way, kind, outcome: lab.attach(kind) }));
  const found = tried.find(({ outcome }) => outcome.state === 'yes');
  if (found) return `here it would be had by ${found.way}`;
  const untried = tried.find(({ outcome }) => outcome.state === 'unknown');
  if (untried) return `how this kernel would allow it isn't known (${untried.outcome.reason})`;
  const kinds = ladder.map(({ kind }) => kind).join(', ');
  return `here it would be had in no way: ${kinds} don't work (see there)`;
}
