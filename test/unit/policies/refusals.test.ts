import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openKernelBtf } from '../../../src/agent/host/btf.ts';
import { syscallNumber } from '../../../src/events/syscallNumbers.ts';
import { hasLsmHook, REFUSALS } from '../../../src/policies/equivalents/refusals.ts';
import type { HostAbilities } from '../../../src/policies/plan.ts';
import { answersHere } from '../../../src/policies/planning/answers.ts';
import { functionOfLsmHook, lsmHookOfFunction } from '../../../src/policies/planning/lsm.ts';
import { DEBIAN_6_1, DEBIAN_6_12 } from './stockHost.ts';

const syscalls = REFUSALS.flatMap((entry) => entry.syscalls);
const hooks = [...new Set(REFUSALS.flatMap((entry) => [...entry.hooks, ...(entry.instead ?? [])]))];

/** Hooks that came after these kernels. */
const YOUNGER: Readonly<Record<string, string[]>> = {
  '6.1': [
    ...['inode_set_acl', 'inode_get_acl', 'inode_remove_acl', 'inode_file_getattr'],
    ...['inode_file_setattr', 'uring_allowed'],
  ],
  '6.12': ['inode_file_getattr', 'inode_file_setattr', 'uring_allowed'],
};

describe('the table of refusals', () => {
  test('names system calls that there are, each once', () => {
    const unknown = syscalls.filter(
      (name) =>
        syscallNumber('x64', name) === undefined && syscallNumber('arm64', name) === undefined,
    );
    expect(unknown).toEqual([]);
    expect(new Set(syscalls).size).toBe(syscalls.length);
    expect(syscalls.length).toBeGreaterThan(170);
  });

  test.each([
    ['6.1', DEBIAN_6_1],
    ['6.12', DEBIAN_6_12],
  ])('names hooks of Linux %s, which can refuse', (version, host) => {
    const missing = hooks.filter((hook) => !hasLsmHook(hook, host));
    expect(missing.toSorted()).toEqual(YOUNGER[version]?.toSorted());
    const silent = hooks.filter(
      (hook) => host.functionPrototype(`bpf_lsm_${hook}`)?.returns === 'void',
    );
    expect(silent).toEqual([]);
    const nowhere = syscalls.filter((name) => answersHere(name, host).hooks.length === 0);
    // The calls are as young as their hooks.
    expect(nowhere).toEqual(['file_getattr', 'file_setattr']);
  });

  test('calls that come to no hook', () => {
    for (const name of ['dup', 'close', 'lseek', 'getpid', 'no_such_call', 'toString'])
      expect(answersHere(name, DEBIAN_6_12).hooks).toEqual([]);
  });

  test('a check for a capability gives EPERM only', () => {
    expect(answersHere('reboot', DEBIAN_6_12)).toMatchObject({ hooks: ['capable'], onlyErrno: 1 });
    expect(answersHere('mkdir', DEBIAN_6_12).onlyErrno).toBeUndefined();
    const older: HostAbilities = {
      ...DEBIAN_6_1,
      functionPrototype: (name) =>
        name === 'bpf_lsm_task_fix_setgroups' ? undefined : DEBIAN_6_1.functionPrototype(name),
    };
    expect(answersHere('setgroups', older)).toMatchObject({ hooks: ['capable'], onlyErrno: 1 });
    expect(answersHere('setgroups', DEBIAN_6_1)).toMatchObject({ hooks: ['task_fix_setgroups'] });
  });

  if (existsSync('/sys/kernel/btf/vmlinux'))
    test('on this kernel', () => {
      const btf = openKernelBtf();
      const here = hooks.filter((hook) => btf.functionPrototype(`bpf_lsm_${hook}`) !== undefined);
      expect(here.length).toBeGreaterThan(90);
    });
});

test('functions of hooks, and hooks of functions', () => {
  for (const hook of hooks) {
    expect(lsmHookOfFunction(functionOfLsmHook(hook))).toBe(hook);
    if (hasLsmHook(hook, DEBIAN_6_12))
      expect(DEBIAN_6_12.hasFunction(functionOfLsmHook(hook)), hook).toBe(true);
  }
  expect(lsmHookOfFunction('fd_install')).toBeUndefined();
});
