import { describe, expect, test } from 'vitest';
import { missingSiblings } from '../../../src/policies/siblings.ts';
import { kprobe, on, warnings } from './planHost.ts';

const about = (spec: string, part: string) =>
  warnings(spec).filter((warning) => warning.includes(part));

const FILE = ['args: [{index: 0, type: file}, {index: 1, type: int}]'];
const selector = (...parts: string[]) => [
  'selectors:',
  `- ${parts[0]}`,
  ...parts.slice(1).map((part) => `  ${part}`),
];
const KILL = 'matchActions: [{action: Sigkill}]';
const BY = (path: string) => `matchBinaries: [{operator: In, values: [${path}]}]`;
const enforcing = (...parts: string[]) =>
  kprobe('security_file_permission', [...FILE, ...selector(...parts, KILL)]);

describe('siblings', () => {
  test('of a call that isn’t covered', () => {
    expect(about(kprobe('sys_symlinkat', [], true), 'symlink does the same as symlinkat')).toEqual([
      'spec.kprobes[0]: symlink does the same as symlinkat and is not watched (symlink() of glibc uses symlink)',
    ]);
    const both = `${kprobe('sys_symlinkat', [], true)}\n  - {call: sys_symlink, syscall: true}`;
    expect(about(both, 'does the same')).toEqual([]);
  });

  test('only calls that the architecture has', () => {
    expect(missingSiblings('openat', new Set(['openat']), 'arm64')).toEqual([
      'openat2',
      'open_by_handle_at',
    ]);
    expect(missingSiblings('openat', new Set(['openat', 'openat2']), 'x64')).toEqual([
      'open',
      'creat',
      'open_by_handle_at',
    ]);
    expect(missingSiblings('close', new Set(['close']), 'x64')).toEqual([]);
  });

  test('io_uring', () => {
    expect(about(kprobe('sys_openat', [], true), 'io_uring')).toHaveLength(1);
    expect(about(kprobe('sys_ptrace', [], true), 'io_uring')).toEqual([]);
  });

  test('equivalents are told by what differs, not by these', () => {
    expect(about(kprobe('security_inode_mkdir'), 'does the same')).toEqual([]);
  });
});

describe('what a filter looks at', () => {
  const open = (filter: string) =>
    kprobe(
      'sys_openat',
      [
        'args: [{index: 1, type: string}, {index: 2, type: int}]',
        ...selector(`matchArgs: [${filter}]`),
      ],
      true,
    );

  test('texts in the caller’s memory are raced for', () => {
    expect(
      about(open('{index: 1, operator: Prefix, values: [/etc]}'), 'another thread'),
    ).toHaveLength(1);
    expect(about(open('{index: 2, operator: Mask, values: [1]}'), 'another thread')).toEqual([]);
  });

  test('negations of paths, and of networks of one kind', () => {
    expect(
      about(
        kprobe('security_file_permission', [
          ...FILE,
          ...selector('matchArgs: [{index: 0, operator: NotPrefix, values: [/a]}]'),
        ]),
        'has no path',
      ),
    ).toHaveLength(1);
    const connect = (values: string) =>
      kprobe('tcp_connect', [
        'args: [{index: 0, type: sock}]',
        ...selector(`matchArgs: [{index: 0, operator: NotDAddr, values: [${values}]}]`),
      ]);
    expect(about(connect('10.0.0.0/8'), 'every IPv6 address')).toHaveLength(1);
    expect(about(connect('"::1"'), 'every IPv4 address')).toHaveLength(1);
    expect(about(connect('10.0.0.0/8, "::/0"'), 'counts as outside')).toEqual([]);
  });
});

describe('binaries', () => {
  test('links, scripts, and files that are not there', () => {
    const watch = (path: string) => kprobe('sys_dup', selector(BY(path)), true);
    expect(about(watch('/bin/cat'), '/bin/cat leads to /usr/bin/cat here')).toHaveLength(1);
    expect(about(watch('/usr/bin/cat'), 'leads to')).toEqual([]);
    expect(about(watch('/nowhere/x'), 'there is no /nowhere/x')).toHaveLength(1);
    expect(about(watch('/usr/bin/backup.sh'), 'a script runs as its interpreter')).toHaveLength(1);
  });
});

describe('what is hit', () => {
  test('everything', () => {
    expect(about(kprobe('sys_dup', [], true), 'there are no selectors')).toHaveLength(1);
    const post = kprobe('sys_dup', selector('matchActions: [{action: Post}]'), true);
    expect(about(post, 'it matches every call of every process')).toHaveLength(1);
    const kill = kprobe('sys_dup', selector(KILL), true);
    expect(about(kill, 'it acts on every process of the machine')).toHaveLength(1);
  });

  test('selectors behind one that takes all', () => {
    const spec = kprobe(
      'sys_dup',
      ['selectors:', '- matchActions: [{action: Post}]', `- ${BY('/usr/bin/x')}`],
      true,
    );
    expect(about(spec, 'never come into play')).toHaveLength(1);
  });

  test('the operator’s own session', () => {
    const path = 'matchArgs: [{index: 0, operator: Prefix, values: [/etc]}]';
    expect(about(enforcing(path), 'your own shell')).toHaveLength(1);
    expect(about(enforcing(path, BY('/usr/bin/x')), 'your own shell')).toEqual([]);
    expect(
      about(enforcing(path, BY('/usr/bin/bash')), 'the session from which you work'),
    ).toHaveLength(1);
    expect(
      about(enforcing(path, BY('/usr/sbin/sshd')), 'the session from which you work'),
    ).toHaveLength(1);
  });

  test('SIGKILL that comes after the effect', () => {
    expect(
      about(enforcing(BY('/usr/bin/x')), 'what SIGKILL does here: the process dies before write'),
    ).toHaveLength(1);
    const unlink = kprobe('sys_unlink', selector(BY('/usr/bin/x'), KILL), true);
    expect(about(unlink, 'the call itself still happens')).toHaveLength(1);
    const connect = kprobe('tcp_connect', selector(BY('/usr/bin/x'), KILL));
    expect(about(connect, 'what SIGKILL does here')).toEqual([
      'spec.kprobes[0]: what SIGKILL does here: the connection request is still sent; the process dies before it can use the connection',
    ]);
  });

  test('an enforcing hook that is missing', () => {
    const spec = `${kprobe('override_creds', selector(KILL))}\n  - {call: sys_dup, syscall: true}`;
    expect(about(spec, 'what it is to prevent is not prevented')).toHaveLength(1);
  });

  test('containers', () => {
    const spec = `  podSelector: {matchLabels: {app: web}}\n${kprobe('sys_dup', [], true)}`;
    expect(about(spec, 'containers are matched by what this host knows')).toHaveLength(1);
  });
});

test('results that are not waited for, and buffers that are cut', () => {
  const spec = kprobe('tcp_close', [
    'args: [{index: 0, type: sock}]',
    'return: true',
    'returnArg: {index: 0, type: int}',
  ]);
  expect(about(spec, 'the result of the call is not waited for')).toHaveLength(1);
  const write = kprobe(
    'sys_write',
    ['args: [{index: 1, type: char_buf, sizeArgIndex: 3, maxData: true}]'],
    true,
  );
  expect(about(write, 'at most 4095 bytes')).toHaveLength(1);
});

test('a policy without flaws has no warnings', () => {
  const spec = kprobe('sys_ptrace', selector(BY('/usr/bin/x')), true);
  expect(warnings(spec, on({}))).toEqual([
    'spec.kprobes[0]: process_vm_readv, process_vm_writev do the same as ptrace and are not watched',
  ]);
});
