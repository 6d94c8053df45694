/**
 * Tetragon's gRPC API of the running agent, asked by a client that knows nothing of ours but the description. Policies name a
 * program at a path that exists only here.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GrpcOptions } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { run } from '../driver/command.ts';
import { freePort } from '../driver/freePort.ts';
import { type GrpcClient, openGrpcClient } from '../driver/grpcClient.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

let shop: Workshop;
let agent: AgentUnderTest | undefined;
let clients: GrpcClient[] = [];

beforeAll(() => {
  shop = openWorkshop();
});
afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await agent?.stop();
  agent = undefined;
});
afterAll(() => shop.remove());

const open = (...given: Parameters<typeof openGrpcClient>): GrpcClient => {
  const client = openGrpcClient(...given);
  clients.push(client);
  return client;
};

/** The agent, and a client at its socket. */
async function start(
  options: { readOnly?: boolean } = {},
): Promise<{ client: GrpcClient; path: string; address: string }> {
  const path = shop.path('tetragon.sock');
  const address = `unix://${path}`;
  agent = await startAgent({ grpc: { address }, ...options });
  expect(await until(() => existsSync(path)), agent.notices.join('\n')).toBe(true);
  return { client: open(address), path, address };
}

type Json = Record<string, unknown>;
const processOf = (message: Json): Json => {
  const body = message[String(message.event)] as Json;
  return body.process as Json;
};
const hasBinary = (binary: string) => (message: Json) =>
  message.event !== 'rate_limit_info' && processOf(message)?.binary === binary;

const refused = (call: Promise<unknown>): Promise<ServiceError> =>
  call.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: ServiceError) => error,
  );

/** Numbers of the fields of a message and their bytes; nothing of any library. */
function fieldsOf(message: Uint8Array): { number: number; value: bigint | Uint8Array }[] {
  const found: { number: number; value: bigint | Uint8Array }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    if ((tag & 7) === 0) found.push({ number: tag >> 3, value: varint() });
    else {
      expect(tag & 7).toBe(2);
      const length = Number(varint());
      found.push({ number: tag >> 3, value: message.subarray(at, at + length) });
      at += length;
    }
  }
  return found;
}
const bytesIn = (message: Uint8Array, number: number): Uint8Array => {
  const value = fieldsOf(message).find((field) => field.number === number)?.value;
  if (!(value instanceof Uint8Array)) throw new Error(`no field ${number}`);
  return value;
};
const textIn = (message: Uint8Array, number: number) =>
  Buffer.from(bytesIn(message, number)).toString();

test('events of a process come to a client, with the numbers of the reference on the wire', async () => {
  const { client, path } = await start();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const filter = { binary_regex: [shop.victim.replaceAll('.', '\\.')] };
  const all = client.events({ allow_list: [filter] });
  const exits = client.events({ allow_list: [{ ...filter, event_set: ['PROCESS_EXIT'] }] });
  const others = client.events({ allow_list: [filter], deny_list: [filter] });
  const few = client.events({
    allow_list: [filter],
    field_filters: [{ fields: { paths: ['process.pid', 'process.binary'] }, action: 'INCLUDE' }],
  });
  const allHear = async () => {
    await shop.access('read', '/dev/null');
    return exits.messages.length > 0 && all.messages.length > 1 && few.messages.length > 1;
  };
  expect(await until(allHear)).toBe(true);
  const exec = all.messages.findIndex(({ event }) => event === 'process_exec');
  expect(processOf(all.messages[exec] as Json)).toMatchObject({
    binary: shop.victim,
    arguments: 'read /dev/null',
    uid: { value: 0 },
  });
  expect(all.messages.every(hasBinary(shop.victim))).toBe(true);
  expect(new Set(exits.messages.map(({ event }) => event))).toEqual(new Set(['process_exit']));
  expect(others.messages).toEqual([]);
  const short = few.messages.find(({ event }) => event === 'process_exec') as Json;
  expect(processOf(short)).toMatchObject({ binary: shop.victim, arguments: '', exec_id: '' });

  // GetEventsResponse: 1 process_exec, 1000 node_name, 1001 time {1 seconds, 2 nanos}.
  const raw = all.raw[exec] as Buffer;
  expect(fieldsOf(raw).map(({ number }) => number)).toEqual([1, 1000, 1001]);
  expect(textIn(raw, 1000)).toBe('test-node');
  expect(fieldsOf(bytesIn(raw, 1001)).map(({ number }) => number)).toEqual([1, 2]);
  // ProcessExec: 1 process, 2 parent. Process: 1 exec_id, 2 pid, 3 uid, 4 cwd, 5 binary, 6 arguments, 7 flags, 8 start_time …
  const process = bytesIn(bytesIn(raw, 1), 1);
  expect(textIn(process, 5)).toBe(shop.victim);
  expect(textIn(process, 6)).toBe('read /dev/null');
  // UInt32Value: 1 value; a zero isn't written, but its message is.
  expect(fieldsOf(bytesIn(process, 3))).toEqual([]);
  expect(fieldsOf(bytesIn(process, 2))).toEqual([
    { number: 1, value: BigInt(String((processOf(all.messages[exec] as Json).pid as Json).value)) },
  ]);
  const numbers = fieldsOf(process).map(({ number }) => number);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(Math.max(...numbers)).toBeLessThanOrEqual(21);
});

test('a policy is added, armed, disarmed and deleted', async () => {
  const { client } = await start();
  const secret = shop.file('data/secret', 'original');
  const yaml = policyText('guarded', [
    {
      args: [[0, 'Equal', [secret]]],
      binaries: ['In', [shop.victim]],
      actions: ['Sigkill'],
    },
  ]);
  const { messages } = client.events({ allow_list: [{ policy_names: ['guarded'] }] });
  await client.call('AddTracingPolicy', { yaml });
  const name = { name: 'guarded' };
  const listed = async () => {
    const { policies } = await client.call('ListTracingPolicies');
    return (policies as Json[]).find((policy) => policy.name === 'guarded') as Json;
  };
  expect(await listed()).toMatchObject({
    state: 'TP_STATE_ENABLED',
    mode: 'TP_MODE_MONITOR',
    domain: 'grpc',
    enabled: true,
    sensors: ['generic_kprobe'],
    hook_statuses: [{ state: 'STATUS_LOADED', hook_idx: 0 }],
  });
  const again = await refused(client.call('AddTracingPolicy', { yaml }));
  expect(again.code).toBe(status.ALREADY_EXISTS);

  const watched = await shop.access('read', secret);
  expect(watched).toMatchObject({ code: 0, signal: null });

  await client.call('ConfigureTracingPolicy', { ...name, mode: 'TP_MODE_ENFORCE' });
  expect(await listed()).toMatchObject({ mode: 'TP_MODE_ENFORCE' });
  const isSaid = () => agent?.notices.includes('guarded: armed over gRPC');
  expect(await until(isSaid), agent?.notices.join('\n')).toBe(true);
  const killed = await shop.access('read', secret);
  expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' });

  await client.call('ConfigureTracingPolicy', { ...name, mode: 'TP_MODE_MONITOR' });
  expect(await shop.access('read', secret)).toMatchObject({ code: 0, signal: null });
  const { stats } = await listed();
  const { selector_action_counters: counters } = stats as { selector_action_counters: Json[] };
  expect(counters).toMatchObject([
    {
      hook: 'security_file_permission',
      hook_index: { value: 0 },
      selector_index: { value: 0 },
      action_counters: { signal: '1' },
    },
  ]);
  const [{ action_counters: counted }] = counters as [{ action_counters: Json }];
  expect(Number(counted.monitor_signal)).toBeGreaterThanOrEqual(2);
  expect(await until(() => messages.some(({ event }) => event === 'process_kprobe'))).toBe(true);
  expect(messages.every(({ event }) => event === 'process_kprobe')).toBe(true);

  await client.call('ConfigureTracingPolicy', { ...name, enable: false });
  expect(await listed()).toMatchObject({ state: 'TP_STATE_DISABLED', enabled: false });
  const disabled = await refused(
    client.call('ConfigureTracingPolicy', { ...name, mode: 'TP_MODE_ENFORCE' }),
  );
  expect(disabled.code).toBe(status.FAILED_PRECONDITION);
  await client.call('EnableTracingPolicy', name);
  expect(await listed()).toMatchObject({ state: 'TP_STATE_ENABLED', mode: 'TP_MODE_MONITOR' });

  await client.call('DeleteTracingPolicy', name);
  expect(await listed()).toBeUndefined();
  expect((await refused(client.call('DeleteTracingPolicy', name))).code).toBe(status.NOT_FOUND);
  const { events = [] } = agent ?? {};
  await agent?.waitForEvent(
    (event) => event.kind === 'trigon_journal' && event.action === 'removed',
  );
  expect(
    events.flatMap((event) =>
      event.kind === 'trigon_journal' ? [`${event.action} ${event.via}`] : [],
    ),
  ).toEqual(
    ['added', 'armed', 'disarmed', 'off', 'monitor', 'removed'].map((what) => `${what} grpc`),
  );
});

test('what is wrong is refused with a reason', async () => {
  const { client } = await start({ readOnly: true });
  const bad = await refused(client.call('AddTracingPolicy', { yaml: 'kind: [' }));
  expect(bad.code).toBe(status.INVALID_ARGUMENT);
  expect(bad.details).toMatch(/policy:1:/);
  const wrong = await refused(
    client.call('AddTracingPolicy', {
      yaml: policyText('p', []).replace('type: file', 'type: flie'),
    }),
  );
  expect(wrong.code).toBe(status.INVALID_ARGUMENT);
  expect(wrong.details).toContain('flie');
  const reserved = await refused(
    client.call('AddTracingPolicy', { yaml: policyText('p', []), domain: 'static' }),
  );
  expect(reserved.code).toBe(status.INVALID_ARGUMENT);

  const yaml = policyText('quiet', [
    { args: [[0, 'Equal', [shop.path('none')]]], actions: ['Sigkill'] },
  ]);
  await client.call('AddTracingPolicy', { yaml, domain: 'tests' });
  expect(await client.call('ListDomains')).toEqual({ domains: ['grpc', 'static', 'tests'] });
  const other = { name: 'quiet', domain: 'grpc' };
  expect((await refused(client.call('DeleteTracingPolicy', other))).code).toBe(status.NOT_FOUND);
  const armed = await refused(
    client.call('ConfigureTracingPolicy', { name: 'quiet', mode: 'TP_MODE_ENFORCE' }),
  );
  expect(armed.code).toBe(status.FAILED_PRECONDITION);
  expect(armed.details).toContain('--read-only');
  const nothing = await refused(client.call('ConfigureTracingPolicy', { name: 'quiet' }));
  expect(nothing.code).toBe(status.INVALID_ARGUMENT);

  const sensors = await refused(client.call('ListSensors'));
  expect(sensors.code).toBe(status.UNIMPLEMENTED);
  expect(sensors.details).toContain('ListSensors');
  const { stream, ended } = client.events({ allow_list: [{ binary_regex: ['('] }] });
  expect(await until(ended)).toBeDefined();
  expect(ended()).toMatchObject({ code: status.INVALID_ARGUMENT });
  stream.cancel();
  const huge = await refused(client.call('AddTracingPolicy', { yaml: 'x'.repeat(2 << 20) }));
  expect(huge.code).toBe(status.RESOURCE_EXHAUSTED);

  expect(await client.call('GetVersion')).toEqual({ version: expect.stringMatching(/^trigon /) });
  expect(await client.call('GetHealth')).toMatchObject({
    health_status: [{ status: 'HEALTH_STATUS_RUNNING' }],
  });
  expect(await client.call('GetInfo')).toMatchObject({ name: 'trigon' });
  // HealthCheckResponse { status: SERVING }, and a request { service: "none" }.
  expect(await client.raw('/grpc.health.v1.Health/Check')).toEqual(Buffer.of(8, 1));
  const none = Buffer.concat([Buffer.of(10, 4), Buffer.from('none')]);
  const unknown = await refused(client.raw('/grpc.health.v1.Health/Check', none));
  expect(unknown.code).toBe(status.NOT_FOUND);
});

test('a client that does not read loses events, which are counted and told; others go on', async () => {
  const { client } = await start();
  // Of a program that nobody else runs: where others do much the slow one would never keep up again.
  const program = shop.path('long');
  copyFileSync('/bin/true', program);
  const told = { event_set: ['RATE_LIMIT_INFO'] };
  const slow = client.events({ allow_list: [{ binary_regex: [program] }, told] });
  const quick = client.events({ allow_list: [{ binary_regex: [shop.victim] }] });
  const bothHear = async () => {
    await Promise.all([run(program), shop.access('read', '/dev/null')]);
    return slow.messages.length > 0 && quick.messages.length > 0;
  };
  expect(await until(bothHear)).toBe(true);
  slow.stream.pause();
  // Each event carries its arguments: some MiB are gone soon.
  const long = 'x'.repeat(100_000);
  const lost = await until(
    async () => {
      await Promise.all(Array.from({ length: 8 }, () => run(program, [long])));
      return agent?.notices.some((text) => text.includes('does not keep up'));
    },
    { everyMs: 0, limitMs: 60_000 },
  );
  expect(lost).toBe(true);
  // It hears of what it missed when it reads again.
  slow.stream.resume();
  const found = await until(() => slow.messages.find(({ event }) => event === 'rate_limit_info'));
  const info = found?.rate_limit_info as Json | undefined;
  const missed = Number(info?.number_of_dropped_process_events);
  expect(missed).toBeGreaterThan(0);
  const before = quick.messages.length;
  await shop.access('read', '/dev/null');
  expect(await until(() => quick.messages.length > before)).toBe(true);
  const counts = await agent?.stop();
  agent = undefined;
  expect(counts?.clients).toBeGreaterThanOrEqual(missed);
  expect(await until(quick.ended)).toBe('end');
}, 240_000);

/** An authority, and certificates that it has signed. */
function certificates(): {
  ca: string;
  server: string;
  serverKey: string;
  client: string;
  clientKey: string;
} {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: shop.folder, stdio: 'pipe' });
  const signed = (name: string, subject: string) => {
    const extension = shop.file(`${name}.ext`, 'subjectAltName=DNS:localhost\n');
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      subject,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-out',
      `${name}.crt`,
      '-extfile',
      extension,
    );
  };
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=trigon test',
  );
  signed('server', '/CN=agent');
  signed('client', '/CN=alice');
  return {
    ca: shop.path('ca.crt'),
    server: shop.path('server.crt'),
    serverKey: shop.path('server.key'),
    client: shop.path('client.crt'),
    clientKey: shop.path('client.key'),
  };
}

/** A connection that says nothing. */
function connectTo(port: number): Promise<Socket> {
  const socket = connect(port, 'localhost');
  socket.resume();
  socket.on('error', () => socket.destroy());
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(socket));
    socket.once('close', () => resolve(socket));
  });
}

async function isListening(port: number): Promise<boolean> {
  const socket = await connectTo(port);
  const { destroyed } = socket;
  socket.destroy();
  return !destroyed;
}

test('over the network only clients with a certificate are heard, and the journal has its name', async () => {
  const files = certificates();
  // A name: with an address grpc-js sets none for TLS, which Node refuses.
  const address = `localhost:${await freePort()}`;
  const tls = {
    certificate: files.server,
    key: files.serverKey,
    clientAuthorities: [files.ca],
  } satisfies GrpcOptions['tls'];
  agent = await startAgent({ grpc: { address, tls } });
  const ca = readFileSync(files.ca);
  const port = Number(address.split(':')[1]);
  expect(await until(() => isListening(port))).toBe(true);
  // More than may be connected at once, and they say nothing.
  const silent = await Promise.all(Array.from({ length: 100 }, () => connectTo(port)));
  const alice = open(
    address,
    credentials.createSsl(ca, readFileSync(files.clientKey), readFileSync(files.client)),
  );
  expect(
    await until(() =>
      alice.call('GetVersion').then(
        () => true,
        () => false,
      ),
    ),
  ).toBe(true);
  const yaml = policyText('far', [{ args: [[0, 'Equal', [shop.path('none')]]] }]);
  await alice.call('AddTracingPolicy', { yaml });
  const added = await agent.waitForEvent(
    (event) => event.kind === 'trigon_journal' && event.action === 'added',
  );
  expect(added).toMatchObject({ policy: 'far', via: 'grpc', by: { user: 'alice' } });
  // The clients that have shown a certificate stay; all others must go.
  expect(await until(() => silent.every(({ destroyed }) => destroyed))).toBe(true);
  expect(await alice.call('GetVersion')).toBeDefined();

  const nobody = open(address, credentials.createSsl(ca));
  expect((await refused(nobody.call('GetVersion'))).code).toBe(status.UNAVAILABLE);
  const plain = open(address);
  expect((await refused(plain.call('GetVersion'))).code).toBe(status.UNAVAILABLE);
});

test('an address of the network is not served without certificates', async () => {
  agent = await startAgent({ grpc: { address: '127.0.0.1:1' } });
  const text = await until(() => agent?.notices.find((notice) => notice.startsWith('no gRPC')));
  expect(text).toContain('--server-tls-client-ca-files');
});
