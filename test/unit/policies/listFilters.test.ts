import { expect, test } from 'vitest';
import { planned, warnings } from './planHost.ts';

const policy = (list: string) =>
  [
    `  lists: [{name: calls, ${list}}]`,
    '  tracepoints:',
    '  - subsystem: raw_syscalls',
    '    event: sys_enter',
    '    args: [{index: 4, type: syscall64}]',
    '    selectors:',
    '    - matchArgs: [{index: 4, operator: InMap, values: ["list:calls", "7"]}]',
  ].join('\n');

const numbersOf = (list: string) => {
  const values = planned(policy(list)).hooks[0]?.selectors[0]?.matchArgs[0]?.values;
  return values?.kind === 'list' ? values.ranges.map(([first]) => first) : undefined;
};

test('a list stands for the numbers of its system calls', () => {
  expect(numbersOf('type: syscalls, values: [sys_read, __x64_sys_close, x64/sys_newstat]')).toEqual(
    [7n, 0n, 3n, 4n],
  );
});

test('those of the 32-bit interface have a bit of their own', () => {
  expect(numbersOf('type: syscalls, values: [i386/sys_getpid, __ia32_sys_close]')).toEqual([
    7n,
    0x8000_0014n,
    0x8000_0006n,
  ]);
});

test('all of them', () => {
  const numbers = numbersOf('type: generated_syscalls') ?? [];
  expect(numbers.length).toBeGreaterThan(300);
  expect(new Set(numbers).size).toBe(numbers.length - 1);
});

test('what is not here is left out with a warning', () => {
  const list = 'type: syscalls, values: [sys_read, sys_nothing]';
  expect(numbersOf(list)).toEqual([7n, 0n]);
  expect(warnings(policy(list))).toContainEqual(
    expect.stringContaining('there is no system call nothing'),
  );
});
