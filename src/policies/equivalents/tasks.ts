import { bySyscalls, entryOf } from './points.ts';
import { isOneOf, number } from './sources.ts';
import type { Equivalent } from './types.ts';

/** PTRACE_ATTACH and PTRACE_SEIZE, include/uapi/linux/ptrace.h */
const ATTACHES = [16, 0x4206] as const;
const PTRACE_TRACEME = 0;
const none = undefined;

/** Processes acting on processes, and on the system's clock and log. */
export const TASKS: readonly Equivalent[] = [
  bySyscalls(
    ['security_ptrace_access_check'],
    ['child', 'mode'],
    [
      entryOf('ptrace', [none, none], { requires: [isOneOf(number(0), ...ATTACHES)] }),
      entryOf('process_vm_readv', [none, none]),
      entryOf('process_vm_writev', [none, none]),
    ],
    { differs: ['not seen: reads of another process’s files below /proc'] },
  ),
  bySyscalls(
    ['security_ptrace_traceme'],
    ['parent'],
    [entryOf('ptrace', [none], { requires: [isOneOf(number(0), PTRACE_TRACEME)] })],
  ),
  bySyscalls(['security_task_kill'], ['p', 'info', 'sig'], {
    kill: [none, none, number(1)],
    tkill: [none, none, number(1)],
    tgkill: [none, none, number(2)],
    pidfd_send_signal: [none, none, number(1)],
  }),
  bySyscalls(['security_task_prctl'], ['option', 'arg2', 'arg3', 'arg4', 'arg5'], {
    prctl: [number(0), number(1), number(2), number(3), number(4)],
  }),
  bySyscalls(['security_task_setpgid'], ['p', 'pgid'], { setpgid: [none, number(1)] }),
  bySyscalls(['security_settime64'], ['ts', 'tz'], {
    clock_settime: [none, none],
    settimeofday: [none, none],
  }),
  bySyscalls(['security_syslog'], ['type'], { syslog: [number(0)] }),
];
