import { describe, expect, test } from 'vitest';
import type { PolicyStatus } from '../../../src/agent/messages.ts';
import { NO_COUNTS as NONE } from '../../../src/agent/selectorCounts.ts';
import { deedsOf, findPolicy } from '../../../src/cli/policyControl.ts';
import { shownPolicy, showPolicy } from '../../../src/cli/policyShow.ts';
import { formatBytes, policyTable } from '../../../src/cli/policyTable.ts';
import { UNTOLD } from '../ui/samples.ts';

const status = (changes: Partial<PolicyStatus>): PolicyStatus => ({
  id: 0,
  name: 'etc-writes',
  namespace: undefined,
  file: '/p/etc.yaml',
  position: 0,
  ...UNTOLD,
  title: 'Writes to /etc',
  enforces: true,
  memoryBytes: 1_250_000,
  condition: 'enabled',
  mode: 'monitor',
  armedUntil: undefined,
  fuseBlown: false,
  warnings: [],
  runs: { runs: 4096, runTimeNs: 2_048_000, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
  counts: { ...NONE, matched: 9, posted: 7, wouldAct: 2, killed: 1, signalled: 1, overridden: 1 },
  hooks: [
    {
      kind: 'kprobe',
      call: 'security_file_permission',
      obtained: 'equivalent: entry of read and write',
      way: 'raw sys_enter',
      differs: ['sees the attempt'],
      sigkill: 'the write does not happen',
      points: [
        {
          functionName: 'security_file_permission',
          state: 'attached',
          reason: undefined,
          remedy: undefined,
          numbers: [1],
          names: undefined,
        },
        {
          functionName: 'other',
          state: 'missing',
          reason: 'no kprobes',
          remedy: 'CONFIG_KPROBES',
          numbers: [],
          names: undefined,
        },
      ],
      selectors: [
        {
          words: 'write, path begins with /etc/',
          kills: true,
          enforces: true,
          isException: false,
          counts: { ...NONE, matched: 9, sparedProtected: 3 },
        },
      ],
    },
  ],
  ...changes,
});

describe('policy list', () => {
  test("tetra's columns, then the file", () => {
    const table = policyTable([
      status({}),
      status({
        id: 12,
        name: 'x',
        namespace: 'prod',
        mode: 'off',
        condition: 'disabled',
        memoryBytes: 512,
      }),
    ]);
    expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      'ID NAME STATE FILTERID NAMESPACE SENSORS KERNELMEMORY MODE NPOST NENFORCE NMONITOR FILE'.split(
        ' ',
      ),
      [
        '0',
        'etc-writes',
        'enabled',
        '0',
        '(global)',
        'generic_kprobe',
        '1.25 MB',
        'monitor',
        '7',
        '3',
        '2',
        '/p/etc.yaml',
      ],
      [
        '12',
        'x',
        'disabled',
        '0',
        'prod',
        'generic_kprobe',
        '512 B',
        'off',
        '7',
        '3',
        '2',
        '/p/etc.yaml',
      ],
    ]);
  });

  test('nothing in it can act on the terminal', () => {
    expect(policyTable([status({ file: '/a\u001b[2J\nb' })])).toMatch(/\/a\\x1b\[2J\\nb$/);
  });

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1_690_000, '1.69 MB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('policy show', () => {
  test('in words', () => {
    expect(showPolicy(status({}), 0).split('\n')).toEqual([
      '0 etc-writes: enabled, monitor',
      '  Writes to /etc',
      '  file: /p/etc.yaml',
      '  kernel memory: 1.25 MB; runs: 4096, about 500 ns each',
      '  counted: matched 9, posted 7, would act 2, killed 1, signalled 1, overridden 1',
      '  security_file_permission (equivalent: entry of read and write)',
      '    security_file_permission: attached',
      '    other: missing: no kprobes',
      '      to get it: CONFIG_KPROBES',
      '    differs: sees the attempt',
      '    a kill here: the write does not happen',
      '    selector 1: write, path begins with /etc/',
      '      matched 9, spared protected 3',
    ]);
  });

  test.each([
    [{ mode: 'enforce', armedUntil: 61_000 } as const, 'enabled, enforce for 60 s more'],
    [{ mode: 'enforce' } as const, 'enabled, enforce until Trigon ends'],
    [{ fuseBlown: true } as const, 'enabled, monitor (its fuse blew)'],
  ])('%j', (changes, text) => {
    expect(showPolicy(status(changes), 1000).split('\n')[0]).toBe(`0 etc-writes: ${text}`);
  });

  test('JSON has plain values only', () => {
    const json = JSON.parse(JSON.stringify(shownPolicy(status({}))));
    expect(json).toMatchObject({
      name: 'etc-writes',
      state: 'enabled',
      armedUntil: null,
      enforced: 3,
    });
    expect(json.hooks[0].points[0]).toEqual({
      functionName: 'security_file_permission',
      state: 'attached',
    });
  });
});

describe('which policy', () => {
  const policies = [
    status({ id: 1, name: 'a' }),
    status({ id: 2, name: 'b' }),
    status({ id: 3, name: 'b', file: '/q' }),
    status({ id: 4, name: '1' }),
  ];

  test('by name and by number', () => {
    expect(findPolicy('a', policies).id).toBe(1);
    expect(findPolicy('3', policies).id).toBe(3);
  });

  test.each([
    ['c', 'there is no policy "c"; loaded: 1 a, 2 b, 3 b, 4 1'],
    ['b', 'say its number:\n  2 b (/p/etc.yaml)\n  3 b (/q)'],
    ['1', '"1" could be several policies'],
  ])('%s: %s', (word, message) => {
    expect(() => findPolicy(word, policies)).toThrow(message);
  });
});

describe('what arming will do', () => {
  const selector = 'security_file_permission: write, path begins with /etc/';

  test('a selector that acts by its own text does that, whatever is asked for', () => {
    expect(deedsOf(status({}), 'deny')).toEqual([`acts, as its own text says: ${selector}`]);
  });

  test('an exception leaves alone, whatever is added', () => {
    const [hook] = status({}).hooks;
    const selectors = (hook?.selectors ?? []).map((each) => ({
      ...each,
      ...{ enforces: false, isException: true },
    }));
    const excepting = status({ hooks: hook ? [{ ...hook, selectors }] : [] });
    expect(deedsOf(excepting, 'kill')).toEqual([`leaves alone: ${selector}`]);
  });

  test('what an earlier arming added is replaced', () => {
    const added = [['deny' as const]];
    expect(deedsOf(status({ added }), 'kill')).toEqual([`SIGKILL: ${selector}`]);
    expect(deedsOf(status({ added }), 'none')).toEqual([`only watches: ${selector}`]);
  });
});
