import { equivalentFunctions } from '../../policies/equivalents/index.ts';
import {
  climb,
  ifPolicies,
  type Ladder,
  PROBES,
  REFUSE_FUNCTION,
  SECURITY_MODULE,
  TRAMPOLINES,
} from './ladders.ts';
import { type Outcome, partly, type Row, row, yes } from './report.ts';
import type { Lab } from './trials.ts';

const WAY_OF_SYSCALLS = 'by the raw tracepoints sys_enter and sys_exit';

/** The hook kinds of a policy. `policies`: whether Trigon's programs at the system calls load here. */
export function hookRows(lab: Lab, policies: Outcome): Row[] {
  const hook = (id: string, name: string, outcome: () => Outcome): Row =>
    row(`hook.${id}`, name, ifPolicies(policies, outcome));
  const functions = equivalentFunctions();
  const security = functions.filter((name) => name.startsWith('security_'));
  const orEquivalents = (ladder: Ladder, names: readonly string[]): Outcome => {
    const found = climb(lab, ladder);
    return found.state === 'yes' ? found : equivalents(names, found);
  };
  const as = (kind: 'tracepoint' | 'raw_tp' | 'uprobe', reason: string): Outcome => {
    const outcome = lab.attach(kind);
    return outcome.state === 'yes' ? yes(reason) : outcome;
  };
  const many = lab.attach('uprobe.multi').state === 'yes' ? ', many as one (uprobe.multi)' : '';
  return [
    hook('kprobe', 'kprobe on a function', () => orEquivalents(PROBES, functions)),
    hook('kprobe-syscall', 'kprobe on a system call', () => yes(WAY_OF_SYSCALLS)),
    hook('kprobe-security', 'kprobe on security_*', () => orEquivalents(PROBES, security)),
    hook('fentry', 'fentry', () => orEquivalents(TRAMPOLINES, functions)),
    hook('lsm', 'lsmhooks', () => lsmHooks(lab, security)),
    hook('tracepoint', 'tracepoint', () => as('tracepoint', 'as it is')),
    hook('raw-tracepoint', 'raw tracepoint', () => as('raw_tp', 'as it is')),
    hook('uprobe', 'uprobe', () => as('uprobe', `as it is${many}`)),
    hook('usdt', 'usdt', () => as('uprobe', 'as a uprobe at its place')),
  ];
}

/** Without LSM programs the functions in which the hooks are called can still be watched, and by fmod_ret refused. */
function lsmHooks(lab: Lab, security: readonly string[]): Outcome {
  const exact = climb(lab, SECURITY_MODULE);
  if (exact.state === 'yes') return exact;
  const watched = climb(lab, PROBES);
  if (watched.state !== 'yes') return equivalents(security, exact);
  const refused = climb(lab, REFUSE_FUNCTION);
  const how = refused.state === 'yes' ? `refused ${refused.reason}` : 'not refused';
  return partly(
    `watched ${watched.reason} on the security_* functions, ${how}: ${exact.reason}`,
    exact.remedy,
  );
}

/** Of a part that some functions have, by what tells of the same. */
const equivalents = (names: readonly string[], { reason, remedy }: Outcome): Outcome =>
  partly(
    `${names.length} of them (${names.slice(0, 3).join(', ')} …), by the system calls and tracepoints that tell of the same (equivalent); the others not: ${reason}`,
    remedy,
  );
