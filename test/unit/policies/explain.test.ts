import { describe, expect, test } from 'vitest';
import { explainPolicy } from '../../../src/policies/explain.ts';
import { parsePolicies } from '../../../src/policies/parse.ts';
import { describeSelector } from '../../../src/policies/words.ts';
import { kprobe, planned } from './planHost.ts';
import { changed, policyWith, SAMPLE } from './sample.ts';

function policyOf(source: string) {
  const { policies, errors } = parsePolicies(source, 'p.yaml');
  if (!policies?.[0])
    throw new Error(`mistakes: ${errors?.map(({ message }) => message).join('\n')}`);
  return policies[0];
}

const words = (source: string) => {
  const hook = policyOf(source).hooks[0];
  const selector = hook?.selectors[0];
  return hook && selector && describeSelector(hook, selector);
};

describe('selectors', () => {
  const filters = (text: string) => changed(/matchArgs:[\s\S]*/, text);

  test.each<[string, string]>([
    ['path begins with /etc/, by /bin/cat', SAMPLE],
    ['every call', filters('matchActions: []\n')],
    [
      'write, path is /a or /b',
      filters(
        'matchArgs: [{index: 0, operator: Equal, values: [/a, /b]}, {index: 1, operator: Equal, values: [0x2]}]\n',
      ),
    ],
    [
      'not read or write, path is not /a',
      filters(
        'matchArgs: [{index: 0, operator: NotEqual, values: [/a]}, {index: 1, operator: NotEqual, values: [4, "2"]}]\n',
      ),
    ],
    [
      '7, path does not begin with /a',
      filters(
        'matchArgs: [{index: 0, operator: NotPrefix, values: [/a]}, {index: 1, operator: Equal, values: [7]}]\n',
      ),
    ],
    ['file type is dir', filters('matchArgs: [{index: 0, operator: FileType, values: [dir]}]\n')],
    ['by anything but /a or /b', filters('matchBinaries: [{operator: NotIn, values: [/a, /b]}]\n')],
    [
      'by /a or what they start',
      filters('matchBinaries: [{operator: In, values: [/a], followChildren: true}]\n'),
    ],
    [
      'by anything but process 1 (as its pid namespace counts) or its descendants',
      filters(
        'matchPIDs: [{operator: NotIn, values: [1], isNamespacePID: true, followForks: true}]\n',
      ),
    ],
    [
      'outside the host’s pid namespace, with CAP_SYS_ADMIN or CAP_NET_RAW',
      filters(
        'matchNamespaces: [{namespace: Pid, operator: NotIn, values: [host_ns]}]\n      matchCapabilities: [{operator: In, values: [CAP_SYS_ADMIN, CAP_NET_RAW]}]\n',
      ),
    ],
  ])('%s', (expected, source) => {
    expect(words(source)).toBe(expected);
  });

  test('sockets', () => {
    const spec = kprobe('tcp_connect', [
      'args: [{index: 0, type: sock}]',
      'selectors:',
      '- matchArgs:',
      '  - {index: 0, operator: NotDAddr, values: [10.0.0.0/8, "::1"]}',
      '  - {index: 0, operator: DPort, values: ["53", "1000:2000"]}',
      '  - {index: 0, operator: Protocol, values: [IPPROTO_TCP]}',
      '  - {index: 0, operator: SPortPriv}',
    ]);
    expect(words(policyWith(spec))).toBe(
      'destination address is not 10.0.0.0/8 or ::1, destination port is 53 or 1000 to 2000, protocol is TCP, source port is below 1024',
    );
  });

  test('arguments by their names, and results', () => {
    const spec = kprobe(
      'sys_openat',
      [
        'args: [{index: 1, type: string}, {index: 2, type: int}]',
        'return: true',
        'returnArg: {index: 0, type: int}',
        'data: [{index: 0, type: int, source: current_task, resolve: cred.uid.val}]',
        'selectors:',
        '- matchArgs: [{index: 1, operator: Postfix, values: [.key]}, {index: 2, operator: Mask, values: [3]}]',
        '  matchData: [{index: 0, operator: NotEqual, values: [0]}]',
        '  matchReturnArgs: [{index: 0, operator: LT, values: [0]}]',
      ],
      true,
    );
    expect(words(policyWith(spec))).toBe(
      'filename ends in .key, flags has a bit of 0x3, cred.uid.val is not 0, the result is less than 0',
    );
  });

  test('long lists are cut', () => {
    const values = Array.from({ length: 20 }, (_, index) => `/${index}`).join(', ');
    expect(words(filters(`matchBinaries: [{operator: In, values: [${values}]}]\n`))).toBe(
      'by /0 or /1 or /2 or /3 or /4 or /5 or /6 or 13 more',
    );
  });
});

describe('policies', () => {
  test('one that acts', () => {
    expect(explainPolicy(policyOf(SAMPLE))).toEqual([
      'Kills any /bin/cat that reads or writes a file below /etc/.',
      'Policy sample watches, and acts on processes when it is armed.',
      'Watches reads and writes of files (security_file_permission).',
      '  Path begins with /etc/, by /bin/cat: the process is killed, an event is written.',
    ]);
  });

  test('one that watches, with its plan here', () => {
    const spec = kprobe(
      'sys_unlink',
      [
        'message: gone',
        'selectors:',
        '- matchBinaries: [{operator: In, values: [/usr/bin/x]}]',
        '  matchActions: [{action: Post, rateLimit: "1m", rateLimitScope: process, kernelStackTrace: true}]',
        '- matchActions: [{action: NoPost}]',
      ],
      true,
    );
    const plan = planned(
      `${spec}\n  - {call: override_creds, syscall: false}\n  - {call: security_inode_rmdir, syscall: false}`,
    );
    expect(explainPolicy(plan.policy, plan)).toEqual([
      'Tells of any process that takes other credentials for a while or removes a directory. The first that fits counts: (1) tells of any /usr/bin/x that deletes a file, at most once a minute for each process, with the kernel’s stack; (2) says nothing of any process that deletes a file.',
      'Policy sample only watches.',
      'Watches the system call unlink.',
      '  Its message: gone',
      '  The first of these that matches counts:',
      '    1. by /usr/bin/x: an event is written, at most once in 60 s for each process with the kernel stack.',
      '    2. every call: no event is written.',
      '  Here: exactly so, by raw sys_enter.',
      'Watches the function override_creds.',
      '  Every call: an event is written.',
      '  Not to be had here: override_creds: the kernel calls it inside other calls, with no tracepoint.',
      'Watches the function security_inode_rmdir.',
      '  Every call: an event is written.',
      '  Here: equivalent: entry of rmdir (raw sys_enter).',
      '  Here: equivalent: entry of unlinkat (raw sys_enter).',
      ...[
        'sees the attempt, not the outcome: a call that fails is told too',
        'paths are as the caller wrote them: relative ones, links and the caller’s chroot are not followed',
        'not seen: io_uring, 32-bit system calls, and what the kernel does itself',
        'the return value is that of the system call, for security functions 0 when it succeeded',
      ].map((text) => `    What differs: ${text}.`),
    ]);
  });

  test.each<[string, string]>([
    ['It has no hooks: it does nothing.', policyWith('  options: []')],
    [
      'It asks for enforce mode.',
      policyWith(
        `  options: [{name: policy-mode, value: enforce}]\n${kprobe('sys_dup', [], true)}`,
      ),
    ],
    [
      'It is for pods with app=web alone.',
      policyWith(`  podSelector: {matchLabels: {app: web}}\n${kprobe('sys_dup', [], true)}`),
    ],
    [
      'Watches readline or main in /bin/bash.',
      policyWith('  uprobes:\n  - {path: /bin/bash, symbols: [readline, main]}'),
    ],
    [
      'Watches the raw tracepoint sched/sched_switch.',
      policyWith('  tracepoints:\n  - {subsystem: sched, event: sched_switch, raw: true}'),
    ],
    [
      'Watches opens of files (security_file_open).',
      policyWith('  lsmhooks:\n  - {hook: file_open}'),
    ],
    [
      '  Every call: the process gets SIGUSR1, the call is refused with EPERM, an event is written.',
      policyWith(
        `${kprobe('sys_dup', ['selectors: [{matchActions: [{action: Signal, argSig: 10}, {action: Override, argError: -1}]}]'], true)}`,
      ),
    ],
  ])('%s', (line, source) => {
    expect(explainPolicy(policyOf(source))).toContain(line);
  });
});
