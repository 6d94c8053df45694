import { describe, expect, test } from 'vitest';
import { formatPolicyError } from '../../../src/policies/model.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { hasEnforcement } from '../../../src/policies/planPolicy.ts';
import {
  HARDENED,
  hookOf,
  kprobe,
  on,
  planned,
  planSpec,
  refusalsOf,
  warnings,
} from './planHost.ts';
import { placeOf, reading, readings } from './planText.ts';
import { changed } from './sample.ts';

const places = (spec: string, host = HARDENED) => hookOf(spec, host).points.map(placeOf);

const args = (...types: string[]) => [
  'args:',
  ...types.map((type, index) => `- {index: ${index}, type: ${type}}`),
];
const acting = (action: string) => [
  'selectors:',
  '- matchBinaries: [{operator: In, values: [/usr/bin/x]}]',
  `  matchActions: [${action}]`,
];

describe('system calls', () => {
  test.each([
    ['sys_openat', '__x64_sys_openat', 'openat'],
    ['__x64_sys_openat', '__x64_sys_openat', 'openat'],
    ['openat', '__x64_sys_openat', 'openat'],
    ['sys_newuname', '__x64_sys_newuname', 'uname'],
    ['sys_umount', '__x64_sys_umount', 'umount2'],
  ])('%s', (call, functionName, syscall) => {
    const [point] = hookOf(kprobe(call, [], true)).points;
    expect(point).toMatchObject({
      functionName,
      obtained: 'exact',
      attachment: { kind: 'syscall', syscall },
      when: 'always',
      canSignal: true,
    });
  });

  test('a syscall’s symbol needs no `syscall: true`; arm64 has its own', () => {
    expect(hookOf(kprobe('sys_openat')).points[0]?.functionName).toBe('__x64_sys_openat');
    const arm = on({ arch: 'arm64' });
    expect(hookOf(kprobe('sys_openat', [], true), arm).points[0]?.functionName).toBe(
      '__arm64_sys_openat',
    );
    expect(refusalsOf(kprobe('sys_open', [], true), arm)).toEqual([
      "spec.kprobes[0]: sys_open can't be had here: arm64 has no system call open; x64 has",
    ]);
  });

  test('what can’t be told', () => {
    expect(refusalsOf(kprobe('__ia32_sys_dup', [], true))[0]).toContain('32-bit system calls');
    expect(refusalsOf(kprobe('__arm64_sys_dup', [], true))[0]).toContain('this machine is x64');
    expect(refusalsOf(kprobe('fd_install', [], true))[0]).toContain('write syscall: false');
    expect(refusalsOf(kprobe('sys_dup', [], true), on({ rawTracepoints: false }))[0]).toContain(
      'raw_syscalls',
    );
  });

  test('values', () => {
    const spec = kprobe(
      'sys_sendto',
      [
        'args:',
        '- {index: 0, type: fd}',
        '- {index: 1, type: char_buf, sizeArgIndex: 3}',
        '- {index: 2, type: size_t, label: size}',
        '- {index: 3, type: nop}',
        '- {index: 4, type: sockaddr}',
      ],
      true,
    );
    const { points, values } = hookOf(spec);
    expect(readings(points[0])).toEqual([
      'FD@0',
      'CHAR_BUF@1 user size 2',
      'SIZE@2',
      'nothing@0',
      'SOCKADDR@4 user',
    ]);
    expect(values.map(({ label }) => label)).toEqual([
      undefined,
      undefined,
      'size',
      undefined,
      undefined,
    ]);
    expect(values.map(({ declared }) => declared)).toEqual([
      'fd',
      'char_buf',
      'size_t',
      'nop',
      'sockaddr',
    ]);
  });

  test('a buffer that the call fills is read at its return, as long as the call says', () => {
    const spec = kprobe(
      'sys_read',
      [
        'args:',
        '- {index: 1, type: char_buf, returnCopy: true}',
        'return: true',
        'returnArg: {index: 0, type: size_t}',
      ],
      true,
    );
    const [point] = hookOf(spec).points;
    expect(readings(point)).toEqual(['CHAR_BUF@1 user size 7 at return']);
    expect(point?.returnValue && reading(point.returnValue)).toBe('SIZE@RETURN');
  });

  test('fields of what an argument points to, of the task, and registers', () => {
    const spec = kprobe(
      'sys_clone3',
      [
        'args:',
        '- {index: 0, type: uint64, btfType: clone_args, resolve: flags}',
        'data:',
        '- {index: 0, type: int, source: current_task, resolve: cred.uid.val}',
        '- {index: 0, type: string, source: current_task, resolve: comm}',
        '- {index: 0, type: uint64, source: pt_regs, resolve: r10}',
      ],
      true,
    );
    expect(readings(hookOf(spec).points[0])).toEqual([
      'U64@0 user in_place',
      'INT@TASK in_place steps 1736 +8',
      'CONST_BUF@TASK +1752',
      'U64@3',
    ]);
  });

  test.each([
    ['a struct of the kernel', args('file'), 'args[0]: a system call is not given a file'],
    [
      'an unknown field',
      ['data:', '- {index: 0, type: int, source: current_task, resolve: nope}'],
      'data[0]: struct task_struct has no field nope',
    ],
    [
      'a register that is not read',
      ['data:', '- {index: 0, type: uint64, source: pt_regs, resolve: rbx}'],
      'data[0]: register rbx is not read here',
    ],
    ['resolve from nowhere', ['args:', '- {index: 1, type: int, resolve: a}'], 'needs btfType'],
  ])('refuses %s', (_, more, message) => {
    const [refusal] = refusalsOf(kprobe('sys_close', more, true));
    expect(refusal).toContain(message);
  });

  test('arguments beyond the call’s own, and of other kinds, are doubtful', () => {
    expect(warnings(kprobe('sys_close', args('int', 'int'), true))).toContainEqual(
      expect.stringContaining('close has 1 arguments; what stands in argument 1 means nothing'),
    );
    expect(warnings(kprobe('sys_close', args('string'), true))).toContainEqual(
      expect.stringContaining('(fd) is unsigned int, not a pointer to string'),
    );
    expect(warnings(kprobe('sys_unlink', args('int'), true))).toContainEqual(
      expect.stringContaining('(pathname) is a pointer, not a number'),
    );
  });
});

describe('lists', () => {
  const list = (type: string, rest: string) =>
    `  lists:\n  - {name: l, type: "${type}", ${rest}}\n  kprobes:\n  - {call: "list:l"}`;

  test('of system calls; those that can’t be had are told', () => {
    const hook = hookOf(
      list('syscalls', 'values: [sys_dup, x64/sys_dup2, __x64_sys_dup, i386/sys_dup]'),
    );
    expect(hook.points.map(placeOf)).toEqual(['syscall dup', 'syscall dup2']);
    expect(hook.missing).toEqual([
      expect.objectContaining({ name: 'i386/sys_dup', reason: expect.stringContaining('32-bit') }),
    ]);
  });

  test('of all system calls', () => {
    expect(hookOf(list('generated_syscalls', '')).points.length).toBeGreaterThan(350);
  });

  test('by a pattern: functions that something stands for', () => {
    expect(places(list('generated_ftrace', 'pattern: "^ksys_(read|write)$"'))).toEqual([
      'syscall read',
      'syscall write',
    ]);
    expect(refusalsOf(list('generated_ftrace', 'pattern: "^nothing$"'))[0]).toContain(
      'the list is empty',
    );
  });

  test('of functions and system calls', () => {
    expect(places(list('', 'values: [__sys_setuid, sys_dup]'))).toEqual([
      'syscall setuid',
      'syscall dup',
    ]);
  });
});

describe('equivalents', () => {
  test('file accesses', () => {
    const [point] = hookOf(kprobe('security_file_permission', args('file', 'int'))).points;
    expect(point).toMatchObject({
      functionName: 'security_file_permission',
      obtained: 'equivalent: entry of read, write and their kin (raw sys_enter)',
      attachment: { kind: 'fileAccess' },
    });
    expect(readings(point)).toEqual(['FILE@FILE', 'INT@ACCESS']);
    expect(point?.differs.length).toBeGreaterThan(0);
  });

  test('bodies of system calls have their arguments and result', () => {
    const spec = kprobe('__sys_setuid', [
      ...args('int'),
      'return: true',
      'returnArg: {index: 0, type: int}',
    ]);
    const [point] = hookOf(spec).points;
    expect(point?.functionName).toBe('__sys_setuid');
    expect(point?.obtained).toContain('equivalent: entry of setuid');
    expect(point?.returnValue && reading(point.returnValue)).toBe('INT@RETURN');
  });

  test('descriptors are told when the call has succeeded', () => {
    const { points } = hookOf(kprobe('fd_install', args('int', 'file')));
    const open = points.find(
      ({ attachment }) => 'syscall' in attachment && attachment.syscall === 'openat',
    );
    expect(open?.attachment.kind).toBe('syscallReturn');
    expect(readings(open)).toEqual(['INT@RETURN', 'FD@RETURN']);
    expect(open?.requires).toMatchObject([
      {
        value: { input: 'TG_INPUT_RETURN' },
        operator: 'InRange',
        values: { ranges: [[0n, 0x7fffffffn]] },
      },
    ]);
  });

  test('calls of one command among many', () => {
    const [load] = hookOf(kprobe('bpf_check', ['args:', '- {index: 1, type: bpf_attr}'])).points;
    expect(readings(load)).toEqual(['BPF_ATTR@1 user']);
    expect(load?.requires).toMatchObject([
      { value: { input: 0 }, operator: 'Equal', values: { ranges: [[5n, 5n]] } },
    ]);
    const points = hookOf(kprobe('create_user_ns', args('nop'))).points;
    expect(points.map(placeOf)).toEqual(['syscall unshare', 'syscall clone', 'syscall clone3']);
    expect(points.map(({ requires }) => requires.map(({ value }) => reading(value)))).toEqual([
      ['S64@0'],
      ['S64@0'],
      ['U64@0 user in_place'],
    ]);
  });

  test('capset: the wanted sets, and the credentials as they are', () => {
    const spec = kprobe(
      'security_capset',
      args('nop', 'cred', 'cap_effective', 'cap_inheritable', 'cap_permitted'),
    );
    expect(readings(hookOf(spec).points[0])).toEqual([
      'nothing@0',
      'CRED@TASK steps 1736',
      'CAP_EFFECTIVE@1 user',
      'CAP_INHERITABLE@1 user',
      'CAP_PERMITTED@1 user',
    ]);
  });

  test('a tracepoint that has the result too', () => {
    const spec = kprobe('cap_capable', [
      'args:',
      '- {index: 1, type: user_namespace}',
      '- {index: 2, type: capability}',
      'return: true',
      'returnArg: {index: 0, type: int}',
    ]);
    const [point] = hookOf(spec).points;
    expect(readings(point)).toEqual(['USER_NAMESPACE@1', 'CAPABILITY@3']);
    expect(point?.returnValue && reading(point.returnValue)).toBe('INT@4');
  });

  test('exec: before it where the kernel tells so, else after', () => {
    const spec = kprobe('security_bprm_creds_from_file', ['args:', '- {index: 1, type: file}']);
    expect(places(spec)).toEqual(['rawTracepoint sched_prepare_exec']);
    expect(readings(hookOf(spec).points[0])).toEqual(['FILE@1 steps 64']);
    const older = on({
      rawTracepointArguments: (name) =>
        name === 'sched_prepare_exec' ? undefined : HARDENED.rawTracepointArguments(name),
    });
    expect(places(spec, older)).toEqual(['rawTracepoint sched_process_exec']);
    expect(readings(hookOf(spec, older).points[0])).toEqual(['FILE@2 steps 64']);
  });

  test('exec: new credentials are read before they are committed, which takes them from the binprm', () => {
    const placesOf = (call: string) =>
      places(kprobe(call, ['args:', '- {index: 0, type: linux_binprm}']));
    expect(placesOf('security_bprm_committing_creds')).toEqual([
      'rawTracepoint sched_prepare_exec',
    ]);
    expect(placesOf('security_bprm_committed_creds')).toEqual(['rawTracepoint sched_process_exec']);
  });

  test('LSM hooks, with paths along the kernel’s structs', () => {
    const spec =
      '  lsmhooks:\n  - hook: bprm_check_security\n    args:\n    - {index: 0, type: string, resolve: mm.owner.real_parent.real_parent.comm}';
    const [point] = hookOf(spec).points;
    expect(point?.functionName).toBe('bprm_check_security');
    expect(readings(point)).toEqual(['CONST_BUF@1 steps 24 1296 1280 1280 +1752']);
  });

  test('a field that can’t be shown', () => {
    const spec = '  lsmhooks:\n  - hook: bprm_check_security\n    args: [{index: 0, resolve: vma}]';
    expect(refusalsOf(spec)[0]).toContain("a field of type struct vm_area_struct * can't be shown");
  });

  test('an argument that is nowhere is left out, unless a filter looks at it', () => {
    const mkdir = (...more: string[]) =>
      kprobe('security_inode_mkdir', [...args('path', 'dentry'), ...more]);
    expect(readings(hookOf(mkdir()).points[0])).toEqual(['nothing@0', 'STRING@0 user']);
    expect(
      refusalsOf(
        mkdir('selectors:', '- matchArgs: [{index: 0, operator: Prefix, values: [/a]}]'),
      )[0],
    ).toContain('argument 0 of security_inode_mkdir (dir) is not told');
  });

  test('arguments of other types, and that the function has not: all told', () => {
    expect(refusalsOf(kprobe('security_file_permission', args('sock', 'int')))).toEqual([
      'spec.kprobes[0].args[0]: argument 0 of security_file_permission (file) can be read as file, path, dentry, fd, kiocb, linux_binprm here, not as sock',
    ]);
    expect(refusalsOf(kprobe('security_file_permission', args('file', 'int', 'int')))[0]).toContain(
      'security_file_permission has arguments 0 to 1',
    );
  });

  test('functions of other kernels', () => {
    const spec = `${kprobe('security_bpf_map_alloc', args('bpf_map'))}\n  - call: security_bpf_map_create\n    syscall: false\n    args: [{index: 0, type: bpf_map}]`;
    const { hooks } = planned(spec);
    expect(hooks.map(({ points }) => points.length)).toEqual([0, 1]);
    expect(hooks[0]?.missing[0]?.reason).toBe('kernels have no such function since 6.9');
    const older = planned(spec, on({ kernel: [6, 1] }));
    expect(older.hooks.map(({ points }) => points.length)).toEqual([1, 0]);
  });

  test('functions that nothing stands for refuse a policy only when it has no others', () => {
    expect(refusalsOf(kprobe('toString'))[0]).toContain('no system call or tracepoint is known');
    expect(refusalsOf(kprobe('override_creds', args('cred')))[0]).toContain(
      'a kernel with kprobes',
    );
    const { hooks } = planned(`${kprobe('override_creds')}\n  - {call: sys_dup, syscall: true}`);
    expect(hooks.map(({ missing }) => missing.length)).toEqual([1, 0]);
  });

  test('TrackSock is not pretended', () => {
    const spec = `${kprobe('tcp_set_state', ['selectors: [{matchActions: [{action: TrackSock, argSock: 0}]}]', ...args('sock')])}\n  - {call: sys_dup, syscall: true}`;
    expect(planned(spec).hooks[0]).toMatchObject({
      points: [],
      missing: [{ reason: expect.stringContaining('TrackSock') }],
    });
  });

  test('too many values with those that tell the calls apart', () => {
    const spec = kprobe('do_rmdir', [
      ...args('int', 'string'),
      'data:',
      '- {index: 0, type: string, source: current_task, resolve: comm}',
      '- {index: 1, type: uint32, source: current_task, resolve: cred.uid.val}',
      '- {index: 2, type: int, source: current_task, resolve: cred.uid.val}',
    ]);
    // rmdir(2) itself needs no more than the five; unlinkat(2) must be told by its flags.
    expect(places(spec)).toEqual(['syscall rmdir']);
    expect(warnings(spec)).toContainEqual(expect.stringContaining('6 values would be needed here'));
  });
});

describe('actions', () => {
  const connect = (action: string, more = args('sock')) =>
    kprobe('tcp_connect', [...more, ...acting(action)]);

  test('tcp_connect: told with its ports, killed at the request, refused before it', () => {
    expect(places(connect('{action: Post}'))).toEqual([
      'monitor sockOps',
      'enforce rawTracepoint inet_sock_set_state',
    ]);
    expect(places(connect('{action: Sigkill}'))).toEqual([
      'monitor sockOps',
      'enforce rawTracepoint inet_sock_set_state',
    ]);
    expect(places(connect('{action: Override, argError: -1}'))).toEqual([
      'monitor sockOps',
      'enforce cgroup connect',
    ]);
    const without = on({ cgroupRoot: undefined });
    expect(places(connect('{action: Sigkill}'), without)).toEqual([
      'rawTracepoint inet_sock_set_state',
    ]);
    expect(refusalsOf(connect('{action: Override, argError: -1}'), without)[0]).toContain(
      "can't be refused here",
    );
  });

  test.each([
    ['security_socket_create', false, '16', /IPv4 and IPv6 sockets only/],
    ['sys_socket', true, '17', /IPv4 and IPv6 sockets only/],
    ['security_socket_create', false, '2', undefined],
    ['sys_socket', true, '10', undefined],
  ] as const)('Override of %s (syscall: %s) with family %s', (call, isSyscall, family, refusal) => {
    const spec = kprobe(
      call,
      [
        ...args('int', 'int', 'int'),
        'selectors:',
        `- matchArgs: [{index: 0, operator: Equal, values: ["${family}"]}]`,
        '  matchActions: [{action: Override, argError: -1}]',
      ],
      isSyscall,
    );
    if (refusal) expect(refusalsOf(spec)[0]).toMatch(refusal);
    else expect(places(spec)).toContain('enforce cgroup socket');
  });

  test('Override of system calls and functions by cgroup programs', () => {
    const override = '{action: Override, argError: -13}';
    const spec = kprobe(
      'sys_connect',
      [...args('int', 'sockaddr', 'int'), ...acting(override)],
      true,
    );
    expect(places(spec)).toEqual(['monitor syscall connect', 'enforce cgroup connect']);
    expect(readings(hookOf(spec).points[1])).toEqual(['nothing@0', 'SOCKADDR@1', 'nothing@0']);
    expect(places(kprobe('security_socket_create', [...args('int'), ...acting(override)]))).toEqual(
      ['monitor syscall socket', 'monitor syscall socketpair', 'enforce cgroup socket'],
    );
  });

  test('a filter on what a cgroup program doesn’t know', () => {
    const spec = kprobe(
      'sys_connect',
      [
        ...args('int'),
        'selectors:',
        '- matchArgs: [{index: 0, operator: Equal, values: [3]}]',
        '  matchActions: [{action: Override, argError: -1}]',
      ],
      true,
    );
    expect(refusalsOf(spec)[0]).toContain(
      'argument 0 of __x64_sys_connect (fd) is not told at cgroup program connect',
    );
  });

  test('Unix sockets, which no cgroup program here is called for', () => {
    const unix = (action: string) =>
      kprobe('security_socket_connect', [
        ...['args:', '- {index: 1, type: sockaddr_un}', 'selectors:'],
        `- matchArgs: [{index: 1, operator: Equal, values: [/run/docker.sock]}]`,
        `  matchActions: [${action}]`,
      ]);
    expect(refusalsOf(unix('{action: Override, argError: -1}'))[0]).toContain(
      'can be read as sockaddr here, not as sockaddr_un',
    );
    expect(refusalsOf(unix('{action: Sigkill}'))).toEqual([]);
  });

  test.each([
    [
      'Override elsewhere',
      kprobe('sys_symlinkat', acting('{action: Override, argError: -1}'), true),
      ['bpf is none of the active', 'CONFIG_BPF_KPROBE_OVERRIDE'],
    ],
    [
      'Override of an LSM hook',
      '  lsmhooks:\n  - hook: file_open\n    selectors: [{matchActions: [{action: Override, argError: -1}]}]',
      ["file_open can't be refused here"],
    ],
    [
      'Override with Sigkill',
      connect('{action: Override, argError: -1}, {action: Sigkill}'),
      ['can’t send signals'],
    ],
    [
      'hashes',
      '  lsmhooks:\n  - hook: bprm_check_security\n    selectors: [{matchActions: [{action: Post, imaHash: true}]}]',
      ['IMA'],
    ],
    [
      'Set',
      '  usdts:\n  - path: /bin/bash\n    provider: a\n    name: b\n    args: [{index: 0, type: int32}]\n    selectors: [{matchActions: [{action: Set, argIndex: 0, argValue: 1}]}]',
      ['memory of another program'],
    ],
  ])('%s is refused with the reason', (_, spec, reasons) => {
    const refusal = refusalsOf(spec).join('\n');
    for (const reason of reasons) expect(refusal).toContain(reason);
  });

  test('a hook that enforces has all of its points or none', () => {
    const truncate = (...more: string[]) =>
      kprobe('security_path_truncate', [
        'args: [{index: 0, type: path}]',
        'selectors:',
        '- matchArgs: [{index: 0, operator: FileType, values: [reg]}]',
        ...more,
      ]);
    expect(places(truncate())).toEqual(['syscall ftruncate']);
    expect(refusalsOf(truncate('  matchActions: [{action: Sigkill}]'))[0]).toContain(
      'is only a text at entry of truncate',
    );
  });

  test('errors of argError and network actions are told', () => {
    expect(warnings(connect('{action: Override, argError: 1}'))).toContainEqual(
      expect.stringContaining('argError 1 is not a negative error number'),
    );
    expect(warnings(connect('{action: GetUrl, argUrl: "http://a"}'))).toContainEqual(
      expect.stringContaining('--allow-network-actions'),
    );
  });

  test.each<[string, string, boolean, boolean]>([
    ['no actions', '[]', false, true],
    ['Post', '[{action: Post}]', false, true],
    ['NoPost', '[{action: NoPost}]', false, false],
    ['Sigkill', '[{action: Sigkill}]', true, true],
    ['Signal', '[{action: Signal, argSig: 10}]', true, true],
    ['Sigkill and NoPost', '[{action: Sigkill}, {action: NoPost}]', true, false],
  ])('%s', (_, actions, enforces, posts) => {
    const source = changed(/matchActions:\n.*/, `matchActions: ${actions}`);
    const [policy] = parsePolicies(source, 'p.yaml').policies ?? [];
    if (!policy) throw new Error('the policy has mistakes');
    expect(hasEnforcement(policy)).toBe(enforces);
    const spec = source.slice(source.indexOf('  kprobes:'));
    expect(hookOf(spec).selectors[0]).toMatchObject({ enforces, posts });
  });
});

test('refusals stand at their place in the file', () => {
  const { errors } = planSpec(kprobe('sys_close', args('file'), true));
  expect(errors?.map(formatPolicyError)[0]).toMatch(
    /^p\.yaml:10:7: spec\.kprobes\[0\]\.args\[0\]: a system call/,
  );
});
