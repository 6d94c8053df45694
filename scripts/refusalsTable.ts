import { REFUSALS } from '../src/policies/equivalents/refusals.ts';

/** Which LSM hooks refuse which system call, as a part of docs/equivalents.md. */
export function refusalLines(): string[] {
  const rows = REFUSALS.map(({ syscalls, hooks, instead = [], notes = [], silentErrno }) =>
    [
      syscalls.map(quoted).join(' '),
      [
        hooks.map(quoted).join(' '),
        ...(instead.length > 0 ? [`else ${instead.map(quoted).join(' ')}`] : []),
      ].join('; '),
      [
        ...notes,
        ...(silentErrno === undefined ? [] : [`with argError -${silentErrno} the call goes on`]),
      ].join('; '),
    ].join(' | '),
  );
  return [
    '## Which LSM hook refuses which system call',
    'Where the kernel can’t replace the result of a system call (stock Debian kernels can’t), Override marks the thread at the call’s entry,',
    'and the first of these LSM hooks that the same call comes to returns the error: the call has had no effect by then. An LSM program answers',
    'there, or, without `bpf` in `lsm=`, fmod_ret at the `security_` function that calls the hook. Hooks that the kernel at hand has not are left',
    'out. `capable` answers yes or no only: the caller sees EPERM, whatever `argError` says. System calls that are in no row come to no LSM hook;',
    'they are refused only by kernels built with CONFIG_BPF_KPROBE_OVERRIDE. 32-bit system calls are not seen, and so not refused.',
    '',
    '| system calls | LSM hooks | what is not refused, or not so |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
  ];
}

const quoted = (name: string): string => `\`${name}\``;
