import type { Refusal } from './types.ts';

const CHANGES_NOTHING = 'a call that asks for the ids that are set already goes on';

/** Processes, their rights, and what they do to one another (fs/exec.c, kernel/fork.c, kernel/sys.c, kernel/signal.c, kernel/sched/). */
export const PROCESS_REFUSALS: readonly Refusal[] = [
  // The first of exec's hooks: the caller is still as it was.
  { syscalls: ['execve', 'execveat'], hooks: ['bprm_creds_for_exec'] },
  { syscalls: ['fork', 'vfork', 'clone', 'clone3'], hooks: ['task_alloc'] },
  {
    syscalls: ['kill', 'tkill', 'tgkill'],
    hooks: ['task_kill'],
    notes: [
      'kill of pid -1 reports success when EPERM is its error, though no process gets the signal',
    ],
  },
  // check_kill_permission() asks nobody about signals that say they come from the kernel (si_fromuser()).
  {
    syscalls: ['rt_sigqueueinfo', 'rt_tgsigqueueinfo'],
    hooks: ['task_kill'],
    notes: [
      'a signal that a process queues to itself with a positive si_code comes to no LSM hook: it goes on',
    ],
  },
  { syscalls: ['pidfd_send_signal'], hooks: ['task_kill'] },
  {
    syscalls: ['ptrace'],
    hooks: ['ptrace_access_check', 'ptrace_traceme'],
    notes: [
      'only PTRACE_ATTACH, PTRACE_SEIZE and PTRACE_TRACEME come to an LSM hook; requests to a process that is traced already go on',
    ],
  },
  {
    syscalls: [
      ...['process_vm_readv', 'process_vm_writev', 'process_madvise', 'pidfd_getfd', 'kcmp'],
      'move_pages',
    ],
    hooks: ['ptrace_access_check'],
    notes: ['on the caller’s own process it goes on'],
  },
  { syscalls: ['setuid', 'setreuid'], hooks: ['task_fix_setuid'] },
  { syscalls: ['setgid', 'setregid'], hooks: ['task_fix_setgid'] },
  { syscalls: ['setresuid'], hooks: ['task_fix_setuid'], notes: [CHANGES_NOTHING] },
  { syscalls: ['setresgid'], hooks: ['task_fix_setgid'], notes: [CHANGES_NOTHING] },
  {
    syscalls: ['setfsuid'],
    hooks: ['task_fix_setuid'],
    notes: ['it returns the earlier id in any case, never an error'],
  },
  {
    syscalls: ['setfsgid'],
    hooks: ['task_fix_setgid'],
    notes: ['it returns the earlier id in any case, never an error'],
  },
  // task_fix_setgroups since 6.0.
  { syscalls: ['setgroups'], hooks: ['task_fix_setgroups'], instead: ['capable'] },
  { syscalls: ['capset'], hooks: ['capset'] },
  { syscalls: ['capget'], hooks: ['capget'] },
  // The commoncap module is asked first, and does these itself (cap_task_prctl()); the hook's default is ENOSYS.
  {
    syscalls: ['prctl'],
    hooks: ['task_prctl'],
    notes: [
      'PR_CAPBSET_DROP, PR_SET_SECUREBITS, PR_SET_KEEPCAPS and PR_CAP_AMBIENT take effect all the same where an LSM program refuses: the caller gets the error, but they are done before it is asked',
    ],
    silentErrno: 38,
  },
  // Making a user namespace asks userns_create since 6.1, and needs no capability.
  {
    syscalls: ['unshare'],
    hooks: ['userns_create', 'capable'],
    notes: [
      'CLONE_FS, CLONE_FILES and CLONE_SYSVSEM alone come to no LSM hook: the call goes on; of all but a new user namespace the error is EPERM',
    ],
  },
  { syscalls: ['setns'], hooks: ['capable'] },
  { syscalls: ['setpgid'], hooks: ['task_setpgid'] },
  {
    syscalls: ['getpgid'],
    hooks: ['task_getpgid'],
    notes: ['of pid 0, the caller itself, it goes on'],
  },
  {
    syscalls: ['getsid'],
    hooks: ['task_getsid'],
    notes: ['of pid 0, the caller itself, it goes on'],
  },
  { syscalls: ['setpriority'], hooks: ['task_setnice'] },
  { syscalls: ['ioprio_set'], hooks: ['task_setioprio'] },
  { syscalls: ['ioprio_get'], hooks: ['task_getioprio'] },
  {
    syscalls: ['sched_setscheduler', 'sched_setparam', 'sched_setattr', 'sched_setaffinity'],
    hooks: ['task_setscheduler'],
  },
  {
    syscalls: ['sched_getscheduler', 'sched_getparam', 'sched_getattr', 'sched_getaffinity'],
    hooks: ['task_getscheduler'],
  },
  { syscalls: ['setrlimit'], hooks: ['task_setrlimit'] },
  {
    syscalls: ['prlimit64'],
    hooks: ['task_prlimit', 'task_setrlimit'],
    notes: ['a call that only reads the caller’s own limits goes on'],
  },
  // Of the caller itself it comes to the second alone.
  { syscalls: ['migrate_pages'], hooks: ['ptrace_access_check', 'task_movememory'] },
];
