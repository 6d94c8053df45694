/** `trigon agent` and the screens that attach to it: needs root, clang and the built program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { attachToAgent } from '../../src/agent/attach/client.ts';
import type { AgentClient } from '../../src/agent/client.ts';
import { askTrigon } from '../../src/agent/control/client.ts';
import { DEFAULT_FUSE, type FromAgent } from '../../src/agent/messages.ts';
import { type AgentProcess, startAgentProcess } from '../driver/agentProcess.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const SCREEN = fileURLToPath(new URL('fixtures/attached-screen.ts', import.meta.url));

let shop: Workshop;
let agent: AgentProcess;
let secrets: { screens: string; services: string };
let clients: AgentClient[];
let children: ChildProcess[];

beforeAll(() => {
  shop = openWorkshop();
});
afterAll(() => shop.remove());

beforeEach(async () => {
  [clients, children] = [[], []];
  secrets = {
    screens: shop.file('screens-secret', 'original'),
    services: shop.file('services-secret', 'original'),
  };
  const policies = Object.entries(secrets).map(([name, secret]) =>
    shop.file(
      `${name}.yaml`,
      policyText(name, [{ args: [[0, 'Equal', [secret]]], actions: ['Sigkill'] }]),
    ),
  );
  agent = await startAgentProcess(
    shop.folder,
    policies.flatMap((file) => ['--policy', file]),
  );
});
afterEach(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    await until(() => child.exitCode !== null || child.signalCode !== null);
  }
  for (const client of clients) await client.stop();
  if (agent.isRunning()) await agent.stop();
});

async function attach(): Promise<{ client: AgentClient; messages: FromAgent[] }> {
  const attached = await attachToAgent(agent.socket, {
    operator: { user: 'tester' },
    readOnly: false,
  });
  if (!attached) throw new Error('nobody listens');
  const messages: FromAgent[] = [];
  const client = attached.start((message) => messages.push(message));
  clients.push(client);
  return { client, messages };
}

/** Whether events with this text have come. */
const has = (messages: readonly FromAgent[], text: string): boolean =>
  messages.some((one) => one.type === 'records' && Buffer.from(one.buffer).includes(text));

async function startScreen(): Promise<{ child: ChildProcess; lines: string[] }> {
  const child = spawn(process.execPath, [SCREEN, agent.socket], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    lines.push(...chunk.split('\n').filter((line) => line !== ''));
  });
  expect(await until(() => lines.includes('loaded'))).toBe(true);
  return { child, lines };
}

const modeOf = async (name: string) => (await agent.policy(name)).mode;
const armByCommand = async (name: string) => {
  const { id } = await agent.policy(name);
  const arming = { id, seconds: null, add: 'none', fuse: DEFAULT_FUSE } as const;
  await askTrigon(agent.control, { command: 'arm', ...arming });
};
const kills = async (secret: string) => (await shop.access('write', secret)).signal === 'SIGKILL';

test('screens get events, also those from before; when they go, it stays, until it is told to end', async () => {
  const before = randomUUID();
  await run('/bin/true', [before]);
  const [one, two] = [await attach(), await attach()];
  expect(await until(() => has(one.messages, before) && has(two.messages, before))).toBe(true);
  const after = randomUUID();
  await run('/bin/true', [after]);
  expect(await until(() => has(one.messages, after) && has(two.messages, after))).toBe(true);
  await one.client.stop();
  await two.client.stop();
  const alone = randomUUID();
  await run('/bin/true', [alone]);
  const three = await attach();
  expect(await until(() => has(three.messages, alone))).toBe(true);
  expect(statSync(agent.socket).mode & 0o777).toBe(0o600);
  expect(await agent.stop()).toBe(0);
  expect(await until(() => three.messages.find(({ type }) => type === 'failed'))).toMatchObject({
    message: `the agent (pid ${agent.pid}) has ended`,
  });
  expect(agent.log()).toMatch(/ended, 0 lost/);
  expect([agent.socket, agent.control].some((path) => existsSync(path))).toBe(false);
});

test('what a screen has armed ends with it; what "trigon policy" has armed stays', async () => {
  const { child } = await startScreen();
  await armByCommand('services');
  child.stdin?.write('arm screens\n');
  expect(await until(async () => (await modeOf('screens')) === 'enforce')).toBe(true);
  expect(await kills(secrets.screens)).toBe(true);
  child.kill('SIGKILL');
  expect(await until(async () => (await modeOf('screens')) === 'monitor')).toBe(true);
  expect(await kills(secrets.screens)).toBe(false);
  expect(await modeOf('services')).toBe('enforce');
  expect(await kills(secrets.services)).toBe(true);
  expect(await until(() => agent.log().includes('the screen of tester on pts/77 has gone'))).toBe(
    true,
  );
});

test('a screen that hangs: what it has armed is back to monitor within seconds', async () => {
  const { child, lines } = await startScreen();
  await armByCommand('services');
  child.stdin?.write('arm screens\n');
  expect(await until(async () => (await modeOf('screens')) === 'enforce')).toBe(true);
  child.kill('SIGSTOP');
  expect(
    await until(async () => (await modeOf('screens')) === 'monitor', { limitMs: 10_000 }),
  ).toBe(true);
  expect(await modeOf('services')).toBe('enforce');
  // The socket answers as soon as it is done, the log is written by another thread.
  const lapsed = /lapsed +screens \(the screen of tester on pts\/77 does not answer/;
  expect(await until(() => lapsed.test(agent.log())), agent.log()).toBe(true);
  // It comes back, and learns what has become of it.
  child.kill('SIGCONT');
  expect(await until(() => lines.some((line) => line.includes('does not answer')))).toBe(true);
});

test('no policy hits a screen that is attached, from its first moment on', async () => {
  await armByCommand('screens');
  const { child, lines } = await startScreen();
  child.stdin?.write(`write ${secrets.screens}\n`);
  expect(await until(() => lines.includes('written'))).toBe(true);
  expect(await until(async () => (await agent.policy('screens')).counts.sparedProtected > 0)).toBe(
    true,
  );
  expect(await kills(secrets.screens)).toBe(true);
});

test('bytes that mean nothing, and peers that say nothing, harm nobody', async () => {
  const mute = connect(agent.socket);
  for (let round = 0; round < 20; round++) {
    const socket = connect(agent.socket);
    socket.on('error', () => {});
    socket.resume().end(randomBytes(4096));
    await new Promise((resolve) => socket.once('close', resolve));
  }
  const { messages } = await attach();
  expect(await until(() => messages.some(({ type }) => type === 'status'))).toBe(true);
  mute.destroy();
  expect(agent.isRunning()).toBe(true);
});

test('what is asked about things that are not there is refused, and harms nobody', async () => {
  const { client, messages } = await attach();
  const about = { request: 1, policy: 4000 };
  const nobody = { pid: 4_000_000, ktime: 1n };
  client.send({ type: 'set-mode', policy: 4000, mode: 'off' });
  client.send({ type: 'arm', policy: 4000, seconds: 1, added: [], fuse: DEFAULT_FUSE });
  const requests = ['prepare-arming', 'read-policy', 'test-policy'] as const;
  for (const type of requests) client.send({ type, ...about });
  client.send({ type: 'set-parameters', ...about, values: {} });
  client.send({ type: 'describe', request: 2, ...nobody });
  client.send({ type: 'open-files', request: 3, ...nobody });
  client.send({ type: 'describe-binary', request: 4, binary: '' });
  client.send({ type: 'signal', signal: 'SIGTERM', processes: [nobody] });
  client.send({ type: 'find-target', request: 5, process: nobody });
  expect(await until(() => messages.some((one) => 'request' in one && one.request === 5))).toBe(
    true,
  );
  expect(await until(() => messages.some(({ type }) => type === 'tested'))).toBe(true);
  expect(agent.isRunning()).toBe(true);
  expect(await modeOf('screens')).toBe('monitor');
});

test('the agent is killed: its screens are told', async () => {
  const { messages } = await attach();
  await until(() => messages.some(({ type }) => type === 'loaded'));
  process.kill(agent.pid, 'SIGKILL');
  expect(await until(() => messages.find(({ type }) => type === 'failed'))).toMatchObject({
    message: expect.stringContaining(`the agent (pid ${agent.pid}) is gone`),
  });
  // The launcher says so to whoever started it, as a shell would.
  expect(await agent.ended).toBe(128 + 9);
});

test('a second agent in the same place is refused, and told of the first', async () => {
  const { code, stderr } = await run(process.execPath, [
    ...[LAUNCHER, 'agent', '--agent-socket', agent.socket],
    ...['--socket', shop.path('other.sock'), '--server-address', 'none'],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain(`an agent runs already (pid ${agent.pid}`);
});
