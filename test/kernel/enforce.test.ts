/**
 * Armed policies on the running kernel: needs root and clang. They name a program and files that exist only in the test's own
 * folder: nothing else on the machine can be hit.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AgentOptions } from '../../src/agent/messages.ts';
import type { AddedActions } from '../../src/policies/addActions.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import {
  accessOf,
  isPolicyEvent,
  type PolicyEvent,
  policyText,
  type SelectorText,
} from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const FUSE = { limit: 20, seconds: 10 };
const LARGE_FUSE = { limit: 1000, seconds: 10 };
const KILLED = { code: null, signal: 'SIGKILL', stdout: '' };
const LIVED = { code: 0, signal: null, stderr: '' };

let shop: Workshop;
let secret: string;
let agent: AgentUnderTest | undefined;

beforeAll(() => {
  shop = openWorkshop();
});
beforeEach(() => {
  secret = shop.file('data/secret', 'original');
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
});
afterAll(() => shop.remove());

/** Sigkill for the victim program on the secret file, or whatever else is asked for there. */
const protect = (extra: Partial<SelectorText> = {}): SelectorText => ({
  args: [[0, 'Equal', [secret]]],
  binaries: ['In', [shop.victim]],
  actions: ['Sigkill'],
  ...extra,
});

async function start(
  selectors: readonly SelectorText[],
  options: { mode?: AgentOptions['policies'][number]['mode']; protect?: number[] } = {},
): Promise<AgentUnderTest> {
  const path = shop.file('p.yaml', policyText('p', selectors));
  agent = await startAgent({
    policies: [{ path, mode: options.mode ?? 'monitor' }],
    protect: options.protect ?? [],
  });
  expect(agent.problems).toEqual([]);
  return agent;
}

async function arm(
  running: AgentUnderTest,
  { seconds = undefined as number | undefined, added = [] as AddedActions, fuse = FUSE } = {},
): Promise<void> {
  running.send({ type: 'arm', policy: 0, seconds, added, fuse });
  await running.waitForPolicy('p', ({ mode }) => mode === 'enforce');
}

async function hitsOf({ pid }: Pick<Ended, 'pid'>): Promise<PolicyEvent[]> {
  await agent?.catchUp();
  return (agent?.events ?? []).filter(isPolicyEvent).filter((event) => event.process.pid === pid);
}

const content = () => readFileSync(secret, 'utf8');

describe('armed', () => {
  test('a writer dies before it changes the file; event, exit and counters say so', async () => {
    const running = await start([protect()]);
    await arm(running);
    const ended = await shop.access('write', secret);
    expect(ended).toMatchObject(KILLED);
    expect(content()).toBe('original');
    const hits = await hitsOf(ended);
    expect(hits).toMatchObject([
      {
        action: 'KPROBE_ACTION_SIGKILL',
        trigon: { mode: 'enforce', outcome: 'applied' },
        process: { binary: shop.victim },
      },
    ]);
    const exit = running.events.find(
      (event) => event.kind === 'process_exit' && event.process.pid === ended.pid,
    );
    expect(exit).toMatchObject({ signal: 'SIGKILL', status: 0 });
    const status = await running.status('p');
    expect(status.counts).toMatchObject({ matched: 1, killed: 1, wouldAct: 0, failed: 0 });
    expect(status).toMatchObject({ enforces: true, fuseBlown: false, armedUntil: undefined });
  });

  test('a reader dies before it has the data', async () => {
    await arm(await start([protect()]));
    expect(await shop.access('read', secret)).toMatchObject(KILLED);
  });

  test('each system call on the way to the file', async () => {
    await arm(await start([protect()]), { fuse: LARGE_FUSE });
    const calls =
      'read pread64 readv preadv preadv2 write pwrite64 writev pwritev pwritev2 sendfile-from sendfile-to copy-from copy-to splice-from splice-to fallocate';
    for (const call of calls.split(' '))
      expect([call, await shop.access(call, secret)]).toMatchObject([call, KILLED]);
    // What copies inside the kernel may still do is said in the plan; plain writes never change the file.
    secret = shop.file('data/secret', 'original');
    for (const call of ['write', 'pwrite64', 'writev', 'pwritev', 'pwritev2'])
      await shop.access(call, secret);
    expect(content()).toBe('original');
  });

  test('what does not match lives and is not reported: other file, other program, other access', async () => {
    const running = await start([
      protect({
        args: [
          [0, 'Equal', [secret]],
          [1, 'Equal', ['2']],
        ],
      }),
    ]);
    await arm(running);
    const other = shop.file('data/secret2', 'original');
    const lives = [
      await shop.access('write', other),
      await shop.access('read', secret),
      await run('/bin/sh', ['-c', `echo x >> ${secret}`]),
    ];
    for (const ended of lives) {
      expect(ended).toMatchObject(LIVED);
      expect(await hitsOf(ended)).toEqual([]);
    }
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    expect((await running.status('p')).counts.matched).toBe(1);
  });

  test('monitor lets the same command live, before arming and after "disarm all"', async () => {
    const running = await start([protect()]);
    expect(await shop.access('write', secret)).toMatchObject(LIVED);
    await arm(running);
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    running.send({ type: 'disarm-all' });
    await running.waitForPolicy('p', ({ mode }) => mode === 'monitor');
    const ended = await shop.access('write', secret);
    expect(ended).toMatchObject(LIVED);
    expect((await hitsOf(ended))[0]?.trigon).toMatchObject({
      mode: 'monitor',
      outcome: 'withheld',
    });
    expect((await running.status('p')).counts).toMatchObject({
      matched: 3,
      killed: 1,
      wouldAct: 2,
    });
  });

  test('armed by its start mode; one without an enforcing action then only watches', async () => {
    await start([protect()], { mode: 'enforce' });
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    await agent?.stop();
    const watching = await start([protect({ actions: [] })], { mode: 'enforce' });
    expect(await watching.status('p')).toMatchObject({ mode: 'monitor', enforces: false });
    expect(await shop.access('write', secret)).toMatchObject(LIVED);
  });

  test('Sigkill added to a policy that has none; exceptions (NoPost) stay exceptions', async () => {
    const running = await start([
      protect({
        args: [
          [0, 'Equal', [secret]],
          [1, 'Equal', ['4']],
        ],
        actions: ['NoPost'],
      }),
      protect({ actions: [] }),
    ]);
    // "Armed" without teeth would be a false promise.
    running.send({ type: 'arm', policy: 0, seconds: 60, added: [], fuse: FUSE });
    await until(() => running.notices.length > 0);
    expect(running.notices).toEqual(['p has no action that could be armed']);
    expect(await shop.access('write', secret)).toMatchObject(LIVED);
    await arm(running, { added: [['none', 'kill']] });
    expect(await shop.access('read', secret)).toMatchObject(LIVED);
    const ended = await shop.access('write', secret);
    expect(ended).toMatchObject(KILLED);
    expect(await hitsOf(ended)).toMatchObject([
      { action: 'KPROBE_ACTION_SIGKILL', trigon: { outcome: 'applied' } },
    ]);
    expect((await hitsOf(ended)).map(accessOf)).toEqual([2]);
  });

  test('quitting disarms', async () => {
    const running = await start([protect()]);
    await arm(running);
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    await running.stop();
    agent = undefined;
    expect(await shop.access('write', secret)).toMatchObject(LIVED);
  });

  test('a policy that does not exist is refused with a notice', async () => {
    const running = await start([protect()]);
    running.send({ type: 'arm', policy: 7, seconds: 1, added: [], fuse: FUSE });
    await until(() => running.notices.length > 0);
    expect(running.notices).toEqual(['there is no policy 7']);
  });
});

describe('limits of an arming', () => {
  test('the time limit: back to monitor, with a notice, and the command succeeds', async () => {
    const running = await start([protect()]);
    await arm(running, { seconds: 1 });
    const status = await running.waitForPolicy('p', ({ mode }) => mode === 'monitor');
    expect(status).toMatchObject({ fuseBlown: false, armedUntil: undefined });
    expect(await shop.access('write', secret)).toMatchObject(LIVED);
    expect(running.notices).toEqual(['p: its time is over, back to monitor']);
  });

  test('the fuse: three die, the fourth lives, the policy is back in monitor', async () => {
    const running = await start([protect()]);
    // A window that no machine is too slow for.
    await arm(running, { fuse: { limit: 3, seconds: 600 } });
    for (let i = 0; i < 3; i++) expect(await shop.access('write', secret)).toMatchObject(KILLED);
    expect(content()).toBe('original');
    const fourth = await shop.access('write', secret);
    expect(fourth).toMatchObject(LIVED);
    expect(await hitsOf(fourth)).toMatchObject([
      {
        action: 'KPROBE_ACTION_SIGKILL',
        trigon: { mode: 'monitor', outcome: 'skipped', outcomeReason: 'fuse blown' },
      },
    ]);
    const status = await running.waitForPolicy('p', ({ mode }) => mode === 'monitor');
    expect(status.fuseBlown).toBe(true);
    expect((await running.status('p')).counts).toMatchObject({
      matched: 4,
      killed: 3,
      sparedFused: 1,
    });
    expect(running.notices).toEqual(['p: its fuse blew, back to monitor']);
    // Armed again it is whole again.
    await arm(running, { fuse: { limit: 3, seconds: 600 } });
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    expect((await running.status('p')).fuseBlown).toBe(false);
  });
});

describe('who is never hit', () => {
  /** Matches this test process as well as the victim program: only its own file, by whatever program. */
  const anyone = () => protect({ binaries: ['In', [shop.victim, process.execPath]] });

  test('the agent itself: it lives in this very process', async () => {
    const running = await start([anyone()]);
    await arm(running);
    writeFileSync(secret, 'by the test');
    expect(readFileSync(secret, 'utf8')).toBe('by the test');
    const hits = await hitsOf({ pid: process.pid });
    expect(hits.map((hit) => [accessOf(hit), hit.trigon])).toMatchObject([
      [2, { mode: 'enforce', outcome: 'skipped', outcomeReason: 'protected process' }],
      [4, { mode: 'enforce', outcome: 'skipped', outcomeReason: 'protected process' }],
      // The reader of a whole file reads once more, for its end.
      ...hits.slice(2).map(() => [4, { outcome: 'skipped' }]),
    ]);
    expect(await shop.access('write', secret)).toMatchObject(KILLED);
    expect((await running.status('p')).counts).toMatchObject({
      killed: 1,
      sparedProtected: hits.length,
      failed: 0,
    });
  });

  /** A child that writes to the secret file when it is told to. */
  function sleeper(): ChildProcess {
    const script = `read go; exec ${shop.victim} write ${secret}`;
    return spawn('/bin/sh', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }
  const endOf = (child: ChildProcess) =>
    new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));

  test('a process named in the options, also after it called exec; its brother is', async () => {
    const [spared, hit] = [sleeper(), sleeper()];
    const running = await start([protect()], { protect: [spared.pid ?? 0] });
    await arm(running);
    const ends = [endOf(spared), endOf(hit)];
    spared.stdin?.end('go\n');
    hit.stdin?.end('go\n');
    expect(await Promise.all(ends)).toEqual([
      { code: 0, signal: null },
      { code: null, signal: 'SIGKILL' },
    ]);
    expect(content()).toBe('changedl');
    expect((await running.status('p')).counts).toMatchObject({
      matched: 2,
      killed: 1,
      sparedProtected: 1,
    });
  });
});
