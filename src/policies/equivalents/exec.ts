import type { HostAbilities } from '../plan.ts';
import { available, rawTracepoint } from './points.ts';
import { file, program } from './sources.ts';
import type {
  Equivalent,
  EquivalentPoint,
  EquivalentPoints,
  Source,
  Unavailable,
} from './types.ts';

const COMMON = [
  'tells only execs that come this far: one that is refused before (permissions, another LSM) or fails is not told',
  'of a script, tells the interpreter alone; the real function is called for the script as well',
];

type At = (binprm: number) => readonly (Source | undefined)[];

const DIES_BEFORE = 'the process dies before the new program runs';

/** sched_prepare_exec(task, bprm): the task is still as it was. */
const prepare = (parameters: At): EquivalentPoint =>
  rawTracepoint('sched_prepare_exec', parameters(1), { differs: COMMON, sigkill: DIES_BEFORE });

/** sched_process_exec(task, old_pid, bprm): the task has become the new program, which has not run yet. */
const done = (parameters: At): EquivalentPoint =>
  rawTracepoint('sched_process_exec', parameters(2), {
    differs: [
      ...COMMON,
      'the process is already the new program: matchBinaries sees the new one, not the caller',
    ],
    sigkill: DIES_BEFORE,
  });

function before(host: HostAbilities, parameters: At): EquivalentPoints | Unavailable {
  const missing = { reason: 'this kernel has no tracepoint of exec', remedy: undefined };
  const early = available(host, { tell: [prepare(parameters)] }, missing);
  return 'reason' in early ? available(host, { tell: [done(parameters)] }, missing) : early;
}

const fileOfProgram = (binprm: number) => file(binprm, 'linux_binprm', ['file']);

export const EXEC: readonly Equivalent[] = [
  {
    functions: ['security_bprm_check', 'security_bprm_creds_for_exec', 'search_binary_handler'],
    parameters: ['bprm'],
    find: (host) => before(host, (binprm) => [program(binprm)]),
  },
  {
    functions: ['security_bprm_creds_from_file', 'bprm_creds_from_file'],
    parameters: ['bprm', 'file'],
    find: (host) => before(host, (binprm) => [program(binprm), fileOfProgram(binprm)]),
  },
  {
    // bprm->cred is as it will be, and the task's own is still the old one. sched_process_exec finds it gone: begin_new_exec() in
    // fs/exec.c clears it when it has been committed.
    functions: ['security_bprm_committing_creds'],
    parameters: ['bprm'],
    find: (host) => before(host, (binprm) => [program(binprm)]),
  },
  {
    functions: ['security_bprm_committed_creds', 'begin_new_exec'],
    parameters: ['bprm'],
    find: (host) =>
      available(
        host,
        { tell: [done((binprm) => [program(binprm)])] },
        { reason: 'this kernel has no tracepoint of exec', remedy: undefined },
      ),
  },
];
