/** Screens and an agent over a real socket. The agent behind the hub is none: it says what the test lets it say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type AttachedAgent, attachToAgent } from '../../../../src/agent/attach/client.ts';
import {
  createFrameReader,
  decodeMessage,
  encodeGreeting,
  encodeHead,
  encodeMessage,
  FRAME,
} from '../../../../src/agent/attach/frames.ts';
import { createHub, type Hub, type HubHost } from '../../../../src/agent/attach/hub.ts';
import { ownIdentity } from '../../../../src/agent/attach/identity.ts';
import type { ScreenRequest } from '../../../../src/agent/attach/requests.ts';
import { MAX_SCREENS, startAttachServer } from '../../../../src/agent/attach/server.ts';
import { type AgentClient, projectRoot } from '../../../../src/agent/client.ts';
import type { PrivateServer } from '../../../../src/agent/control/privateServer.ts';
import type { Operator } from '../../../../src/agent/journal.ts';
import { NOTHING_LOST } from '../../../../src/agent/lost.ts';
import type { FromAgent } from '../../../../src/agent/messages.ts';
import type { FileOwner } from '../../../../src/agent/sudoUser.ts';
import type { Fact } from '../../../../src/events/facts.ts';
import type { PackedEvent } from '../../../../src/events/wire/packed.ts';
import { until } from '../../../driver/until.ts';

const AGENT = { pid: process.pid, node: 'host1', readOnly: false };

let folder: string;
let path: string;
let hub: Hub;
let server: PrivateServer;
let handled: { request: ScreenRequest; by: Operator; owner: FileOwner }[];
let facts: Fact[];
let disarmed: { policies: readonly number[]; ended: unknown; reason: unknown }[];
let warnings: string[];
let watched: unknown[];
let handle: (request: ScreenRequest) => void;
let open: (AgentClient | AttachedAgent | Socket)[];

/** What the hub asks of the agent is written down. */
const host: HubHost = {
  handle(request, by, owner) {
    handled.push({ request, by, owner });
    handle(request);
  },
  introduce: () => [{ type: 'status', policies: [], lost: NOTHING_LOST }],
  facts: () => facts,
  watch: (topics, again) => void watched.push([topics, again]),
  disarm: (policies, { ended, reason }) => void disarmed.push({ policies, ended, reason }),
  onScreen() {},
  warn: (text) => void warnings.push(text),
  log() {},
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tgattach-'));
  path = join(folder, 'agent.sock');
  [handled, disarmed, warnings, watched, open] = [[], [], [], [], []];
  handle = () => {};
  facts = [];
  return start();
});

async function start(): Promise<void> {
  hub = createHub(host);
  hub.tell({ type: 'ready', hostNamespaces: undefined });
  hub.tell({ type: 'loaded', problems: [], warnings: [] });
  server = startAttachServer(path, { ...ownIdentity(projectRoot()), ...AGENT }, hub);
  await server.ready;
}

/** The same with clocks that the test moves on. */
async function startWithFakeClocks(): Promise<void> {
  await hub.close();
  server.close();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  await start();
}

afterEach(async () => {
  vi.useRealTimers();
  for (const end of open)
    if ('destroy' in end) end.destroy();
    else if ('leave' in end) end.leave();
    else await end.stop();
  await hub.close();
  server.close();
  rmSync(folder, { recursive: true });
});

type Screen = { client: AgentClient; messages: FromAgent[]; of(type: FromAgent['type']): number };

async function attach(user = 'alice', readOnly = false, owner?: FileOwner): Promise<Screen> {
  const agent = await attachToAgent(path, { operator: { user }, readOnly, owner });
  if (!agent) throw new Error('nobody listens');
  const messages: FromAgent[] = [];
  const client = agent.start((message) => messages.push(message));
  open.push(client);
  const of = (type: FromAgent['type']) => messages.filter((one) => one.type === type).length;
  await until(() => of('loaded'));
  return { client, messages, of };
}

/** A screen that says what it wants, and needn't read. */
async function attachRaw(...bytes: Uint8Array[]): Promise<Socket> {
  const socket = connect(path);
  open.push(socket);
  socket.on('error', () => {});
  for (const part of bytes) socket.write(part);
  return socket;
}

/** A screen in a thread of its own, which arms policy 1 and beats on while this thread is busy. */
const beatElsewhere = (): Worker =>
  new Worker(
    `const { path, first, heartbeat } = require('node:worker_threads').workerData;
    const socket = require('node:net').connect(path).on('error', () => {}).resume();
    for (const part of first) socket.write(part);
    setInterval(() => socket.write(heartbeat), 200);`,
    {
      eval: true,
      workerData: {
        ...{ path, first: [greeting(), armFrame()] },
        heartbeat: encodeMessage({ type: 'heartbeat' }),
      },
    },
  );

const greeting = () =>
  encodeGreeting({
    ...ownIdentity(projectRoot()),
    ...{ operator: { user: 'mallory' }, readOnly: false },
  });

const eventOf = (bytes: number): PackedEvent => ({
  ...{ kind: 2, flags: 0, time: 5n, tgid: 1, tid: 1, ktime: 7n, parentTgid: 0, parentKtime: 0n },
  payload: new Uint8Array(bytes),
  process: new Uint8Array(8),
});
const pass = (event: PackedEvent) =>
  hub.tap.add({
    packed: event,
    event: () => expect.fail('screens get it packed'),
    json: () => expect.fail('screens get it packed'),
    whole: () => expect.fail('screens get it packed'),
  });

test('a new screen gets what it missed, in order, and then what happens', async () => {
  pass(eventOf(16));
  pass(eventOf(24));
  const { messages, of } = await attach();
  await until(() => of('records') === 1);
  expect(messages.map(({ type }) => type)).toEqual(['ready', 'status', 'loaded', 'records']);
  expect(messages[3]).toMatchObject({ count: 2 });
  // By the kernel's word: the other end is in this very process.
  expect(hub.pids()).toEqual([process.pid]);
  pass(eventOf(16));
  hub.tap.flush?.();
  await until(() => of('records') === 2);
  expect(messages.at(-1)).toMatchObject({ type: 'records', count: 1 });
});

test('answers go to whoever asked, whatever number they gave', async () => {
  const [one, two] = [await attach('one'), await attach('two')];
  handle = (request) => {
    if (request.type === 'describe-binary')
      hub.tell({ type: 'binary-description', request: request.request, profile: undefined });
  };
  one.client.send({ type: 'describe-binary', request: 1, binary: 'a' });
  two.client.send({ type: 'describe-binary', request: 1, binary: 'b' });
  two.client.send({ type: 'describe-binary', request: 2, binary: 'c' });
  await until(() => one.of('binary-description') === 1 && two.of('binary-description') === 2);
  expect(one.messages.at(-1)).toMatchObject({ request: 1 });
  expect(two.messages.slice(-2)).toMatchObject([{ request: 1 }, { request: 2 }]);
  expect(handled.map(({ by }) => by.user).sort()).toEqual(['one', 'two', 'two']);
});

test('a refusal is told to whoever asked, what happens by itself to all', async () => {
  const [one, two] = [await attach(), await attach()];
  handle = () => hub.tell({ type: 'notice', level: 'warning', text: 'refused' });
  one.client.send({ type: 'disarm-all' });
  await until(() => one.of('notice'));
  hub.tell({ type: 'notice', level: 'info', text: 'for all' });
  await until(() => one.of('notice') === 2 && two.of('notice') === 1);
  expect(two.messages.at(-1)).toMatchObject({ text: 'for all' });
});

test('whoever watches what another watches already gets it whole, and the other only changes', async () => {
  const [one, two] = [await attach(), await attach()];
  one.client.send({ type: 'watch', topics: ['tree'] });
  await until(() => watched.length === 1);
  two.client.send({ type: 'watch', topics: ['tree', 'alerts'] });
  await until(() => watched.length === 2);
  expect(watched).toEqual([
    [['tree'], []],
    [['tree', 'alerts'], ['tree']],
  ]);
  hub.tell({ type: 'alerts', reset: false, changed: [], removed: [] });
  hub.tell({ type: 'tree', reset: false, changed: [], removed: [] });
  await until(() => one.of('tree') && two.of('tree'));
  expect([one.of('alerts'), two.of('alerts')]).toEqual([0, 1]);
  await two.client.stop();
  await until(() => watched.length === 3);
  expect(watched[2]).toEqual([['tree'], []]);
});

test('what a screen has armed is disarmed when it goes; the rest stays', async () => {
  const [one, two] = [await attach('one'), await attach('two')];
  handle = (request) => {
    if (request.type === 'arm') hub.armed(request.policy);
  };
  const arm = (screen: Screen, policy: number) =>
    screen.client.send({
      ...{ type: 'arm', policy, seconds: undefined, added: [] },
      fuse: { limit: 1, seconds: 1 },
    });
  for (const policy of [1, 2, 3]) arm(one, policy);
  await until(() => handled.length === 3);
  arm(two, 2);
  await until(() => handled.length === 4);
  hub.armed(3); // by other means: "trigon policy mode"
  await one.client.stop();
  await until(() => disarmed.length);
  expect(disarmed).toEqual([
    { policies: [1], ended: 'disarmed', reason: 'the screen of one has gone' },
  ]);
});

test('a screen that says nothing for some seconds is hung: what it has armed is disarmed', async () => {
  await startWithFakeClocks();
  handle = () => hub.armed(1);
  await attachRaw(greeting(), armFrame());
  await until(() => handled.length === 1);
  await until(() => {
    vi.advanceTimersByTime(100);
    return disarmed.length > 0;
  });
  expect(disarmed).toMatchObject([{ policies: [1], ended: 'lapsed' }]);
  expect(warnings).toEqual([
    'the screen of mallory does not answer: what it had armed is back to monitor',
  ]);
  expect(hub.screens).toBe(1);
});

test('an agent that was busy for longer than that hears first what its screens have said meanwhile', async () => {
  const nobodyWrites = new Int32Array(new SharedArrayBuffer(4));
  handle = (request) => {
    if (request.type === 'arm') hub.armed(request.policy);
    // What the others say meanwhile lies in their sockets.
    else if (request.type === 'disarm-all') Atomics.wait(nobodyWrites, 0, 0, 7000);
  };
  const elsewhere = beatElsewhere();
  try {
    expect(await until(() => handled.length === 1)).toBe(true);
    const busy = await attach();
    busy.client.send({ type: 'disarm-all' });
    expect(await until(() => handled.length === 2)).toBe(true);
    // The looks that come now, and some more.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(disarmed).toEqual([]);
  } finally {
    await elsewhere.terminate();
  }
  expect(await until(() => disarmed.length > 0)).toBe(true);
  expect(disarmed).toMatchObject([{ policies: [1], ended: 'disarmed' }]);
});

test('an agent that is late each time finds a silent screen all the same', async () => {
  await startWithFakeClocks();
  handle = () => hub.armed(1);
  await attachRaw(greeting(), armFrame());
  await until(() => handled.length === 1);
  let looks = 0;
  await until(() => {
    const soon = performance.now() + 2000;
    vi.spyOn(performance, 'now').mockReturnValue(soon);
    vi.advanceTimersByTime(500);
    looks += 1;
    return disarmed.length > 0 || looks > 20;
  });
  vi.restoreAllMocks();
  expect(disarmed).toMatchObject([{ policies: [1], ended: 'lapsed' }]);
  // It is found behind the look: one more has begun by then.
  expect(looks).toBeLessThanOrEqual(4);
});

test('an agent that refuses to disarm is told of, and the hub lives', async () => {
  const [one, two] = [await attach('one'), await attach('two')];
  handle = () => hub.armed(1);
  one.client.send({
    ...{ type: 'arm', policy: 1, seconds: undefined, added: [] },
    fuse: { limit: 1, seconds: 1 },
  });
  await until(() => handled.length === 1);
  const { disarm } = host;
  host.disarm = () => {
    throw new Error('no such policy');
  };
  try {
    await one.client.stop();
    await until(() => warnings.length > 0);
  } finally {
    host.disarm = disarm;
  }
  expect(warnings).toEqual([
    "the screen of one has gone: what it had armed can't be disarmed: no such policy",
  ]);
  hub.tell({ type: 'notice', level: 'info', text: 'still here' });
  await until(() => two.of('notice'));
  expect(two.messages.at(-1)).toMatchObject({ text: 'still here' });
});

test('a screen that reads nothing loses events, which are counted, and is disconnected', async () => {
  await startWithFakeClocks();
  (await attachRaw(greeting())).pause();
  await until(() => hub.screens === 1);
  for (let i = 0; i < 40; i++) {
    pass(eventOf(1 << 20));
    hub.tap.flush?.();
  }
  const { clients = 0 } = hub.tap.lost?.() ?? {};
  expect(clients).toBeGreaterThan(0);
  expect(clients).toBeLessThan(10);
  await until(() => {
    vi.advanceTimersByTime(500);
    return hub.screens === 0;
  });
  expect(warnings).toEqual(['the screen of mallory does not read: disconnected']);
});

test('much that has been learnt comes in pieces, what happens meanwhile between them', async () => {
  facts = Array.from({ length: 20_000 }, (_, i) => ({
    ...{ kind: 'name', address: String(i), name: 'x'.repeat(100) },
  }));
  const { messages, of } = await attach();
  const learnt = () => messages.flatMap((one) => (one.type === 'facts' ? one.facts : []));
  expect(learnt().length).toBeGreaterThan(0);
  expect(learnt().length).toBeLessThan(facts.length);
  pass(eventOf(16));
  hub.tap.flush?.();
  await until(() => learnt().length === facts.length);
  expect(learnt()).toEqual(facts);
  expect(of('facts')).toBeGreaterThan(10);
  const types = messages.map(({ type }) => type);
  expect(types.indexOf('records')).toBeLessThan(types.lastIndexOf('facts'));
});

test('files are those of who called sudo, as root says, or of who the kernel says', async () => {
  const ask = async ({ client }: Screen) => {
    const before = handled.length;
    client.send({ type: 'record', path: '/x' });
    await until(() => handled.length > before);
    return handled.at(-1)?.owner;
  };
  expect(await ask(await attach('root'))).toEqual({
    uid: process.geteuid?.(),
    gid: process.getegid?.(),
  });
  expect(await ask(await attach('root', false, { uid: 1000, gid: 100 }))).toEqual({
    ...{ uid: 1000, gid: 100 },
  });
});

test('a screen that only reads changes nothing', async () => {
  const { client, messages, of } = await attach('alice', true);
  client.send({ type: 'set-mode', policy: 1, mode: 'off' });
  await until(() => of('notice'));
  expect(messages.at(-1)).toMatchObject({ text: expect.stringContaining('--read-only') });
  expect(handled).toEqual([]);
});

test('a screen whose process is not known arms nothing and sends no signal; the rest it may', () => {
  const told: FromAgent[] = [];
  const { ask } = hub.join({
    ...{ operator: { user: 'alice' }, readOnly: false, pid: 0, disconnect() {} },
    owner: { uid: 0, gid: 0 },
    link: {
      ...{ waiting: 0, stuckSince: undefined },
      send: (...parts) => {
        for (const frame of createFrameReader(1 << 20).add(Buffer.concat(parts)) ?? [])
          if (frame.kind === FRAME.message) told.push(decodeMessage(frame) as FromAgent);
      },
    },
  });
  const before = told.length;
  const fuse = { limit: 5, seconds: 5 };
  ask({ type: 'arm', policy: 1, seconds: undefined, added: [], fuse });
  ask({ type: 'signal', signal: 'SIGTERM', processes: [{ pid: 4711, ktime: 1n }] });
  expect(handled).toEqual([]);
  const refusal = { type: 'notice', text: expect.stringContaining('another PID namespace') };
  expect(told.slice(before)).toEqual([refusal, refusal].map((one) => expect.objectContaining(one)));
  ask({ type: 'disarm-all' });
  expect(handled.map(({ request }) => request.type)).toEqual(['disarm-all']);
});

test('another version is refused, by either side', async () => {
  const root = projectRoot();
  const other = { ...ownIdentity(root), version: '0.0.0-other' };
  const socket = await attachRaw(
    encodeGreeting({ ...other, operator: { user: 'x' }, readOnly: false }),
  );
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  await until(() => said.includes('refusal'));
  expect(said).toContain('another version');
  expect(hub.screens).toBe(0);

  server.close();
  const elder = startAttachServer(path, { ...other, ...AGENT }, hub);
  await elder.ready;
  await expect(attachToAgent(path, { operator: { user: 'x' }, readOnly: false })).rejects.toThrow(
    /another version \(0\.0\.0-other, pid \d+\): restart it, or --standalone/,
  );
  elder.close();
});

test(`${MAX_SCREENS} screens at once, and no more`, async () => {
  for (let i = 0; i < MAX_SCREENS; i++) await attach();
  await expect(attach()).rejects.toThrow(`${MAX_SCREENS} screens are attached already`);
});

test('nobody there is no error; somebody else is', async () => {
  const introduction = { operator: { user: 'x' }, readOnly: false };
  expect(await attachToAgent(join(folder, 'none.sock'), introduction)).toBeUndefined();
  server.close();
  expect(await attachToAgent(path, introduction)).toBeUndefined();
});

test('whatever comes over the socket, the agent lives', async () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed;
  };
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => random() >> 16);
  for (let round = 0; round < 60; round++) {
    const body = bytes(random() % 200);
    const parts = round % 3 === 0 ? [] : [greeting()];
    if (round % 2 === 0) parts.push(encodeHead(FRAME.message, body.length));
    const socket = await attachRaw(...parts, body);
    socket.resume();
    socket.end();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  expect(handled).toEqual([]);
  await until(() => hub.screens === 0);
  await attach();
  expect(hub.screens).toBe(1);
});

test('the agent goes: the screen is told once', async () => {
  const { messages, of } = await attach();
  hub.tell({ type: 'stopped', lost: NOTHING_LOST });
  await hub.close();
  server.close();
  await until(() => of('failed'));
  expect(messages.at(-1)).toMatchObject({
    message: `the agent (pid ${process.pid}) has ended`,
  });
  expect(of('failed')).toBe(1);
});

function armFrame(): Uint8Array {
  const arm = { type: 'arm', policy: 1, seconds: undefined, added: [] };
  return encodeMessage({ ...arm, fuse: { limit: 1, seconds: 1 } });
}
