import { REFUSALS } from '../src/policies/equivalents/refusals.ts';

/** Which LSM hooks refuse which system call, as a part of docs/equivalents.md. */
export function refusalLines(): string[] {
  const rows = REFUSALS.map(({ syscalls, hooks, instead = [], notes = [] }) =>
    [
      syscalls.map(quoted).join(' '),
      [
        hooks.map(quoted).join(' '),
        ...(instead.length > 0 ? [`else ${instead.map(quoted).join(' ')}`] : []),
      ].join('; '),
      notes.join('; '),
    ].join(' | '),
  );
  return [
    '## Which LSM hook refuses which system call',
    'Where the kernel can’t replace the result of a system call (stock Debian kernels can’t), Override marks the thread at the call’s entry,',
    'and the first of these LSM hooks that the same call comes to returns the error: the call has had no effect by then. Hooks that the kernel',
    'at hand has not are left out. `capable` answers yes or no only: the caller sees EPERM, whatever `argError` says. System calls that are in no',
    'row come to no LSM hook; they are refused only by kernels built with CONFIG_BPF_KPROBE_OVERRIDE.',
    '',
    '| system calls | LSM hooks | what is not refused |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
  ];
}

const quoted = (name: string): string => `\`${name}\``;
