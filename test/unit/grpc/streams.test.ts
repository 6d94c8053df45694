/** Streams of events over a real connection; what the agent gives them is made here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type GrpcServer, serveGrpc } from '../../../src/agent/grpc/server.ts';
import type { OutgoingEvent } from '../../../src/agent/taps.ts';
import type { Event } from '../../../src/events/types.ts';
import { type GrpcClient, openGrpcClient } from '../../driver/grpcClient.ts';
import { until } from '../../driver/until.ts';
import { process } from '../events/helpers.ts';

let folder: string;
let server: GrpcServer;
let client: GrpcClient;
let notices: string[];

const unused = () => {
  throw new Error('no policies here');
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tggrpc-'));
  const address = `unix://${join(folder, 's')}`;
  notices = [];
  server = await serveGrpc({
    options: { address },
    node: 'n',
    version: '1',
    abilities: { credentials: false, ancestors: [] },
    processes: () => [{ pid: 11, parent: 10 }],
    policies: { add: unused, remove: unused, setMode: unused, arm: unused, status: () => [] },
    host: () => undefined,
    notice: (text) => notices.push(text),
  });
  client = openGrpcClient(address);
});
afterEach(async () => {
  client.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function give(fields: Parameters<typeof process>[0]): void {
  const event: Event = { kind: 'process_exec', nodeName: 'n', process: process(fields) };
  const outgoing: Pick<OutgoingEvent, 'event'> = { event: () => event };
  server.streams.add(outgoing as OutgoingEvent);
}

type Told = { process_exec: { process: Record<string, unknown> }; aggregation_info: unknown };
const processes = (messages: readonly unknown[]) =>
  messages.map((message) => (message as Told).process_exec.process);

test('all that was given comes, in order, also what waits when the server ends', async () => {
  const { messages, ended } = client.events();
  await until(() => server.streams.isOpen);
  for (let index = 0; index < 5000; index++) give({ arguments: String(index) });
  // Both ends are this one thread, which may need longer for so many than a server waits: time stands still for it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await server.close();
  } finally {
    vi.useRealTimers();
  }
  await until(ended);
  expect(ended()).toBe('end');
  expect(processes(messages).map((one) => Number(one.arguments))).toEqual(
    Array.from({ length: 5000 }, (_, index) => index),
  );
  expect(server.streams.lost()).toBe(0);
});

test('what a client has not read at the end is lost, and counted', async () => {
  const { messages, stream } = client.events();
  await until(() => server.streams.isOpen);
  stream.pause();
  const long = 'x'.repeat(10_000);
  for (let index = 0; index < 1000; index++) give({ arguments: long });
  const missed = server.streams.lost();
  expect(missed).toBeGreaterThan(0);
  expect(notices).toEqual(['a gRPC client does not keep up: it misses events']);
  await server.close();
  expect(server.streams.lost()).toBeGreaterThan(missed);
  expect(messages.length).toBeLessThan(1000);
});

test('each gets what it has asked for', async () => {
  const few = client.events({
    allow_list: [{ binary_regex: ['^/bin/'] }],
    field_filters: [{ fields: { paths: ['process.binary'] } }],
  });
  const children = client.events({ allow_list: [{ pid_set: [10] }] });
  const folded = client.events({ aggregation_options: { window_size: { seconds: 3600 } } });
  expect(await until(() => [few, children, folded].every(({ begun }) => begun()))).toBe(true);
  give({ binary: '/bin/first', pid: 11, arguments: 'a' });
  server.streams.onFork(12, 11);
  give({ binary: '/usr/bin/x', pid: 12 });
  give({ binary: '/usr/bin/x', pid: 13 });
  server.streams.onExit(12);
  give({ binary: '/usr/bin/x', pid: 12, arguments: 'another' });
  await server.close();
  await until(() => few.ended() && children.ended() && folded.ended());
  expect(processes(few.messages)[0]).toMatchObject({
    binary: '/bin/first',
    arguments: '',
    pid: null,
  });
  expect(processes(few.messages).some(({ binary }) => binary === '/usr/bin/x')).toBe(false);
  const followed = processes(children.messages).filter(({ binary }) => binary === '/usr/bin/x');
  expect(followed).toMatchObject([{ pid: { value: 12 }, arguments: '' }]);
  const twice = (folded.messages as unknown as Told[]).find(
    ({ process_exec: told }) =>
      told.process.binary === '/usr/bin/x' && told.process.arguments === '',
  );
  expect(twice?.aggregation_info).toEqual({ count: '2' });
});

test('a client that goes leaves nothing behind, and too many are refused', async () => {
  const streams = Array.from({ length: 32 }, () => client.events());
  await until(async () => {
    give({});
    server.streams.flush();
    return streams.every(({ messages }) => messages.length > 0);
  });
  const one = client.events();
  await until(one.ended);
  expect(one.ended()).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  for (const { stream } of streams) stream.cancel();
  expect(await until(() => !server.streams.isOpen)).toBe(true);
  const again = client.events();
  expect(await until(() => server.streams.isOpen)).toBe(true);
  again.stream.cancel();
});

test.each([
  [{ allow_list: [{ binary_regex: ['('] }] }, /allow_list\[0\].*no regular expression/],
  [{ deny_list: [{ cel_expression: ['1 +'] }] }, /deny_list\[0\].*cel_expression/],
  [{ field_filters: [{ fields: { paths: ['process.nothing'] } }] }, /field_filters\[0\]/],
  [{ aggregation_options: { window_size: { seconds: 99_999 } } }, /window_size/],
])('%j is refused', async (request, expected) => {
  const { ended } = client.events(request);
  await until(ended);
  expect(ended()).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringMatching(expected),
  });
});
