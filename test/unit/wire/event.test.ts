import { describe, expect, test } from 'vitest';
import type { EventOf, KprobeArgument } from '../../../src/events/types.ts';
import { type EventContext, formatPermission, readEvent } from '../../../src/events/wire/event.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from '../../../src/events/wire/packed.ts';
import {
  tg_text_flag as FLAG,
  type tg_mode,
  type tg_outcome,
} from '../../../src/generated/layouts.ts';
import { execRecord, exitRecord, fileArgument, intArgument, policyRecord } from './records.ts';

const context: EventContext = {
  node: 'n',
  hookNames: (policy, hook) =>
    policy === 2 && hook === 5
      ? {
          policyName: 'p',
          functionName: 'f',
          message: 'm',
          tags: ['t'],
          labels: [undefined, 'access'],
          obtained: 'o',
        }
      : undefined,
  parent: () => undefined,
};

const exec = execRecord(
  { filename: '/bin/x', exe: '/bin/x', cwd: '/', args: 'x\0' },
  { ktime: 1000n },
);

const packed = (
  kind: PackedEvent['kind'],
  payload: Uint8Array,
  fields: Partial<PackedEvent> = {},
): PackedEvent => ({
  kind,
  flags: 0,
  time: 5_000_003_000n,
  tgid: 100,
  tid: 101,
  ktime: 1000n,
  parentTgid: 50,
  parentKtime: 500n,
  payload,
  process: kind === PACKED_KIND.exec ? payload : exec,
  ...fields,
});

const readPolicy = (payload: Uint8Array, known = true): EventOf<'process_kprobe'> => {
  const event = readEvent(
    packed(PACKED_KIND.policy, payload),
    known ? context : { ...context, hookNames: () => undefined },
  );
  if (event.kind !== 'process_kprobe') throw new Error(event.kind);
  return event;
};

describe('exec and exit', () => {
  test('an exec', () => {
    expect(
      readEvent(packed(PACKED_KIND.exec, exec, { time: 5_000_001_000n }), context),
    ).toMatchObject({
      kind: 'process_exec',
      nodeName: 'n',
      time: 5_000_001_000n,
      process: { binary: '/bin/x', startTime: 5_000_001_000n, tid: 101 },
    });
  });

  test('the parent, where it is known', () => {
    const parent = {
      execId: 'e',
      cwd: '',
      binary: '/p',
      arguments: '',
      flags: '',
      parentExecId: '',
    };
    const asked: unknown[] = [];
    const event = readEvent(packed(PACKED_KIND.exec, exec), {
      ...context,
      parent: (...question) => {
        asked.push(question);
        return parent;
      },
    });
    expect(asked).toEqual([[50, 500n]]);
    expect(event).toMatchObject({ parent });
    expect(readEvent(packed(PACKED_KIND.exec, exec), context)).not.toHaveProperty('parent');
  });

  test.each<[number, number, string | undefined]>([
    [0, 0, undefined],
    [7 << 8, 7, undefined],
    [255 << 8, 255, undefined],
    [9, 0, 'SIGKILL'],
    [15, 0, 'SIGTERM'],
    [11 | 0x80, 0, 'SIGSEGV'], // with a core dump
  ])('exit code %i', (code, status, signal) => {
    const event = readEvent(packed(PACKED_KIND.exit, exitRecord(code)), context);
    expect(event).toMatchObject({ kind: 'process_exit', status, exitTime: 5_000_003_000n });
    expect('signal' in event ? event.signal : undefined).toBe(signal);
  });

  test('the exit of a forked child, and of a process of which nothing is known', () => {
    const cloned = readEvent(
      packed(PACKED_KIND.exit, exitRecord(0), { flags: PACKED_FLAG.cloned }),
      context,
    );
    expect(cloned).toMatchObject({ process: { binary: '/bin/x', flags: 'rootcwd clone' } });
    const unknown = readEvent(
      packed(PACKED_KIND.exit, exitRecord(0), {
        flags: PACKED_FLAG.unknownProcess,
        process: new Uint8Array(),
      }),
      context,
    );
    expect(unknown).toMatchObject({ process: { pid: 100, flags: 'unknown' } });
  });
});

describe('policy events', () => {
  test('names come from the policy, labels by position', () => {
    expect(
      readPolicy(policyRecord([fileArgument('/etc/a', 0o100644), intArgument(-5n)])),
    ).toMatchObject({
      policyName: 'p',
      functionName: 'f',
      message: 'm',
      tags: ['t'],
      action: 'KPROBE_ACTION_POST',
      args: [
        { kind: 'file_arg', value: { path: '/etc/a', permission: '-rw-r--r--' } },
        { kind: 'int_arg', value: -5, label: 'access' },
      ],
      trigon: { obtained: 'o', mode: 'monitor' },
    });
    expect(readPolicy(policyRecord([]), false)).toMatchObject({
      policyName: '',
      functionName: '',
      args: [],
    });
  });

  test.each<[keyof typeof tg_outcome, keyof typeof tg_mode, object]>([
    [
      'TG_OUTCOME_WOULD_KILL',
      'TG_MODE_MONITOR',
      { mode: 'monitor', outcome: 'withheld', outcomeReason: 'monitor mode' },
    ],
    ['TG_OUTCOME_KILLED', 'TG_MODE_ENFORCE', { mode: 'enforce', outcome: 'applied' }],
    [
      'TG_OUTCOME_PROTECTED',
      'TG_MODE_ENFORCE',
      { mode: 'enforce', outcome: 'skipped', outcomeReason: 'protected process' },
    ],
    [
      'TG_OUTCOME_EXPIRED',
      'TG_MODE_MONITOR',
      { outcome: 'skipped', outcomeReason: 'arming expired' },
    ],
    ['TG_OUTCOME_FUSED', 'TG_MODE_MONITOR', { outcome: 'skipped', outcomeReason: 'fuse blown' }],
    ['TG_OUTCOME_FAILED', 'TG_MODE_ENFORCE', { outcome: 'failed' }],
  ])('%s', (outcome, mode, trigon) => {
    expect(readPolicy(policyRecord([], { outcome, mode, kills: true }))).toMatchObject({
      action: 'KPROBE_ACTION_SIGKILL',
      trigon,
    });
  });

  test.each<[string, Uint8Array[], KprobeArgument[]]>([
    [
      'paths of every length keep what follows in place',
      [1, 2, 7, 8, 9, 4096].flatMap((n) => [
        fileArgument('x'.repeat(n), 0),
        intArgument(BigInt(n)),
      ]),
      [1, 2, 7, 8, 9, 4096].flatMap((n): KprobeArgument[] => [
        { kind: 'file_arg', value: { path: 'x'.repeat(n), permission: '----------' } },
        { kind: 'int_arg', value: n },
      ]),
    ],
    [
      'a deleted file',
      [fileArgument('/a', 0, FLAG.TG_PATH_DELETED)],
      [{ kind: 'file_arg', value: { path: '/a (deleted)', permission: '----------' } }],
    ],
    [
      'a file without a path',
      [fileArgument('', 0o10600, FLAG.TG_PATH_PARTIAL)],
      [
        {
          kind: 'file_arg',
          value: { path: '', flags: 'unresolvedPathComponents', permission: 'prw-------' },
        },
      ],
    ],
  ])('%s', (_, args, expected) => {
    const { args: read } = readPolicy(policyRecord(args));
    expect(read.map(({ label: _label, ...arg }) => arg)).toEqual(expected);
  });

  test('a shape of a later version keeps its place; a record that promises too much ends', () => {
    const unknown = Uint8Array.of(99, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    expect(readPolicy(policyRecord([unknown, intArgument(3n)])).args).toEqual([
      { kind: 'unknown' },
      { kind: 'int_arg', value: 3, label: 'access' },
    ]);
    expect(readPolicy(policyRecord([intArgument(3n)], { count: 5 })).args).toHaveLength(1);
  });
});

test.each<[number, string]>([
  [0o100644, '-rw-r--r--'],
  [0o040755, 'drwxr-xr-x'],
  [0o120777, 'lrwxrwxrwx'],
  [0o010600, 'prw-------'],
  [0o140755, 'srwxr-xr-x'],
  [0o020620, 'crw--w----'],
  [0o060660, 'brw-rw----'],
  [0o104755, '-rwsr-xr-x'],
  [0o104644, '-rwSr--r--'],
  [0o102755, '-rwxr-sr-x'],
  [0o102644, '-rw-r-Sr--'],
  [0o041777, 'drwxrwxrwt'],
  [0o041776, 'drwxrwxrwT'],
])('mode %o', (mode, text) => {
  expect(formatPermission(mode)).toBe(text);
});
