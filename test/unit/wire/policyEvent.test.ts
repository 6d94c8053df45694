import { describe, expect, test } from 'vitest';
import type { KprobeArgument } from '../../../src/events/types.ts';
import { appendValue } from '../../../src/events/wire/appendValue.ts';
import type { HookNames } from '../../../src/events/wire/hookNames.ts';
import {
  actionName,
  type PolicyEventContext,
  readPolicyEvent,
} from '../../../src/events/wire/policyEvent.ts';
import {
  tg_action,
  type tg_mode,
  type tg_outcome,
  tg_type,
} from '../../../src/generated/layouts.ts';
import {
  fileArgument,
  hookNames,
  intArgument,
  join,
  policyRecord,
  stack,
  type ValueFields,
  value,
} from './records.ts';

const context = (names: HookNames | undefined): PolicyEventContext => ({
  names,
  symbolise: undefined,
  process: { pid: 100, execId: 'id' },
  hostUserNamespace: 0,
});
const read = (record: Uint8Array, names = hookNames()) => readPolicyEvent(record, context(names));

const int = (number: number, label?: string): KprobeArgument => ({
  kind: 'int_arg',
  value: number,
  ...(label === undefined ? {} : { label }),
});

describe('kinds', () => {
  const record = policyRecord([intArgument(1n), intArgument(2n)], {
    returned: intArgument(-1n),
    stacks: [stack('KERNEL', [0xffff_8000_0000_0010n]), stack('USER', [0x10n, 0x20n, 0n, 0x30n])],
  });
  const common = {
    message: 'a message',
    tags: ['one'],
    labels: ['first', undefined, 'result'],
    argumentCount: 1,
    obtained: 'equivalent: something',
  };
  const told = {
    policyName: 'sample',
    message: 'a message',
    tags: ['one'],
    action: 'KPROBE_ACTION_POST',
  };
  const traces = {
    kernelStackTrace: [{ address: 0xffff_8000_0000_0010n }],
    userStackTrace: [{ address: 0x10n }, { address: 0x20n }],
  };
  const ours = { mode: 'monitor', obtained: 'equivalent: something' };
  const extras = { ...ours, ...traces, return: int(-1, 'result') };

  test('kprobe', () => {
    const names = hookNames({ kind: 'kprobe', functionName: '__x64_sys_dup' }, common);
    expect(read(record, names)).toEqual({
      kind: 'process_kprobe',
      ...told,
      functionName: '__x64_sys_dup',
      args: [int(1, 'first')],
      data: [int(2)],
      return: int(-1, 'result'),
      returnAction: 'KPROBE_ACTION_POST',
      ...traces,
      trigon: ours,
    });
  });

  test('tracepoint: what Tetragon has no place for is ours', () => {
    const names = hookNames({ kind: 'tracepoint', subsystem: 'sched', event: 'x' }, common);
    expect(read(record, names)).toEqual({
      kind: 'process_tracepoint',
      ...told,
      subsys: 'sched',
      event: 'x',
      args: [int(1, 'first'), int(2)],
      trigon: extras,
    });
  });

  test('uprobe', () => {
    const at = { path: '/b', symbol: 'main', offset: 16n, refCtrOffset: 8n };
    expect(read(record, hookNames({ kind: 'uprobe', ...at }, common))).toEqual({
      kind: 'process_uprobe',
      ...told,
      ...at,
      args: [int(1, 'first')],
      data: [int(2)],
      trigon: extras,
    });
    const named = hookNames({ kind: 'uprobe', ...at, offset: 0n, refCtrOffset: 0n });
    expect(read(policyRecord([]), named)).not.toHaveProperty('offset');
    expect(read(policyRecord([]), named)).not.toHaveProperty('refCtrOffset');
  });

  test('usdt and lsm', () => {
    const usdt = { path: '/b', provider: 'p', name: 'n' };
    expect(read(record, hookNames({ kind: 'usdt', ...usdt }, common))).toEqual({
      kind: 'process_usdt',
      ...told,
      ...usdt,
      args: [int(1, 'first'), int(2)],
      trigon: extras,
    });
    const lsm = hookNames({ kind: 'lsm', functionName: 'file_open' }, common);
    expect(read(record, lsm)).toEqual({
      kind: 'process_lsm',
      ...told,
      functionName: 'file_open',
      args: [int(1, 'first'), int(2)],
      trigon: extras,
    });
  });

  test('lsm with the hash of its file', () => {
    const lsm = hookNames({ kind: 'lsm', functionName: 'bprm_check_security' });
    const hashed = (number: bigint, fields: ValueFields = {}) =>
      read(
        policyRecord([intArgument(1n)], {
          stacks: [
            value('TG_TYPE_IMA_HASH', { number, body: new Uint8Array(64).fill(0xab), ...fields }),
          ],
        }),
        lsm,
      );
    expect(hashed(4n)).toMatchObject({ args: [int(1)], imaHash: `sha256:${'ab'.repeat(32)}` });
    expect(hashed(1n)).toMatchObject({ imaHash: `md5:${'ab'.repeat(16)}` });
    expect(hashed(6n)).toMatchObject({ imaHash: `sha512:${'ab'.repeat(64)}` });
    for (const event of [
      hashed(-95n, { error: 'TG_ERROR_FAULT', body: '' }),
      hashed(99n),
      hashed(4n, { body: 'short' }),
    ])
      expect(event).not.toHaveProperty('imaHash');
  });

  test('loader', () => {
    const record = policyRecord([fileArgument('/usr/lib/a.so', 0o100755), intArgument(5n)]);
    const names = hookNames({ kind: 'loader' });
    expect(read(record, names)).toEqual({
      kind: 'process_loader',
      path: '/usr/lib/a.so',
      trigon: { mode: 'monitor' },
    });
    const withId = appendValue(record, tg_type.TG_TYPE_BUILD_ID, Uint8Array.of(0xca, 0xfe, 1));
    expect(read(withId, names)).toMatchObject({
      path: '/usr/lib/a.so',
      buildid: Uint8Array.of(0xca, 0xfe, 1),
    });
    const broken = value('TG_TYPE_FILE', { error: 'TG_ERROR_FAULT' });
    expect(read(policyRecord([broken]), names)).toMatchObject({ path: '' });
    expect(read(policyRecord([]), names)).toMatchObject({ path: '' });
  });

  test('the exact function says nothing of how it was obtained; no message, no tags', () => {
    const event = read(policyRecord([]));
    expect(event.trigon).toEqual({ mode: 'monitor' });
    for (const field of ['message', 'tags', 'data', 'return', 'kernelStackTrace'])
      expect(event).not.toHaveProperty(field);
  });

  test('of a hook that is not known', () => {
    expect(readPolicyEvent(policyRecord([intArgument(3n)]), context(undefined))).toMatchObject({
      ...{ kind: 'process_kprobe', policyName: '', functionName: '' },
    });
  });
});

describe('stack traces', () => {
  test('are symbolised by who can', () => {
    const asked: unknown[] = [];
    const record = policyRecord([], { stacks: [stack('KERNEL', [1n]), stack('USER', [2n, 3n])] });
    const event = readPolicyEvent(record, {
      ...context(hookNames()),
      symbolise: (...question) => {
        asked.push(question);
        return [{ symbol: question[0] }];
      },
    });
    expect(asked).toEqual([
      ['user', [2n, 3n], { pid: 100, execId: 'id' }],
      ['kernel', [1n], { pid: 100, execId: 'id' }],
    ]);
    expect(event).toMatchObject({
      kernelStackTrace: [{ symbol: 'kernel' }],
      userStackTrace: [{ symbol: 'user' }],
    });
  });

  test('an empty one is none', () => {
    const event = read(policyRecord([], { stacks: [stack('USER', []), stack('KERNEL', [0n])] }));
    expect(event).not.toHaveProperty('userStackTrace');
    expect(event).not.toHaveProperty('kernelStackTrace');
  });
});

describe('actions', () => {
  test.each<[(keyof typeof tg_action)[], string]>([
    [[], 'POST'],
    [['TG_ACTION_POST'], 'POST'],
    [['TG_ACTION_NOPOST'], 'NOPOST'],
    [['TG_ACTION_NOPOST', 'TG_ACTION_SIGNAL'], 'SIGNAL'],
    [['TG_ACTION_POST', 'TG_ACTION_SIGKILL'], 'SIGKILL'],
    [['TG_ACTION_OVERRIDE', 'TG_ACTION_SIGKILL'], 'SIGKILL'],
    [['TG_ACTION_OVERRIDE', 'TG_ACTION_SIGNAL'], 'OVERRIDE'],
    [['TG_ACTION_URL', 'TG_ACTION_DNS', 'TG_ACTION_POST'], 'GETURL'],
    [['TG_ACTION_DNS', 'TG_ACTION_NOPOST'], 'DNSLOOKUP'],
    [['TG_ACTION_KERNEL_STACK', 'TG_ACTION_USER_STACK'], 'POST'],
    [['TG_ACTION_NOTIFY_ENFORCER'], 'NOTIFYENFORCER'],
    [['TG_ACTION_CLEANUP_ENFORCER'], 'CLEANUPENFORCERNOTIFICATION'],
    [['TG_ACTION_TRACK_SOCK', 'TG_ACTION_POST'], 'TRACKSOCK'],
    [['TG_ACTION_UNTRACK_SOCK'], 'UNTRACKSOCK'],
    [['TG_ACTION_SET'], 'SET'],
    [['TG_ACTION_IMA_HASH'], 'POST'],
  ])('%j', (actions, name) => {
    const bits = actions.reduce((sum, action) => sum | tg_action[action], 0);
    expect(actionName(bits)).toBe(`KPROBE_ACTION_${name}`);
    expect(read(policyRecord([], { actions, returnActions: actions }))).toMatchObject({
      action: `KPROBE_ACTION_${name}`,
      returnAction: `KPROBE_ACTION_${name}`,
    });
  });
});

describe('outcomes', () => {
  const kill = { actions: ['TG_ACTION_SIGKILL'] } as const;
  const term = { actions: ['TG_ACTION_SIGNAL'], selector: 1 } as const;
  const deny = { actions: ['TG_ACTION_OVERRIDE'], selector: 2 } as const;
  const names = hookNames(undefined, {
    selectors: [
      { signal: undefined, error: undefined },
      { signal: 15, error: undefined },
      { signal: undefined, error: 13 },
      { signal: 40, error: 0 },
    ],
  });
  test.each<[keyof typeof tg_outcome, keyof typeof tg_mode, object, object]>([
    ['TG_OUTCOME_OBSERVED', 'TG_MODE_ENFORCE', {}, { mode: 'enforce' }],
    [
      'TG_OUTCOME_WOULD_ACT',
      'TG_MODE_MONITOR',
      kill,
      { mode: 'monitor', outcome: 'withheld', outcomeReason: 'monitor mode', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_WOULD_ACT',
      'TG_MODE_MONITOR',
      deny,
      { mode: 'monitor', outcome: 'withheld', outcomeReason: 'monitor mode', error: 'EACCES' },
    ],
    [
      'TG_OUTCOME_KILLED',
      'TG_MODE_ENFORCE',
      kill,
      { mode: 'enforce', outcome: 'applied', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_KILLED',
      'TG_MODE_ENFORCE',
      { returnActions: ['TG_ACTION_SIGKILL'] },
      { mode: 'enforce', outcome: 'applied', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_SIGNALLED',
      'TG_MODE_ENFORCE',
      term,
      { mode: 'enforce', outcome: 'applied', signal: 'SIGTERM' },
    ],
    [
      'TG_OUTCOME_SIGNALLED',
      'TG_MODE_ENFORCE',
      { ...term, selector: 3 },
      { mode: 'enforce', outcome: 'applied', signal: 'signal 40' },
    ],
    [
      'TG_OUTCOME_SIGNALLED',
      'TG_MODE_ENFORCE',
      { ...term, selector: 9 },
      { mode: 'enforce', outcome: 'applied' },
    ],
    [
      'TG_OUTCOME_OVERRIDDEN',
      'TG_MODE_ENFORCE',
      deny,
      { mode: 'enforce', outcome: 'applied', error: 'EACCES' },
    ],
    [
      'TG_OUTCOME_OVERRIDDEN',
      'TG_MODE_ENFORCE',
      { ...deny, selector: 3 },
      { mode: 'enforce', outcome: 'applied', error: '0' },
    ],
    [
      'TG_OUTCOME_PROTECTED',
      'TG_MODE_ENFORCE',
      kill,
      {
        mode: 'enforce',
        outcome: 'skipped',
        outcomeReason: 'protected process',
        signal: 'SIGKILL',
      },
    ],
    [
      'TG_OUTCOME_EXPIRED',
      'TG_MODE_MONITOR',
      kill,
      { mode: 'monitor', outcome: 'skipped', outcomeReason: 'arming expired', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_FUSED',
      'TG_MODE_MONITOR',
      kill,
      { mode: 'monitor', outcome: 'skipped', outcomeReason: 'fuse blown', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_WRONG_CONTEXT',
      'TG_MODE_ENFORCE',
      kill,
      { mode: 'enforce', outcome: 'skipped', outcomeReason: 'wrong-context', signal: 'SIGKILL' },
    ],
    [
      'TG_OUTCOME_FAILED',
      'TG_MODE_ENFORCE',
      kill,
      {
        mode: 'enforce',
        outcome: 'failed',
        outcomeReason: 'the kernel refused the signal',
        signal: 'SIGKILL',
      },
    ],
    [
      'TG_OUTCOME_FAILED',
      'TG_MODE_ENFORCE',
      deny,
      {
        mode: 'enforce',
        outcome: 'failed',
        outcomeReason: 'the call went on without passing a hook that could refuse it',
        error: 'EACCES',
      },
    ],
    [
      'TG_OUTCOME_MOOT',
      'TG_MODE_ENFORCE',
      deny,
      {
        mode: 'enforce',
        outcome: 'skipped',
        outcomeReason: 'the call failed by itself before it could be refused',
        error: 'EACCES',
      },
    ],
    [
      'TG_OUTCOME_OVERRIDDEN',
      'TG_MODE_ENFORCE',
      { ...deny, actions: ['TG_ACTION_NOTIFY_ENFORCER'] },
      { mode: 'enforce', outcome: 'applied', error: 'EACCES' },
    ],
    [
      'TG_OUTCOME_SIGNALLED',
      'TG_MODE_ENFORCE',
      { ...term, actions: ['TG_ACTION_NOTIFY_ENFORCER'] },
      { mode: 'enforce', outcome: 'applied', signal: 'SIGTERM' },
    ],
  ])('%s, %s, %j', (outcome, mode, fields, trigon) => {
    expect(read(policyRecord([], { outcome, mode, ...fields }), names).trigon).toEqual(trigon);
  });
});

describe('values', () => {
  const argsOf = (event: ReturnType<typeof read>) => ('args' in event ? event.args : undefined);
  const bare = (record: Uint8Array) =>
    argsOf(read(record, hookNames(undefined, { argumentCount: 99 })));

  test('texts of every length keep what follows in place', () => {
    const lengths = [1, 2, 7, 8, 9, 4096];
    const record = policyRecord(
      lengths.flatMap((n) => [fileArgument('x'.repeat(n), 0), intArgument(BigInt(n))]),
    );
    expect(bare(record)).toEqual(
      lengths.flatMap((n) => [
        { kind: 'file_arg', value: { path: 'x'.repeat(n), permission: '----------' } },
        int(n),
      ]),
    );
  });

  test('one that could not be read keeps its place, and its label', () => {
    const names = hookNames(undefined, { labels: ['broken', 'whole'] });
    const broken = value('TG_TYPE_STRING', { error: 'TG_ERROR_FAULT' });
    expect(argsOf(read(policyRecord([broken, intArgument(3n)]), names))).toMatchObject([
      { kind: 'error_arg', label: 'broken' },
      { kind: 'int_arg', label: 'whole' },
    ]);
  });

  test('a record that promises too much, or breaks off, ends', () => {
    expect(bare(policyRecord([intArgument(3n)], { count: 5 }))).toEqual([int(3)]);
    const cut = policyRecord([intArgument(3n), fileArgument('/eight/8', 0)]);
    for (let end = cut.length - 1; end > cut.length - 32; end--)
      expect(bare(cut.subarray(0, end))).toEqual([int(3)]);
    expect(bare(policyRecord([]))).toEqual([]);
  });

  test('are found in a part of a larger buffer', () => {
    const record = policyRecord([intArgument(3n)]);
    expect(bare(join([new Uint8Array(24), record, new Uint8Array(24)]).subarray(24, -24))).toEqual([
      int(3),
    ]);
  });
});
