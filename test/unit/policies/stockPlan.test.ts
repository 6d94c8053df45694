import { describe, expect, test } from 'vitest';
import type { HostAbilities } from '../../../src/policies/plan.ts';
import { hookOf, kprobe, planned, refusalsOf, warnings } from './planHost.ts';
import { placeOf, reading, readings } from './planText.ts';
import { DEBIAN_6_1, DEBIAN_6_12 } from './stockHost.ts';

/** A stock kernel, and one that lacks something of it. */
const NEW = DEBIAN_6_12;
const without = (...names: (keyof HostAbilities)[]): HostAbilities => ({
  ...NEW,
  ...Object.fromEntries(names.map((name) => [name, false])),
});

const places = (spec: string, host = NEW) => hookOf(spec, host).points.map(placeOf);
const firstReadings = (spec: string, host = NEW) => readings(hookOf(spec, host).points[0]);

const args = (...types: string[]) => [
  'args:',
  ...types.map((type, index) => `- {index: ${index}, type: ${type}}`),
];
const acting = (...actions: string[]) => [
  'selectors:',
  '- matchBinaries: [{operator: In, values: [/usr/bin/x]}]',
  `  matchActions: [${actions.map((action) => `{${action}}`).join(', ')}]`,
];
const REFUSE = 'action: Override, argError: -13';
const fentry = (...parts: Parameters<typeof kprobe>) =>
  kprobe(...parts).replace('kprobes', 'fentries');
const lsm = (hook: string, ...more: string[]) =>
  ['  lsmhooks:', `  - hook: ${hook}`, ...more.map((line) => `    ${line}`)].join('\n');

describe('kernel functions', () => {
  const fd = kprobe('fd_install', args('int', 'file'));

  test('kprobe.multi, kprobe, fentry, and what else there is', () => {
    const [point] = hookOf(fd, NEW).points;
    expect(point).toMatchObject({
      functionName: 'fd_install',
      obtained: 'exact',
      differs: [],
      when: 'always',
      canSignal: true,
      canOverride: false,
      attachment: { kind: 'kprobe', function: 'fd_install', multi: true },
    });
    expect(hookOf(fd, DEBIAN_6_1).points[0]?.attachment).toMatchObject({ multi: false });
    expect(places(fd, without('kprobes'))).toEqual(['fentry fd_install']);
    expect(places(fd, without('kprobes', 'fentry'))).toContain('syscallReturn openat');
    const untraced = { ...NEW, isTraced: () => false };
    expect(hookOf(fd, untraced).points[0]?.attachment).toMatchObject({ multi: false });
    const unread = { ...NEW, isTraced: () => undefined };
    expect(hookOf(fd, unread).points[0]?.attachment).toMatchObject({ multi: false });
    const option = `  options: [{name: disable-kprobe-multi, value: "1"}]\n${fd}`;
    expect(hookOf(option, NEW).points[0]?.attachment).toMatchObject({ multi: false });
  });

  test('fentries by trampolines first, which only tell', () => {
    const spec = fentry('fd_install', args('int', 'file'));
    expect(places(spec)).toEqual(['fentry fd_install']);
    expect(places(spec, without('fentry'))).toEqual(['kprobe fd_install']);
    expect(places(spec, without('fentry', 'kprobes'))).toContain('syscallReturn openat');
  });

  test('system calls stay with the dispatcher', () => {
    expect(places(kprobe('sys_openat', [], true))).toEqual(['syscall openat']);
    expect(places(fentry('sys_openat', [], true))).toEqual(['syscall openat']);
  });

  test('bodies of system calls are hooked themselves', () => {
    expect(places(kprobe('__sys_setuid', args('uint32')))).toEqual(['kprobe __sys_setuid']);
  });

  test('a function that the kernel has not', () => {
    expect(refusalsOf(kprobe('do_nothing_at_all'), NEW)).toEqual([
      "spec.kprobes[0]: do_nothing_at_all can't be had here: this kernel has no function do_nothing_at_all",
    ]);
    const two = `${kprobe('do_nothing_at_all', ['ignore: {callNotFound: true}'])}\n  - {call: sys_dup, syscall: true}`;
    expect(planned(two, NEW).hooks[0]?.missing).toMatchObject([{ name: 'do_nothing_at_all' }]);
  });

  test('one that is part of its caller is stood for, unless its policy expects that', () => {
    const drop = (...more: string[]) => kprobe('kfree_skb_reason', [...args('skb'), ...more]);
    expect(places(drop(), DEBIAN_6_1)).toEqual(['kprobe kfree_skb_reason']);
    expect(places(drop())).toEqual(['rawTracepoint kfree_skb']);
    expect(refusalsOf(drop('ignore: {callNotFound: true}'), NEW)[0]).toContain(
      'this kernel has no function kfree_skb_reason',
    );
  });

  test('what SIGKILL does: known of the subject, else in general', () => {
    const sigkill = (call: string) => hookOf(kprobe(call), NEW).points[0]?.sigkill;
    expect(sigkill('security_file_permission')).toContain('before write and its kin change a file');
    expect(sigkill('tcp_connect')).toContain('the function still runs');
    expect(sigkill('ksys_write')).toContain('before a file is changed');
    expect(sigkill('wake_up_new_task')).toContain('the function still runs');
  });

  test('lists by a pattern: all that can be traced, up to a limit', () => {
    const list = (pattern: string) =>
      `  lists:\n  - {name: l, type: generated_ftrace, pattern: "${pattern}"}\n  kprobes:\n  - {call: "list:l", syscall: false}`;
    expect(places(list('^security_inode_.*link$'))).toEqual(
      [
        'kprobe security_inode_follow_link',
        'kprobe security_inode_link',
        'kprobe security_inode_readlink',
        'kprobe security_inode_symlink',
        'kprobe security_inode_unlink',
      ].filter((place) => NEW.hasFunction(place.replace('kprobe ', ''))),
    );
    expect(warnings(list('^security_inode_mkdir$'), NEW).join()).not.toContain('takes only');
    const many = Array.from({ length: 513 }, (_, index) => `f${index}`);
    const crowded = { ...NEW, tracedFunctions: () => many };
    expect(refusalsOf(list('^f'), crowded)[0]).toContain('matches 513 functions of this kernel');
    const trampolines = { ...crowded, kprobes: false, tracedFunctions: () => many.slice(0, 33) };
    expect(refusalsOf(list('^f'), trampolines)[0]).toContain(
      'at most 32 can be hooked together by',
    );
    const unread = { ...NEW, tracedFunctions: () => undefined };
    expect(warnings(list('^security_inode_mkdir$'), unread).join()).toContain(
      'ftrace’s list of functions can’t be read',
    );
  });
});

describe('arguments of kernel functions', () => {
  test('numbers, structures, and what may lie in either memory', () => {
    const spec = kprobe('vfs_read', [
      'args:',
      '- {index: 0, type: file}',
      '- {index: 1, type: char_buf, sizeArgIndex: 3, returnCopy: true}',
      '- {index: 2, type: size_t}',
      'return: true',
      'returnArg: {index: 0, type: int64}',
    ]);
    expect(firstReadings(spec)).toEqual([
      'FILE@0',
      'CHAR_BUF@1 by_address size 7 at return',
      'SIZE@2',
    ]);
    const { returnValue } = hookOf(spec, NEW);
    expect(returnValue && reading(returnValue)).toBe('S64@RETURN');
    expect(warnings(spec, NEW).filter((text) => text.includes('on this kernel'))).toEqual([]);
  });

  test('addresses, capabilities, programs, iterators', () => {
    expect(
      firstReadings(kprobe('security_socket_connect', args('socket', 'sockaddr', 'int'))),
    ).toEqual(['SOCKET@0', 'SOCKADDR@1 by_address', 'INT@2']);
    expect(firstReadings(kprobe('security_capset', args('cred', 'nop', 'cap_effective')))).toEqual([
      'CRED@0',
      'nothing@0',
      'CAP_EFFECTIVE@2',
    ]);
    expect(firstReadings(kprobe('bpf_check', args('nop', 'bpf_attr')))[1]).toBe(
      'BPF_ATTR@1 by_address',
    );
    expect(firstReadings(kprobe('tty_write', args('kiocb', 'iov_iter')))).toEqual([
      'KIOCB@0',
      'IOV_ITER@1',
    ]);
    expect(firstReadings(kprobe('do_mkdirat', args('int', 'filename')))[1]).toBe('FILENAME@1');
  });

  test('sockets that a function returns, to be remembered', () => {
    const spec = kprobe('sk_alloc', [
      'return: true',
      'returnArg: {index: 0, type: sock}',
      'returnArgAction: TrackSock',
    ]);
    const { returnValue, missing } = hookOf(spec, NEW);
    expect(missing).toEqual([]);
    expect(returnValue && reading(returnValue)).toBe('SOCK@RETURN');
    expect(places(spec)).toEqual(['kprobe sk_alloc']);
  });

  test('sockets that can’t be remembered', () => {
    const track = (type: string, call = 'tcp_connect') =>
      refusalsOf(
        kprobe(call, [
          `args: [{index: 0, ${type}}]`,
          'selectors: [{matchActions: [{action: TrackSock, argSock: 0}]}]',
        ]),
        NEW,
      ).join('\n');
    expect(track('type: sock')).toBe('');
    expect(track('type: socket', 'security_socket_connect')).toContain('is read as socket; hook');
    expect(track('type: sock, resolve: sk', 'security_socket_connect')).toContain('is resolved');
    const returned = [
      'return: true',
      'returnArg: {index: 0, type: uint64}',
      'returnArgAction: TrackSock',
    ];
    expect(refusalsOf(kprobe('sk_alloc', returned), NEW)[0]).toContain('returnArg of type sock');
  });

  test('arguments that a way does not have are told', () => {
    const sixth = kprobe('security_inode_rename', args('nop', 'dentry', 'nop', 'nop', 'uint32'));
    expect(warnings(sixth, NEW).join()).not.toContain('is left out');
    const refused = kprobe('security_inode_rename', [
      ...args('nop', 'dentry', 'nop', 'nop', 'uint32'),
      ...acting(REFUSE),
    ]);
    expect(warnings(refused, without('fmodRet'))).toContainEqual(
      expect.stringContaining(
        'argument 4 of security_inode_rename is not given to a program here (LSM program inode_rename)',
      ),
    );
  });

  test('fields along the type that the function has', () => {
    const spec = kprobe('security_bprm_check', ['args: [{index: 0, type: file, resolve: file}]']);
    expect(firstReadings(spec)).toEqual(['FILE@0 steps 64']);
    expect(
      refusalsOf(kprobe('fd_install', ['args: [{index: 0, type: int, resolve: a}]']), NEW)[0],
    ).toContain('argument 0 of fd_install, which is unsigned int');
  });

  test('registers', () => {
    const data = (...names: string[]) => [
      'data:',
      ...names.map((name) => `- {index: 0, type: uint64, source: pt_regs, resolve: ${name}}`),
    ];
    const all = kprobe('fd_install', data('rax', 'ebx', 'r15w', 'dil', 'eflags'));
    expect(firstReadings(all)).toEqual([
      'U64@REGISTERS in_place +80',
      'U32@REGISTERS in_place +40',
      'U16@REGISTERS in_place',
      'U8@REGISTERS in_place +112',
      'U32@REGISTERS in_place +144',
    ]);
    const argument = fentry('fd_install', data('rdi', 'esi'));
    expect(firstReadings(argument)).toEqual(['U64@0', 'U32@1']);
    // A trampoline has no others: a kprobe does it then.
    expect(places(fentry('fd_install', data('rax')))).toEqual(['kprobe fd_install']);
    const arm = { ...NEW, arch: 'arm64' as const };
    expect(firstReadings(kprobe('fd_install', data('x5', 'w5')), arm)).toEqual([
      'U64@REGISTERS in_place +40',
      'U32@REGISTERS in_place +40',
    ]);
    expect(refusalsOf(kprobe('fd_install', data('x5')), NEW)[0]).toContain(
      'register x5 is not read',
    );
  });

  test('types that the kernel has otherwise are told, not refused', () => {
    const doubts = (spec: string) =>
      warnings(spec, NEW)
        .filter((text) => text.includes('on this kernel'))
        .map((text) => text.replace(/^spec\.\w+\[0\]\.?/, ''));
    expect(doubts(kprobe('fd_install', args('int', 'path', 'int')))).toEqual([
      'args[1]: argument 1 of fd_install (file) is struct file * on this kernel, and is read as path',
      'args[2]: fd_install has 2 arguments on this kernel; what stands in argument 2 means nothing',
    ]);
    expect(doubts(kprobe('tcp_connect', args('int')))).toEqual([
      'args[0]: argument 0 of tcp_connect (sk) is struct sock * on this kernel, and is read as int',
    ]);
    expect(
      doubts(kprobe('fd_install', ['return: true', 'returnArg: {index: 0, type: int}'])),
    ).toEqual(['returnArg: fd_install returns nothing on this kernel, and it is read as int']);
    expect(doubts(fentry('sk_alloc', args('nop', 'uint32')))).toEqual([
      'args[1]: argument 1 of sk_alloc (family) is int on this kernel, and is read as uint32',
    ]);
    expect(doubts(lsm('file_open', 'args: [{index: 0, type: path}]'))).toEqual([
      'args[0]: argument 0 of file_open (file) is struct file * on this kernel, and is read as path',
    ]);
    expect(doubts(kprobe('security_mmap_file', args('file', 'uint32', 'int')))).toEqual([]);
  });
});

describe('LSM hooks', () => {
  const open = lsm('file_open', 'args: [{index: 0, type: file}]');

  test('by programs of their own', () => {
    const [point] = hookOf(open, NEW).points;
    expect(point).toMatchObject({
      functionName: 'file_open',
      obtained: 'exact',
      attachment: { kind: 'lsm', hook: 'file_open' },
      canSignal: true,
      canOverride: true,
      refusedBy: [],
    });
    expect(readings(point)).toEqual(['FILE@0']);
  });

  test('types that the policy leaves open', () => {
    const spec = lsm('bprm_check_security', 'args: [{index: 0, resolve: file}]');
    expect(firstReadings(spec)).toEqual(['FILE@0 steps 64']);
  });

  test('else by the function that calls them, which has other arguments', () => {
    const map = lsm('mmap_file', 'args: [{index: 0, type: file}, {index: 2, type: uint64}]');
    expect(firstReadings(map)).toEqual(['FILE@0', 'U64@2']);
    const [point] = hookOf(map, without('lsm')).points;
    expect(point?.obtained).toBe('equivalent: kprobe at security_mmap_file');
    expect(point?.differs).toHaveLength(1);
    expect(readings(point)).toEqual(['FILE@0', 'U64@1']);
  });

  test('refused by themselves, else by the function', () => {
    const refuse = lsm('file_open', ...acting(REFUSE));
    expect(places(refuse)).toEqual(['lsm file_open']);
    expect(places(refuse, without('lsm'))).toEqual([
      'monitor kprobe security_file_open',
      'enforce fmodRet security_file_open',
    ]);
    expect(refusalsOf(refuse, without('lsm', 'fmodRet'))[0]).toContain(
      "file_open can't be refused here",
    );
    expect(refusalsOf(lsm('cred_free', ...acting(REFUSE)), NEW)[0]).toContain('cred_free');
  });

  test('SIGKILL and Override together', () => {
    expect(places(lsm('file_open', ...acting(REFUSE, 'action: Sigkill')))).toEqual([
      'lsm file_open',
    ]);
  });

  test('a hook that kernels have closed to BPF', () => {
    const at = (kernel: HostAbilities['kernel']) =>
      places(lsm('ismaclabel'), {
        ...NEW,
        kernel,
        functionPrototype: (name) =>
          /^(?:bpf_lsm|security)_ismaclabel$/.test(name)
            ? { parameters: [{ name: 'name', type: 'const char *' }], returns: 'int' }
            : NEW.functionPrototype(name),
        hasFunction: () => true,
      });
    expect(at([6, 11])).toEqual(['lsm ismaclabel']);
    expect(at([6, 12])).toEqual(['kprobe security_ismaclabel']);
  });

  test('a hook that returns nothing', () => {
    for (const host of [NEW, without('lsm'), without('lsm', 'fmodRet')])
      expect(refusalsOf(lsm('bprm_committing_creds', ...acting(REFUSE)), host)[0]).toContain(
        'returns nothing',
      );
  });

  test('a hook that the kernel has not', () => {
    expect(refusalsOf(lsm('no_such_hook'), NEW)[0]).toContain('no LSM hook no_such_hook');
  });

  test('hashes', () => {
    const hash = lsm('bprm_check_security', ...acting('action: Post, imaHash: true'));
    expect(places(hash)).toEqual(['lsm bprm_check_security']);
    expect(refusalsOf(hash, without('lsm'))[0]).toContain('IMA');
  });
});

describe('Override of functions', () => {
  const mkdir = kprobe('security_inode_mkdir', [...args('nop', 'dentry'), ...acting(REFUSE)]);

  test('security functions: told by a kprobe, refused by fmod_ret or an LSM program', () => {
    expect(places(mkdir)).toEqual([
      'monitor kprobe security_inode_mkdir',
      'enforce fmodRet security_inode_mkdir',
    ]);
    expect(places(mkdir, without('fmodRet'))).toEqual([
      'monitor kprobe security_inode_mkdir',
      'enforce lsm inode_mkdir',
    ]);
    expect(refusalsOf(mkdir, without('fmodRet', 'lsm'))[0]).toContain(
      "security_inode_mkdir can't be refused here",
    );
  });

  test('an LSM hook with fewer arguments than its function', () => {
    const rename = (at: number) =>
      kprobe('security_inode_rename', [
        ...args('nop', 'dentry', 'nop', 'nop', 'uint32'),
        'selectors:',
        `- matchArgs: [{index: ${at}, operator: ${at === 4 ? 'Equal, values: [1]' : 'Prefix, values: [/a]'}}]`,
        `  matchActions: [{${REFUSE}}]`,
      ]);
    const host = without('fmodRet');
    expect(readings(hookOf(rename(1), host).points[1])).toEqual(
      ['nothing@0', 'DENTRY@1', 'nothing@0', 'nothing@0', 'nothing@4'].map((text) =>
        text === 'nothing@4' ? 'nothing@0' : text,
      ),
    );
    expect(refusalsOf(rename(4), host)[0]).toContain('argument 4 of security_inode_rename');
    expect(places(rename(4))[1]).toBe('enforce fmodRet security_inode_rename');
  });

  test('together with SIGKILL', () => {
    const both = kprobe('security_inode_mkdir', acting(REFUSE, 'action: Sigkill'));
    expect(hookOf(both, NEW).points[1]).toMatchObject({ canSignal: true, canOverride: true });
  });

  test('other functions: only those that a program at a cgroup stands for', () => {
    expect(places(kprobe('tcp_connect', [...args('sock'), ...acting(REFUSE)]))).toEqual([
      'monitor kprobe tcp_connect',
      'enforce cgroup connect',
    ]);
    expect(refusalsOf(kprobe('fd_install', acting(REFUSE)), NEW)[0]).toContain(
      'only system calls, security_ functions and LSM hooks can be',
    );
    expect(refusalsOf(kprobe('security_bprm_committing_creds', acting(REFUSE)), NEW)[0]).toContain(
      'returns nothing',
    );
  });

  test('a filter on the result of what is refused', () => {
    const spec = kprobe('security_inode_mkdir', [
      'return: true',
      'returnArg: {index: 0, type: int}',
      'selectors:',
      '- matchReturnArgs: [{index: 0, operator: Equal, values: [0]}]',
      `  matchActions: [{${REFUSE}}]`,
    ]);
    expect(refusalsOf(spec, NEW)[0]).toContain('a filter looks at what');
  });
});

describe('Override of system calls', () => {
  const refuse = (call: string, ...more: string[]) => kprobe(call, acting(REFUSE, ...more), true);

  test('pending: marked at the entry, refused by an LSM hook', () => {
    expect(places(refuse('sys_symlinkat'))).toEqual(['syscall symlinkat → inode_symlink']);
    expect(places(refuse('sys_symlinkat'), DEBIAN_6_1)).toEqual([
      'syscall symlinkat → inode_symlink',
    ]);
    expect(places(refuse('sys_connect', 'action: Sigkill'))).toEqual([
      'syscall connect → socket_connect',
    ]);
    expect(places(refuse('sys_openat'))).toEqual(['syscall openat → inode_permission']);
    expect(hookOf(refuse('sys_openat'), NEW).points[0]).toMatchObject({
      when: 'always',
      canSignal: true,
      canOverride: true,
    });
    expect(places(kprobe('__sys_connect', acting(REFUSE)))).toEqual([
      'syscall connect → socket_connect',
    ]);
  });

  test('at once where the kernel lets programs replace results', () => {
    expect(places(refuse('sys_dup'), { ...NEW, kprobeOverride: true })).toEqual([
      'monitor syscall dup',
      'enforce kprobeOverride __x64_sys_dup',
    ]);
    expect(places(refuse('sys_dup'), { ...NEW, fmodRetSyscalls: true })).toEqual([
      'monitor syscall dup',
      'enforce fmodRet __x64_sys_dup',
    ]);
  });

  test('pending without LSM programs: answered by fmod_ret', () => {
    expect(places(refuse('sys_symlinkat'), without('lsm'))).toEqual([
      'syscall symlinkat → inode_symlink',
    ]);
    const unknown = {
      ...without('lsm'),
      functionPrototype: (name: string) =>
        name === 'security_inode_symlink' ? undefined : NEW.functionPrototype(name),
    };
    expect(refusalsOf(refuse('sys_symlinkat'), unknown)[0]).toContain('comes to no LSM hook');
    const blind = { ...without('lsm'), rawTracepoints: false };
    expect(refusalsOf(refuse('sys_symlinkat'), blind)[0]).toContain('raw_syscalls tracepoints');
  });

  test('with a filter on the result: what is done at the entry is told, and done whole', () => {
    const spec = (call: string) =>
      kprobe(
        call,
        [
          'return: true',
          'returnArg: {index: 0, type: int}',
          'selectors:',
          '- matchReturnArgs: [{index: 0, operator: Equal, values: [0]}]',
          `  matchActions: [{${REFUSE}}]`,
        ],
        true,
      );
    const atOnce = { ...NEW, kprobeOverride: true };
    expect(places(spec('sys_symlinkat'), atOnce)).toEqual(['syscall symlinkat → inode_symlink']);
    expect(warnings(spec('sys_symlinkat'), atOnce)).toContainEqual(
      expect.stringContaining('Override is done at the entry, whatever the call returns'),
    );
    expect(refusalsOf(spec('sys_dup'), atOnce)[0]).toContain('a filter looks at what');
  });

  test('32-bit calls, which nothing sees', () => {
    const told = (host: HostAbilities) => warnings(refuse('sys_symlinkat'), host).join();
    expect(told(NEW)).toContain('int 0x80');
    expect(told({ ...NEW, arch: 'arm64' })).not.toContain('int 0x80');
    expect(warnings(kprobe('sys_symlinkat', [], true), NEW).join()).not.toContain('int 0x80');
  });

  test('at a cgroup without LSM programs, and not at all', () => {
    expect(places(refuse('sys_connect'), without('lsm', 'fmodRet'))).toEqual([
      'monitor syscall connect',
      'enforce cgroup connect',
    ]);
    expect(refusalsOf(refuse('sys_symlinkat'), without('lsm', 'fmodRet'))[0]).toContain(
      "symlinkat can't be refused here",
    );
    expect(refusalsOf(refuse('sys_dup'), NEW)[0]).toContain('dup comes to no LSM hook');
  });

  test('what comes out otherwise than asked for is told', () => {
    expect(warnings(refuse('sys_reboot'), NEW)).toContainEqual(
      expect.stringContaining('the caller sees EPERM'),
    );
    expect(warnings(refuse('sys_ptrace'), NEW)).toContainEqual(
      expect.stringContaining('requests to a process that is traced already go on'),
    );
    expect(warnings(refuse('sys_mkdir'), NEW).join()).not.toContain('the caller sees');
    const silent = acting('action: Override, argError: -38');
    expect(warnings(kprobe('sys_prctl', silent, true), NEW)).toContainEqual(
      expect.stringContaining('prctl goes on with argError -38'),
    );
  });
});

describe('enforcers', () => {
  const enforcer = (calls: string, action: string) =>
    `  enforcers: [{calls: [${calls}]}]\n  tracepoints:\n  - subsystem: raw_syscalls\n    event: sys_enter\n    args: [{index: 4, type: syscall64}]\n    selectors: [{matchActions: [{action: ${action}}]}]`;
  const REFUSAL = 'NotifyEnforcer, argError: -1';

  test('their calls, with the hooks that refuse them', () => {
    const { enforced, hooks } = planned(
      enforcer('sys_mkdir, sys_kill, security_file_open, sys_mkdir', REFUSAL),
      NEW,
    );
    expect(enforced).toMatchObject([
      { name: 'sys_mkdir', syscall: 'mkdir', hooks: ['inode_mkdir'], obstacle: undefined },
      { name: 'sys_kill', syscall: 'kill', hooks: ['task_kill'] },
      { name: 'security_file_open', syscall: undefined, hooks: ['file_open'] },
    ]);
    expect(hooks[0]?.selectors[0]?.enforces).toBe(true);
  });

  test('a call that can’t be refused is a mistake, unless its process is to be killed', () => {
    expect(refusalsOf(enforcer('sys_dup', REFUSAL), NEW)).toEqual([
      "spec.enforcers: sys_dup can't be refused here: it comes to no LSM hook",
    ]);
    expect(refusalsOf(enforcer('sys_mkdir', REFUSAL), without('lsm', 'fmodRet'))).toHaveLength(1);
    expect(refusalsOf(enforcer('security_bprm_committing_creds', REFUSAL), NEW)[0]).toContain(
      'returns nothing',
    );
    const killing = enforcer('sys_dup', `${REFUSAL}, argSig: 9`);
    expect(planned(killing, NEW).enforced).toMatchObject([
      { syscall: 'dup', hooks: [], obstacle: 'it comes to no LSM hook' },
    ]);
    expect(warnings(killing, NEW)).toContainEqual(
      expect.stringContaining('its process gets the signal all the same'),
    );
    expect(warnings(enforcer('sys_dup', 'NotifyEnforcer, argSig: 9'), NEW).join()).not.toContain(
      'refused here',
    );
  });

  test('at the return of a call it is too late to have it refused', () => {
    const late = enforcer('sys_mkdir', REFUSAL).replace('sys_enter', 'sys_exit');
    expect(refusalsOf(late, NEW)[0]).toContain('the call is over there');
    const signals = enforcer('sys_mkdir', 'NotifyEnforcer, argSig: 9');
    const later = refusalsOf(signals.replace('sys_enter', 'sys_exit'), NEW);
    expect(later.join()).not.toContain('the call is over there');
  });

  test('calls of lists, and of other machines', () => {
    const spec = `  lists: [{name: l, type: syscalls, values: [sys_mkdir, __ia32_sys_mkdir]}]\n${enforcer('"list:l"', REFUSAL)}`;
    expect(planned(spec, NEW).enforced).toMatchObject([
      { syscall: 'mkdir', hooks: ['inode_mkdir'] },
    ]);
    expect(warnings(spec, NEW)).toContainEqual(expect.stringContaining('32-bit system calls'));
    expect(refusalsOf(enforcer('__ia32_sys_mkdir', REFUSAL), NEW)[0]).toContain(
      'none of these calls can be had here',
    );
  });

  test('where BPF is no security module: at the functions that call the hooks', () => {
    expect(
      planned(enforcer('sys_mkdir, security_file_open', REFUSAL), without('lsm')).enforced,
    ).toMatchObject([{ hooks: ['inode_mkdir'] }, { hooks: ['file_open'] }]);
  });

  test('only signals: nothing is attached to refuse', () => {
    expect(planned(enforcer('sys_mkdir', 'NotifyEnforcer, argSig: 9'), NEW).enforced).toMatchObject(
      [{ hooks: [], obstacle: expect.stringContaining('no NotifyEnforcer has an argError') }],
    );
  });

  test('calls of which a part goes on, or that get another error', () => {
    const told = (call: string, error: number) =>
      warnings(enforcer(call, `NotifyEnforcer, argError: ${error}`), NEW).join('\n');
    expect(told('sys_prctl', -38)).toContain('prctl goes on with argError -38');
    expect(told('sys_prctl', -1)).toContain('PR_CAPBSET_DROP');
    expect(told('sys_prctl', -1)).not.toContain('goes on with');
    expect(told('sys_reboot', -13)).toContain('refused with EPERM, whatever argError says');
  });

  test('their result can’t be replaced when it is there', () => {
    const late = (action: string) =>
      refusalsOf(
        `  enforcers: [{calls: [sys_mkdir]}]\n${kprobe(
          'sys_mkdir',
          [
            'return: true',
            'returnArg: {index: 0, type: int}',
            'selectors:',
            '- matchReturnArgs: [{index: 0, operator: Equal, values: [0]}]',
            `  matchReturnActions: [{${action}}]`,
          ],
          true,
        )}`,
        NEW,
      ).join('\n');
    expect(late('action: Override, argError: -1')).toContain('too late to refuse it');
    expect(late('action: NotifyEnforcer, argError: -1')).toContain('too late to refuse it');
    expect(late('action: NotifyEnforcer, argSig: 9')).not.toContain('too late');
  });

  test('nobody notifies them', () => {
    const spec =
      '  enforcers: [{calls: [sys_mkdir]}]\n  kprobes:\n  - {call: sys_dup, syscall: true}';
    expect(planned(spec, NEW).enforced).toEqual([]);
    expect(warnings(spec, NEW)).toContainEqual(expect.stringContaining('never refused'));
  });
});

test('Set, where programs may write into others', () => {
  const spec =
    '  usdts:\n  - path: /bin/bash\n    provider: a\n    name: b\n    args: [{index: 0, type: int32}]\n    selectors: [{matchActions: [{action: Set, argIndex: 0, argValue: 1}]}]';
  expect(hookOf(spec, NEW).selectors[0]?.enforces).toBe(true);
  expect(refusalsOf(spec, { ...NEW, writeUser: false })[0]).toContain('memory of another program');
});

test('loader: a hook of our own behind those of the policy', () => {
  const [hook] = planned('  loader: true', NEW).hooks;
  expect(hook?.hook.field).toBe('spec.loader');
  expect(hook?.points.map(placeOf)).toEqual(['kprobe security_mmap_file']);
  expect(readings(hook?.points[0])).toEqual(['FILE@0', 'U64@1']);
  // Where the function can't be hooked, exec's own mappings are told of as well.
  expect(planned('  loader: true').hooks[0]?.points.map(placeOf)).toEqual([
    'syscall mmap',
    'rawTracepoint sched_process_exec',
  ]);
});
