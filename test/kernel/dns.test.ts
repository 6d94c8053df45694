/** Host names from the DNS answers that this host receives, as an operator sees them: needs root, cgroup v2 and `npm run build`. */
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, encode, type Packet } from 'dns-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { decodeEvent } from '../../src/events/json.ts';
import type { Event } from '../../src/events/types.ts';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';

/** Loopback addresses that nobody else uses: 127.0.0.0/8 is all ours. */
const net = `127.${1 + (process.pid % 200)}.${(process.pid >> 8) % 200}`;
const DNS_SERVER = `${net}.53`;

let folder: string;
let shell: string;
let trigon: Headless;
let server: Socket;
let client: Socket;
let clientPort: number;
let received: Buffer[];
let listener: Server;
/** Of the listener, on each of the addresses. */
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tgdns-'));
  shell = join(folder, 'shell');
  copyFileSync('/bin/bash', shell);
  const policy = join(folder, 'connect.yaml');
  execFileSync(process.execPath, [
    ...[LAUNCHER, 'policy', 'new', '--connect', '--binary', shell],
    ...['--name', 'dns-test', '--out', policy],
  ]);
  listener = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve));
  const at = listener.address();
  port = typeof at === 'object' && at ? at.port : 0;
  server = createSocket('udp4');
  await new Promise<void>((resolve) => server.bind(53, DNS_SERVER, resolve));
  client = createSocket('udp4');
  received = [];
  client.on('message', (message) => received.push(message));
  await new Promise<void>((resolve) => client.bind(0, `${net}.1`, resolve));
  clientPort = client.address().port;
  trigon = await startHeadless(folder, ['--policy', policy, '--event-types', 'kprobe,lsm']);
}, 60_000);

afterAll(async () => {
  const errors = await trigon.stop();
  server.close();
  client.close();
  listener.close();
  rmSync(folder, { recursive: true, force: true });
  expect(errors).toMatch(/ events in /);
});

const address = (name: string, data: string): Answer => ({ type: 'A', name, ttl: 60, data });

const answer = (name: string, answers: Answer[], more: Partial<Packet> = {}): Buffer =>
  encode({ type: 'response', id: 1, questions: [{ type: 'A', name }], answers, ...more });

/** Sends what looks like an answer so many times at once, and waits until the client has them: whatever it is, it must pass. */
async function tell(message: Uint8Array, times = 1): Promise<void> {
  const before = received.length;
  for (let i = 0; i < times; i++) server.send(message, clientPort, `${net}.1`);
  expect(await until(() => received.length >= before + times, { everyMs: 1 })).toBe(true);
  expect(received.at(-1)).toEqual(Buffer.from(message));
}

/** The event of a connection of the test's own shell to the address. */
async function connect(to: string): Promise<Event> {
  const before = trigon.lines.length;
  await run(shell, ['-c', `exec 3<>/dev/tcp/${to}/${port}`]);
  const line = await until(() => trigon.lines.slice(before).find((one) => one.includes(`"${to}"`)));
  return decodeEvent(line ?? 'no event');
}

const namesOf = async (to: string) => (await connect(to)).trigon?.names;

/**
 * The names of the address, told again and again: an answer that finds Trigon at work for longer than a look at answers may take is
 * thrown away, as one of a flood. Events of before it don't have them.
 */
const named = (to: string, tellAgain: () => Promise<void>) =>
  until(async () => {
    await tellAgain();
    return namesOf(to);
  });

test('an address has the name that was asked for, by way of aliases', async () => {
  const to = `${net}.10`;
  expect(await namesOf(to)).toBeUndefined();
  const message = answer('Shop.Example.com', [
    { type: 'CNAME', name: 'shop.example.com', ttl: 5, data: 'edge.example.net' },
    address('edge.example.net', to),
  ]);
  expect(await named(to, () => tell(message))).toEqual({ [to]: 'shop.example.com' });
});

test('whatever else comes from port 53 passes, and changes nothing', async () => {
  const [never, to] = [`${net}.11`, `${net}.12`];
  const good = [address('evil.example', never)];
  const whole = answer('evil.example', good);
  const cases: Uint8Array[] = [
    Buffer.alloc(1),
    Buffer.alloc(12),
    Buffer.alloc(60_000, 0xc0),
    Buffer.from('not DNS at all'),
    answer('evil.example', good, { flags: 3 }),
    answer('evil.example', good, { type: 'query' }),
    answer('other.example', good),
    answer('evil.example\u001b[2J', [address('evil.example\u001b[2J', never)]),
    whole.subarray(0, -1),
    Buffer.from([0, 1, 0x80, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]),
    // Longer than any answer that is looked at.
    Buffer.concat([whole, Buffer.alloc(1400)]),
  ];
  for (const message of cases) await tell(message);
  const after = answer('after.example', [address('after.example', to)]);
  expect(await named(to, () => tell(after))).toEqual({ [to]: 'after.example' });
  expect(await namesOf(never)).toBeUndefined();
});

test('a flood of answers passes, and is not looked at beyond the limit', async () => {
  const to = `${net}.13`;
  const message = answer('flood.example', [address('flood.example', `${net}.14`)]);
  const unseen = async () => (await askTrigon(trigon.socket, { command: 'stats' })).dns?.tooMany;
  const before = (await unseen()) ?? 0;
  // As many at once as a socket holds: one after the other they may be slower than the limit.
  for (let i = 0; i < 30; i++) await tell(message, 100);
  expect(await unseen()).toBeGreaterThan(before);
  const late = answer('late.example', [address('late.example', to)]);
  expect(await named(to, () => tell(late))).toEqual({ [to]: 'late.example' });
}, 60_000);

test('answers over IPv6, in a network namespace of its own', async () => {
  const to = `${net}.15`;
  const file = join(folder, 'exchange.cjs');
  const bytes = answer('six.example', [address('six.example', to)]).toString('hex');
  writeFileSync(
    file,
    `const { createSocket } = require('node:dgram');
const [client, server] = [createSocket('udp6'), createSocket('udp6')];
client.on('message', () => { client.close(); server.close(); });
client.bind(0, '::1', () => server.bind(53, '::1', () =>
  server.send(Buffer.from('${bytes}', 'hex'), client.address().port, '::1')));
`,
  );
  const script = `ip link set lo up && exec ${process.execPath} ${file}`;
  const exchange = async () =>
    expect(await run('unshare', ['--net', 'sh', '-c', script])).toMatchObject({ code: 0 });
  expect(await named(to, exchange)).toEqual({ [to]: 'six.example' });
});

test('nothing is watched with --no-dns-names', async () => {
  const own = mkdtempSync(join(folder, 'off-'));
  const policy = join(folder, 'connect.yaml');
  const off = await startHeadless(own, ['--policy', policy, '--no-dns-names']);
  const { dns } = await askTrigon(off.socket, { command: 'stats' });
  await off.stop();
  expect(dns).toBeUndefined();
});
