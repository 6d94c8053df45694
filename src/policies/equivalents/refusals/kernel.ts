import type { Refusal } from './types.ts';

/** What changes or looks into the kernel itself (kernel/module, kernel/bpf, kernel/events, security/keys, kernel/time …). */
export const KERNEL_REFUSALS: readonly Refusal[] = [
  { syscalls: ['init_module', 'kexec_load'], hooks: ['kernel_load_data'] },
  { syscalls: ['finit_module', 'kexec_file_load'], hooks: ['kernel_read_file'] },
  { syscalls: ['bpf'], hooks: ['bpf'] },
  { syscalls: ['perf_event_open'], hooks: ['perf_event_open'] },
  // key_permission is asked for the keyring at hand, key_alloc for what is new.
  {
    syscalls: ['add_key', 'request_key', 'keyctl'],
    hooks: ['key_permission', 'key_alloc'],
    notes: [
      'the error may come out as another one: a key that may not be looked at counts as not found',
    ],
  },
  { syscalls: ['settimeofday', 'clock_settime'], hooks: ['settime'] },
  { syscalls: ['syslog'], hooks: ['syslog'] },
  // No hook of their own: the first thing that they do is to ask for a capability.
  {
    syscalls: [
      ...['delete_module', 'reboot', 'swapon', 'swapoff', 'acct', 'vhangup', 'sethostname'],
      ...['setdomainname', 'fsopen', 'fsmount', 'mount_setattr'],
    ],
    hooks: ['capable'],
  },
  {
    syscalls: ['iopl', 'ioperm'],
    hooks: ['capable'],
    notes: ['a call that only gives rights up goes on'],
  },
  {
    syscalls: ['adjtimex', 'clock_adjtime'],
    hooks: ['capable'],
    notes: ['a call that only reads the clock goes on'],
  },
];
