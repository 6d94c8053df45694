/** Policies in the words of Tetragon's API. What the methods do to real policies: test/kernel/grpc.test.ts. */
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { createPolicyMethods } from '../../../src/agent/grpc/policies.ts';
import { domainOf, originOf, tracingPolicyStatus } from '../../../src/agent/grpc/policyStatus.ts';
import { CallRefusal, statusOf } from '../../../src/agent/grpc/status.ts';
import type { PolicyStatus, SelectorCounts } from '../../../src/agent/messages.ts';
import { PolicyRefusal } from '../../../src/agent/policies/refusal.ts';

const counts = (given: Partial<SelectorCounts>): SelectorCounts => ({
  matched: 0,
  posted: 0,
  rateLimited: 0,
  lost: 0,
  wouldAct: 0,
  killed: 0,
  signalled: 0,
  overridden: 0,
  sparedProtected: 0,
  sparedExpired: 0,
  sparedFused: 0,
  wrongContext: 0,
  failed: 0,
  moot: 0,
  ...given,
});

const point = (state: 'attached' | 'missing', reason?: string) => ({
  functionName: 'f',
  state,
  reason,
  remedy: undefined,
  numbers: [],
  names: undefined,
});

const selector = (kind: 'kills' | 'refuses' | 'watches', given: Partial<SelectorCounts>) => ({
  words: '',
  kills: kind === 'kills',
  enforces: kind !== 'watches',
  isException: false,
  counts: counts(given),
});

const policy = (given: Partial<PolicyStatus> = {}): PolicyStatus => ({
  id: 3,
  name: 'p',
  namespace: undefined,
  file: '/etc/trigon/policies.d/p.yaml',
  position: 0,
  origin: 'system',
  title: 'A title',
  why: '',
  severity: undefined,
  mitre: [],
  noise: '',
  arming: '',
  canBeTested: false,
  parameters: [],
  sentence: '',
  problems: [],
  enforces: true,
  added: [],
  memoryBytes: 4096,
  mode: 'monitor',
  armedUntil: undefined,
  fuseBlown: false,
  condition: 'enabled',
  warnings: [],
  runs: { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
  counts: counts({}),
  hooks: [
    {
      kind: 'kprobe',
      call: 'sys_openat',
      obtained: '',
      way: 'kprobe.multi',
      differs: [],
      sigkill: '',
      points: [point('attached'), point('missing', 'no such function')],
      selectors: [
        selector('kills', {
          matched: 9,
          posted: 4,
          rateLimited: 2,
          wouldAct: 3,
          killed: 1,
          signalled: 1,
        }),
        selector('refuses', { posted: 1, matched: 1, wouldAct: 5, overridden: 2 }),
      ],
    },
    {
      kind: 'lsm',
      call: 'file_open',
      obtained: '',
      way: '',
      differs: [],
      sigkill: '',
      points: [],
      selectors: [selector('watches', { wouldAct: 7 })],
    },
  ],
  ...given,
});

test('a policy, its hooks and counters', () => {
  const told = tracingPolicyStatus(policy());
  expect(told).toMatchObject({
    id: 3n,
    namespace: '',
    info: 'A title',
    sensors: ['generic_kprobe', 'generic_lsm'],
    enabled: true,
    state: 'TP_STATE_ENABLED',
    mode: 'TP_MODE_MONITOR',
    kernelMemoryBytes: 4096n,
    domain: 'static',
    hookStatuses: [
      {
        section: 'kprobe.multi',
        state: 'STATUS_PARTIAL_CALL_NOT_FOUND',
        hookDescription: 'sys_openat; no such function',
        hookIdx: 0,
      },
      { section: 'lsm', state: 'STATUS_CALL_NOT_FOUND', hookDescription: 'file_open', hookIdx: 1 },
    ],
  });
  expect(told.stats?.selectorActionCounters).toMatchObject([
    {
      hook: 'sys_openat',
      hookIndex: 0,
      selectorIndex: 0,
      actionCounters: { post: 4n, nopost: 3n, signal: 2n, monitorSignal: 3n, monitorOverride: 0n },
    },
    {
      selectorIndex: 1,
      actionCounters: {
        post: 1n,
        nopost: 0n,
        override: 2n,
        monitorOverride: 5n,
        monitorSignal: 0n,
      },
    },
    { hook: 'file_open', hookIndex: 1, actionCounters: { monitorSignal: 0n, monitorOverride: 0n } },
  ]);
  expect(told.stats?.actionCounters).toMatchObject({
    post: 5n,
    signal: 2n,
    override: 2n,
    nopost: 3n,
  });
});

test.each([
  ['off', 'disabled', 'TP_STATE_DISABLED', 'TP_MODE_MONITOR'],
  ['enforce', 'partially_enabled', 'TP_STATE_PARTIALLY_ENABLED', 'TP_MODE_ENFORCE'],
  ['monitor', 'load_error', 'TP_STATE_LOAD_ERROR', 'TP_MODE_MONITOR'],
] as const)('%s, %s', (mode, condition, state, told) => {
  expect(tracingPolicyStatus(policy({ mode, condition }))).toMatchObject({
    state,
    mode: told,
    enabled: mode !== 'off',
  });
});

test('domains', () => {
  for (const domain of ['grpc', 'tests']) expect(domainOf(originOf(domain, 'p'))).toBe(domain);
  expect(domainOf('/some/file.yaml')).toBe('static');
});

test('policies of one name are told apart by their domain, or not at all', () => {
  const removed: number[] = [];
  const policies = [policy(), policy({ id: 4, file: originOf('grpc', 'p') })];
  const unused = () => {
    throw new Error('not asked for');
  };
  const methods = createPolicyMethods({
    add: unused,
    setMode: unused,
    arm: unused,
    remove: (id) => removed.push(id),
    status: () => policies,
  });
  const name = { name: 'p', namespace: '' };
  expect(() => methods.remove({ ...name, domain: '' }, undefined)).toThrow(
    /2 policies are called p/,
  );
  methods.remove({ ...name, domain: 'grpc' }, undefined);
  expect(removed).toEqual([4]);
  expect(methods.list('grpc').policies.map(({ id }) => id)).toEqual([4n]);
  expect(() => methods.remove({ name: 'p', namespace: 'x', domain: '' }, undefined)).toThrow(
    CallRefusal,
  );
});

test('statuses carry the reason, escaped and bounded', () => {
  expect(statusOf(new PolicyRefusal('no\u001b[2J'))).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: expect.not.stringContaining('\u001b'),
  });
  expect(statusOf(new Error('x'.repeat(10_000))).details?.length).toBeLessThanOrEqual(4000);
});
