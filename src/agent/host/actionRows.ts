import type { HostFacts } from './facts.ts';
import {
  ANSWER_SYSCALL,
  climb,
  ifPolicies,
  REFUSE_FUNCTION,
  REFUSE_SYSCALL,
  SECURITY_MODULE,
} from './ladders.ts';
import { no, type Outcome, partly, type Row, row, yes } from './report.ts';
import type { Lab } from './trials.ts';
import { tryWriteUserQuietly } from './writeUser.ts';

/** The actions of a policy; the first is Sigkill. `policies`: whether Trigon's programs at the system calls load here. */
export function actionRows(
  facts: HostFacts,
  lab: Lab,
  policies: Outcome,
  helpers: readonly Row[],
): [Row, ...Row[]] {
  const signal = helpers.find(({ id }) => id === 'helper.bpf_send_signal');
  const canSignal = signal?.state === 'yes' || signal?.state === 'partly';
  const sent = (reason: string): Outcome =>
    canSignal ? ifPolicies(policies, () => yes(reason)) : asUnavailable(signal);
  const denial = denyNetwork(lab, helpers);
  const action = (id: string, name: string, outcome: Outcome): Row =>
    row(`action.${id}`, name, outcome);
  return [
    action(
      'sigkill',
      'Sigkill',
      sent(
        'by bpf_send_signal at the entry of the system call: prevents writes of file data; pipes, sockets and what the kernel copies by itself may still be written',
      ),
    ),
    action('signal', 'Signal (any signal)', sent('by bpf_send_signal')),
    action(
      'override-syscall',
      'Override on system calls',
      ifPolicies(policies, () => refuseSyscalls(lab, denial)),
    ),
    action(
      'override-security',
      'Override on security_*, LSM',
      ifPolicies(policies, () => refuseFunctions(lab, denial)),
    ),
    action('deny-network', 'network denial', denial),
    action(
      'set',
      'Set (argument of a usdt)',
      ifPolicies(policies, () => tryWriteUserQuietly(facts)),
    ),
  ];
}

const asUnavailable = (helper: Row | undefined): Outcome => ({
  state: helper?.state ?? 'unknown',
  reason: helper?.reason ?? 'bpf_send_signal was not tried',
  remedy: helper?.remedy ?? null,
});

function refuseSyscalls(lab: Lab, denial: Outcome): Outcome {
  const exact = climb(lab, REFUSE_SYSCALL);
  if (exact.state === 'yes') return exact;
  const pending = climb(lab, ANSWER_SYSCALL);
  if (pending.state !== 'yes')
    return onlySockets('connect, bind, sendmsg and socket', denial, pending);
  return partly(
    `those that pass an LSM hook, ${pending.reason} there (pending override), and of sockets also by cgroup programs`,
    exact.remedy,
  );
}

function refuseFunctions(lab: Lab, denial: Outcome): Outcome {
  const functions = climb(lab, REFUSE_FUNCTION);
  if (functions.state !== 'yes') return onlySockets('the socket hooks', denial, functions);
  const hooks = climb(lab, SECURITY_MODULE);
  // Without LSM programs, LSM hooks are refused at the functions that call them.
  return yes(
    `on kprobes ${functions.reason}, on lsmhooks ${(hooks.state === 'yes' ? hooks : functions).reason}`,
  );
}

/** What programs at the cgroup can refuse. */
const onlySockets = (what: string, denial: Outcome, { reason, remedy }: Outcome): Outcome =>
  denial.state === 'yes'
    ? partly(`${what}: ${denial.reason}; others not: ${reason}`, remedy)
    : no(`${what}: ${denial.reason}; others: ${reason}`, remedy);

function denyNetwork(lab: Lab, helpers: readonly Row[]): Outcome {
  const denial = lab.attach('cgroup/connect4');
  if (denial.state !== 'yes') return denial;
  const errors = helpers.find(({ id }) => id === 'helper.bpf_set_retval')?.state === 'yes';
  return yes(`by cgroup programs, with ${errors ? 'any error (bpf_set_retval)' : 'EPERM only'}`);
}
