import { describe, expect, test } from 'vitest';
import { isFailure } from '../../../src/agent/aggregate/ending.ts';
import { readHit } from '../../../src/agent/aggregate/hit.ts';
import { binaryOf, createProgram, textsOf } from '../../../src/agent/aggregate/program.ts';
import { readProcess } from '../../../src/events/wire/process.ts';
import { spanOf } from '../../../src/events/wire/span.ts';
import { execRecord, fileArgument, intArgument, policyRecord, value } from '../wire/records.ts';

const who = {
  tgid: 1,
  tid: 1,
  ktime: 1n,
  parentTgid: 0,
  parentKtime: 0n,
  cloned: false,
  bootToWall: 0n,
  node: 'n',
  inInitTree: false,
};

describe('programs', () => {
  test.each([
    ['absolute', { filename: '/bin/x', cwd: '/tmp', args: 'x\0a b\0\0' }],
    ['relative', { filename: './x', cwd: '/tmp/y', args: 'x\0' }],
    ['upwards', { filename: '../../../x', cwd: '/tmp/y', args: '' }],
    ['in a container', { filename: '/x', cgroup: `cri-containerd-${'0f'.repeat(32)}.scope` }],
    ['not in a container', { filename: '/x', cgroup: 'session-1.scope' }],
    ['no UTF-8', { filename: '/bin/\ufffdx', args: 'x\0\x1b[31m\0' }],
  ])('%s: the same as in events', (_, texts) => {
    const record = execRecord(texts, { euid: 1000 });
    const full = readProcess(record, who);
    const program = createProgram(record);
    expect(binaryOf(program)).toBe(full.binary);
    expect(textsOf(program)).toEqual({
      arguments: full.arguments,
      uid: full.uid,
      container: full.docker ?? '',
    });
  });

  test('are decoded once', () => {
    const program = createProgram(execRecord({ filename: '/bin/x' }));
    expect(textsOf(program)).toBe(textsOf(program));
    program.record.fill(0);
    expect(textsOf(program).container).toBe('');
    const cached = createProgram(execRecord({ filename: '/bin/x' }));
    binaryOf(cached);
    cached.record.fill(0);
    expect(binaryOf(cached)).toBe('/bin/x');
  });

  test('of which nothing is known', () => {
    const program = createProgram(new Uint8Array());
    expect(binaryOf(program)).toBe('');
    expect(textsOf(program)).toEqual({ arguments: '', uid: 0, container: '' });
    expect(binaryOf(createProgram(execRecord({ cwd: '/' })))).toBe('');
  });
});

test('failures: any status but 0, any signal', () => {
  expect([0, 0x80, 256, 255 << 8, 1, 15, 11 | 0x80].map(isFailure)).toEqual([
    false,
    false,
    true,
    true,
    true,
    true,
    true,
  ]);
});

describe('hits', () => {
  const read = (record: Uint8Array) => readHit(spanOf(record));

  test('a file or a connection among the arguments, wherever it is', () => {
    const file = fileArgument('/etc/passwd', 0o100644);
    const sock = value('TG_TYPE_SOCK', { body: new Uint8Array(72) });
    expect(read(policyRecord([file, intArgument(4n)])).subject).toBe('file');
    expect(read(policyRecord([intArgument(4n), file])).subject).toBe('file');
    expect(read(policyRecord([intArgument(4n), sock, file])).subject).toBe('network');
    expect(read(policyRecord([intArgument(4n)])).subject).toBeUndefined();
    expect(read(policyRecord([])).subject).toBeUndefined();
    expect(read(policyRecord([intArgument(4n)], { count: 1000 })).subject).toBeUndefined();
    // What a call returned is not what it is about.
    expect(read(policyRecord([intArgument(4n)], { returned: file })).subject).toBeUndefined();
  });

  test.each([
    ['TG_TYPE_FD', 'file'],
    ['TG_TYPE_KIOCB', 'file'],
    ['TG_TYPE_PATH', 'file'],
    ['TG_TYPE_DENTRY', 'file'],
    ['TG_TYPE_FILENAME', 'file'],
    ['TG_TYPE_LINUX_BINPRM', 'file'],
    ['TG_TYPE_SOCKET', 'network'],
    ['TG_TYPE_SKB', 'network'],
    ['TG_TYPE_SOCKADDR', 'network'],
    ['TG_TYPE_NET_DEVICE', 'network'],
    ['TG_TYPE_SOCKADDR_UN', undefined],
    ['TG_TYPE_STRING', undefined],
  ] as const)('%s is about %s', (type, subject) => {
    expect(read(policyRecord([value(type)])).subject).toBe(subject);
  });

  test.each([
    ['TG_OUTCOME_OBSERVED', false, false],
    ['TG_OUTCOME_WOULD_ACT', false, false],
    ['TG_OUTCOME_KILLED', true, false],
    ['TG_OUTCOME_SIGNALLED', false, false],
    ['TG_OUTCOME_OVERRIDDEN', false, true],
    ['TG_OUTCOME_PROTECTED', false, false],
    ['TG_OUTCOME_WRONG_CONTEXT', false, false],
    ['TG_OUTCOME_FAILED', false, false],
  ] as const)('%s: killed %s, denied %s', (outcome, killed, denied) => {
    expect(read(policyRecord([], { outcome }))).toMatchObject({
      time: 3000,
      subject: undefined,
      killed,
      denied,
    });
  });
});
