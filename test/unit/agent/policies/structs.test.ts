import { describe, expect, test } from 'vitest';
import {
  encodeActions,
  encodeFilter,
  encodeHook,
  encodePolicy,
  encodeSelector,
  encodeSite,
  encodeSyscallSites,
  encodeValue,
  NO_VALUE,
} from '../../../../src/agent/policies/structs.ts';
import { action, value } from './samples.ts';

/** The bytes as little-endian words of 32 bits. */
const words = (bytes: Uint8Array): number[] => [
  ...new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
];

const PLAIN = { answers: { override: 0, enforcer: 0 }, socket: () => 0 };

describe('actions', () => {
  const NOPOST = 1;
  const behindRate = (spec: Parameters<typeof encodeActions>[0]) =>
    words(encodeActions(spec)).slice(6);

  test('Override by marks names the set of calls that are answered', () => {
    const spec = { ...PLAIN, answers: { override: 7, enforcer: 9 }, posts: true };
    const actions = [action({ action: 'Override', argError: -13 })];
    expect(behindRate({ ...spec, actions })).toEqual([7, 0, 0, 0]);
  });

  test('NotifyEnforcer names the enforcer’s calls; without an error it only signals', () => {
    const spec = { ...PLAIN, answers: { override: 7, enforcer: 9 }, posts: true };
    const signals = words(
      encodeActions({ ...spec, actions: [action({ action: 'NotifyEnforcer', argSig: 9 })] }),
    );
    expect(signals.slice(0, 3)).toEqual([512, 9, 0]);
    const refuses = [action({ action: 'NotifyEnforcer', argError: -1 })];
    expect(words(encodeActions({ ...spec, actions: refuses })).slice(0, 3)).toEqual([512, 0, 1]);
    expect(behindRate({ ...spec, actions: refuses })).toEqual([9, 0, 0, 0]);
  });

  test('TrackSock says where the socket is; so does what is done with a returned one', () => {
    const spec = { ...PLAIN, socket: (argSock: number) => argSock + 2, posts: true };
    const track = { ...spec, actions: [action({ action: 'TrackSock', argSock: 1 })] };
    expect(words(encodeActions(track))[0]).toBe(2048);
    expect(behindRate(track)).toEqual([0, 3, 0, 0]);
    const returned = { ...spec, actions: [], returned: 'UntrackSock' } as const;
    expect(words(encodeActions(returned))[0]).toBe(4096);
    expect(behindRate(returned)).toEqual([0, 5, 0, 0]);
  });

  test('Set says which argument gets which value', () => {
    const set = [action({ action: 'Set', argIndex: 2, argValue: 5 })];
    expect(behindRate({ ...PLAIN, posts: true, actions: set })).toEqual([0, 0, 2, 5]);
  });
  test.each<[string, Parameters<typeof action>[0][], boolean, number[]]>([
    ['none: it posts', [], true, [0, 0, 0, 0, 0, 0]],
    ['NoPost', [{ action: 'NoPost' }], false, [NOPOST, 0, 0, 0, 0, 0]],
    ['Post', [{ action: 'Post' }], true, [256, 0, 0, 0, 0, 0]],
    [
      'Sigkill and Signal',
      [{ action: 'Sigkill' }, { action: 'Signal', argSig: 10 }],
      true,
      [6, 10, 0, 0, 0, 0],
    ],
    ['Override', [{ action: 'Override', argError: -1 }], true, [8, 0, 1, 0, 0, 0]],
    [
      'GetUrl and DnsLookup',
      [{ action: 'GetUrl' }, { action: 'DnsLookup' }],
      true,
      [48, 0, 0, 0, 0, 0],
    ],
    [
      'stack traces and a rate limit',
      [
        {
          action: 'Post',
          kernelStackTrace: true,
          userStackTrace: true,
          rateLimit: { milliseconds: 5000, scope: 'global' },
        },
      ],
      true,
      [256 + 64 + 128, 0, 0, 2, 5_000_000_000 % 2 ** 32, 1],
    ],
  ])('%s', (_, actions, posts, expected) => {
    expect(
      words(encodeActions({ ...PLAIN, actions: actions.map(action), posts })).slice(0, 6),
    ).toEqual(expected);
  });
});

test('a filter with its numbers in itself, and one whose values lie elsewhere', () => {
  const filter = {
    operator: 'TG_OPERATOR_RANGES',
    argument: 2,
    second: 0,
    field: 3,
    flags: 1,
    numbers: [1n, 2n, (1n << 64n) - 1n, (1n << 64n) - 1n],
    set: undefined,
  } as const;
  const inline = words(encodeFilter(filter, undefined));
  expect(inline.slice(0, 8)).toEqual([6, 2, 0, 3, 1, 0, 2, 0]);
  expect(inline.slice(8, 16)).toEqual([1, 0, 2, 0, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]);
  const stored = words(encodeFilter({ ...filter, numbers: [] }, { set: 9, count: 3 }));
  expect(stored.slice(5, 7)).toEqual([9, 3]);
});

test('a selector: its filters, then its actions, then those of the return', () => {
  const numbers = { firstFilter: 4, filterCount: 2, firstReturnFilter: 6, returnFilterCount: 1 };
  const bytes = encodeSelector(
    numbers,
    { ...PLAIN, actions: [action({ action: 'Sigkill' })], posts: true },
    { ...PLAIN, actions: [action({ action: 'Signal', argSig: 2 })], posts: true },
  );
  expect(words(bytes)).toEqual([
    ...[4, 2, 6, 1],
    ...[2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[4, 2, 0, 0, 0, 0, 0, 0, 0, 0],
  ]);
});

test('a hook', () => {
  const bytes = encodeHook({
    policy: 3,
    firstSelector: 20,
    selectorCount: 2,
    flags: ['TG_HOOK_RETURN', 'TG_HOOK_RETRY'],
    argumentCount: 2,
    values: [0, NO_VALUE, 5],
    returnValue: 7,
    late: 2,
    pair: 12,
    workload: 9,
  });
  expect(words(bytes)).toEqual([3, 20, 2, 33, 2, 0, 16, 5, 0, 0, 7, 12, 2, 9]);
});

test('a value: by position and by name of its input', () => {
  const plain = words(encodeValue({ ...value({ input: 1 }), type: 'TG_TYPE_U64' }));
  expect(plain.slice(0, 7)).toEqual([11, 1, 0, 16, 0, 0, 0]);
  const resolved = words(
    encodeValue({
      ...value({
        input: 'TG_INPUT_TASK',
        flags: ['TG_VALUE_USER', 'TG_VALUE_IN_PLACE'],
        sizeInput: 2,
        atMost: 64,
        steps: [8, 16],
        offset: -4,
      }),
      type: 'TG_TYPE_CHAR_BUF',
    }),
  );
  expect(resolved.slice(0, 10)).toEqual([2, 11, 3, 2, 64, 2, 0xfffffffc, 8, 16, 0]);
  const far = value({ steps: Array.from({ length: 11 }, () => 0) });
  expect(() => encodeValue({ ...far, type: 'TG_TYPE_U64' })).toThrow(
    '11 pointers away; at most 10',
  );
});

test('sites: places of hooks, and the ways of a system call to a file', () => {
  expect(words(encodeSite([7, 0, 9])).slice(0, 5)).toEqual([3, 7, 0, 9, 0]);
  const bytes = encodeSyscallSites({
    enter: 1,
    exit: 2,
    file: 3,
    fileReturn: 4,
    accesses: [
      { argument: 1, access: 'read' },
      { argument: 0, access: 'write' },
    ],
    generation: 5,
  });
  expect(words(bytes).slice(0, 4)).toEqual([1, 2, 3, 4]);
  expect(words(bytes).at(-1)).toBe(5);
  expect([...bytes.subarray(16, 20)]).toEqual([1, 4, 0, 2]);
});

test('a policy that is armed, with its fuse whole', () => {
  const fuse = { limit: 20, seconds: 10 };
  const bytes = encodePolicy({ mode: 'enforce', armedUntil: 5n, fuse }, 7n);
  expect(words(bytes)).toEqual([2, 0, 5, 0, 10_000_000_000 % 2 ** 32, 2, 7, 0, 20, 0]);
});

test('a policy that only watches: who is in the midst of acting finds the fuse blown', () => {
  const fuse = { limit: 20, seconds: 10 };
  const bytes = encodePolicy({ mode: 'monitor', armedUntil: 0n, fuse }, 7n);
  expect(words(bytes)).toEqual([1, 1, 0, 0, 10_000_000_000 % 2 ** 32, 2, 0, 0, 20, 0]);
});
