/**
 * The dead-man deadline while the agent attaches and closes so many programs that it reads no heartbeat for longer than that: it is
 * neither stopped nor hung. Needs root and clang.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { AgentUnderTest } from '../driver/agent.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import { onWrites, openStage, type Stage } from './stage.ts';

const DEADLINE_MS = 3000;
/** System calls that few programs make. Each of their tracepoints has a link of its own, for which the kernel waits when it is closed. */
const RARE = [
  ...[
    'adjtimex',
    'chroot',
    'clock_adjtime',
    'clock_settime',
    'getgroups',
    'mlockall',
    'munlockall',
  ],
  ...['pivot_root', 'preadv', 'pwritev', 'reboot', 'setdomainname', 'setgroups', 'sethostname'],
  ...['settimeofday', 'syncfs', 'tee', 'unshare', 'vhangup', 'vmsplice'],
];

let stage: Stage;
let file: string;
let agent: AgentUnderTest;
let busyPolicy: number;
let answered: Set<number>;
let asked = 0;

beforeAll(() => {
  stage = openStage();
});
afterAll(() => stage.remove());

beforeEach(async () => {
  file = stage.shop.file('secret', 'original');
  answered = new Set();
  const selectors = [{ matchBinaries: [{ operator: 'In', values: [stage.deeds] }] }];
  const busy = {
    tracepoints: RARE.flatMap((call) =>
      ['enter', 'exit'].map((side) => ({
        ...{ subsystem: 'syscalls', event: `sys_${side}_${call}`, selectors },
      })),
    ),
  };
  const armed = { kprobes: [onWrites(file, stage.deeds, [{ action: 'Sigkill' }])] };
  agent = await stage.start({ armed, busy }, {}, (message) => {
    if (message.type === 'policy-text') answered.add(message.request);
  });
  expect(agent.problems).toEqual([]);
  const { id, hooks } = await agent.waitForPolicy('busy', ({ mode }) => mode === 'monitor');
  expect(hooks.flatMap(({ points }) => points)).toHaveLength(2 * RARE.length);
  busyPolicy = id;
  await stage.arm('armed');
});
afterEach(() => stage.stop());

/**
 * Switches the other policy to and fro, by requests that all lie in front of the next heartbeat.
 *
 * @returns whether the agent got through with them
 */
async function keepBusy(rounds: number): Promise<boolean> {
  const request = ++asked;
  const switchTo = (mode: 'off' | 'monitor') =>
    agent.send({ type: 'set-mode', policy: busyPolicy, mode });
  for (let round = 0; round < rounds; round++) {
    switchTo('off');
    switchTo('monitor');
  }
  agent.send({ type: 'read-policy', request, policy: busyPolicy });
  return (await until(() => answered.has(request), { limitMs: 2 * LIMIT_MS })) ?? false;
}

/** How many rounds take about so long. */
async function roundsOf(ms: number): Promise<number> {
  const rounds = 2;
  const begin = performance.now();
  expect(await keepBusy(rounds)).toBe(true);
  return Math.ceil((ms * rounds) / (performance.now() - begin));
}

const strike = () => stage.play('write', file, 1, 1);

test('an agent that is busy for longer than the deadline goes on to enforce, and nothing is disarmed', async () => {
  let rounds = await roundsOf(2 * DEADLINE_MS);
  for (let longest = 0; longest < DEADLINE_MS + 1000; rounds *= 2) {
    const begin = performance.now();
    let isOver = false;
    const busy = keepBusy(rounds).finally(() => {
      isOver = true;
    });
    const signals: unknown[] = [];
    while (!isOver) {
      signals.push((await strike()).signal);
      await sleep(200);
    }
    longest = performance.now() - begin;
    expect(await busy).toBe(true);
    expect(new Set(signals)).toEqual(new Set(['SIGKILL']));
  }
  expect(await agent.status('armed')).toMatchObject({
    ...{ mode: 'enforce', counts: { sparedExpired: 0 } },
  });
  expect(agent.notices).toEqual([]);
});

test('the main thread hangs meanwhile: nothing is enforced within seconds, nor when it goes on, and then it is told', async () => {
  const rounds = await roundsOf(5 * DEADLINE_MS);
  expect((await strike()).signal).toBe('SIGKILL');
  let isOver = false;
  const busy = keepBusy(rounds).finally(() => {
    isOver = true;
  });
  // This is the main thread: from here on it does not get to its event loop.
  const end = Date.now() + LIMIT_MS;
  const survives = () =>
    spawnSync('setsid', ['-w', stage.deeds, 'write', file, '1', '1']).status === 0;
  let lives = survives();
  while (!lives && Date.now() < end) lives = survives();
  expect(lives).toBe(true);
  // It beats again, and the agent is still at it.
  while (!isOver) {
    expect(await strike()).toMatchObject({ signal: null, code: 0 });
    await sleep(200);
  }
  expect(await busy).toBe(true);
  await agent.waitForPolicy('armed', ({ mode }) => mode === 'monitor');
  expect(agent.notices).toEqual(['Trigon was stopped or hung: all policies are back to monitor']);
});

test('armed when that long has passed with nothing armed, as at a slow start: it acts, and stays armed', async () => {
  agent.send({ type: 'set-mode', policy: (await agent.status('armed')).id, mode: 'monitor' });
  await agent.waitForPolicy('armed', ({ mode }) => mode === 'monitor');
  // No beat leaves this thread meanwhile, and the next one after the word to arm.
  spawnSync('sleep', [String(DEADLINE_MS / 1000 + 1)]);
  await stage.arm('armed');
  expect((await strike()).signal).toBe('SIGKILL');
  // Two beats later.
  await sleep(2000);
  expect((await strike()).signal).toBe('SIGKILL');
  expect(await agent.status('armed')).toMatchObject({ mode: 'enforce' });
  expect(agent.notices).toEqual([]);
});
