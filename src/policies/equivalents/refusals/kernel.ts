import type { Refusal } from './types.ts';

const KEY_NOT_FOUND =
  'the error may come out as another one: a key that may not be looked at counts as not found';
const READS_CLOCK = 'a call that only reads the clock goes on';

/** What changes or looks into the kernel itself (kernel/module, kernel/bpf, kernel/events, security/keys, kernel/time …). */
export const KERNEL_REFUSALS: readonly Refusal[] = [
  { syscalls: ['init_module', 'kexec_load'], hooks: ['kernel_load_data'] },
  { syscalls: ['finit_module'], hooks: ['kernel_read_file'] },
  {
    syscalls: ['kexec_file_load'],
    hooks: ['kernel_read_file'],
    notes: [
      'taking a loaded kernel out (KEXEC_FILE_UNLOAD) reads no file and comes to no LSM hook: it goes on',
    ],
  },
  { syscalls: ['bpf'], hooks: ['bpf'] },
  { syscalls: ['perf_event_open'], hooks: ['perf_event_open'] },
  // key_permission is asked for the keyring at hand, key_alloc for what is new.
  {
    syscalls: ['add_key', 'request_key'],
    hooks: ['key_permission', 'key_alloc'],
    notes: [KEY_NOT_FOUND],
  },
  {
    syscalls: ['keyctl'],
    hooks: ['key_permission', 'key_alloc'],
    notes: [
      KEY_NOT_FOUND,
      'operations that look at no key come to neither hook and go on, KEYCTL_SET_REQKEY_KEYRING and KEYCTL_CAPABILITIES for example',
    ],
  },
  { syscalls: ['settimeofday'], hooks: ['settime'] },
  {
    syscalls: ['clock_settime'],
    hooks: ['settime'],
    notes: [
      'only CLOCK_REALTIME comes to the LSM hook; clocks of devices (PTP: /dev/ptp0 …) are set all the same',
    ],
  },
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
  { syscalls: ['adjtimex'], hooks: ['capable'], notes: [READS_CLOCK] },
  {
    syscalls: ['clock_adjtime'],
    hooks: ['capable'],
    notes: [READS_CLOCK, 'of clocks of devices (PTP: /dev/ptp0 …) it goes on'],
  },
];
