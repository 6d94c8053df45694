/** What ends enforcement when nobody watches over it any more: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PolicyStatus } from '../../src/agent/messages.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { bpfObjectsOf, openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let secret: string;
let agent: ChildProcess;
/** The last status that the agent printed. */
let policy: PolicyStatus | undefined;

beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

beforeEach(async () => {
  secret = shop.file('secret', 'original');
  const text = policyText('p', [
    { args: [[0, 'Equal', [secret]]], binaries: ['In', [shop.victim]], actions: ['Sigkill'] },
  ]);
  const fixture = fileURLToPath(new URL('fixtures/armed-agent.ts', import.meta.url));
  policy = undefined;
  agent = spawn(process.execPath, [fixture, shop.file('p.yaml', text)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let pending = '';
  agent.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = `${pending}${chunk}`.split('\n');
    pending = lines.pop() ?? '';
    const last = lines.at(-1);
    if (last) policy = JSON.parse(last)[0];
  });
  expect(await until(() => policy?.mode === 'enforce')).toBe(true);
});
afterEach(async () => {
  agent.kill('SIGCONT');
  agent.kill('SIGKILL');
  await until(() => agent.exitCode !== null || agent.signalCode !== null);
});

const survives = async (): Promise<boolean> => (await shop.access('write', secret)).signal === null;

test('stopped, the agent enforces nothing within seconds; it was the deadline that ended it', async () => {
  expect(await survives()).toBe(false);
  agent.kill('SIGSTOP');
  // Few tries, so that it can't be the fuse; ten seconds are what the operator is promised.
  expect(await until(survives, { limitMs: 10_000, everyMs: 700 })).toBe(true);
  agent.kill('SIGCONT');
  expect(await until(() => (policy?.counts.sparedExpired ?? 0) > 0)).toBe(true);
  expect(policy).toMatchObject({ fuseBlown: false, counts: { sparedFused: 0 } });
});

test('killed with -9, it enforces nothing, and nothing of it stays in the kernel', async () => {
  expect(await survives()).toBe(false);
  const held = bpfObjectsOf(agent.pid ?? 0);
  for (const kind of ['prog', 'map', 'link'])
    expect(held.some((name) => name.startsWith(kind))).toBe(true);
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGKILL');
  await ended;
  expect(await survives()).toBe(true);
  expect(await until(async () => (await shop.access('alive', ...held)).stdout === '')).toBe(true);
});

test('at the end of its input it stops in order', async () => {
  const held = bpfObjectsOf(agent.pid ?? 0);
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  agent.stdin?.end();
  expect(await ended).toBe(0);
  expect(await survives()).toBe(true);
  expect(await until(async () => (await shop.access('alive', ...held)).stdout === '')).toBe(true);
});
