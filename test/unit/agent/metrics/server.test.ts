import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MetricsServer, startMetricsServer } from '../../../../src/agent/metrics/server.ts';
import { until } from '../../../driver/until.ts';

let server: MetricsServer;
let url: string;
let renders: number;

beforeEach(async () => {
  renders = 0;
  server = startMetricsServer({ host: '127.0.0.1', port: 0 }, async () => {
    renders += 1;
    return `a ${renders}\n`;
  });
  url = await server.ready;
});
afterEach(() => server.close());

const port = () => Number(new URL(url).port);
const base = () => new URL('/', url).href;

/** All that comes back for these bytes, until the other side ends it. */
function say(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port(), '127.0.0.1', () => socket.write(text));
    let all = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      all += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(all));
  });
}

test('metrics and health, and nothing else', async () => {
  const metrics = await fetch(url);
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toBe('a 1\n');
  expect(await (await fetch(`${base()}healthz`)).text()).toBe('ok\n');
  for (const path of ['', 'metrics/', 'etc/passwd', 'metricsx'])
    expect((await fetch(`${base()}${path}`)).status, path).toBe(404);
  expect((await fetch(`${url}?name=a`)).status).toBe(200);
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect((await fetch(url, { method })).status, method).toBe(405);
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('4');
});

test('many who ask at once cost one look', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).text()));
  expect(new Set(all)).toEqual(new Set(['a 1\n']));
  expect(renders).toBe(1);
});

test('what is no request, or too long a one, ends the connection', async () => {
  expect(await say('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await say(`GET /metrics HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 /,
  );
  expect((await fetch(url)).status).toBe(200);
});

test('who connects and says nothing keeps nobody else out', async () => {
  const silent = Array.from({ length: 50 }, () => connect(port(), '127.0.0.1'));
  for (const socket of silent) socket.on('error', () => {});
  await Promise.all(
    silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
  );
  expect((await fetch(url)).status).toBe(200);
  const closed = () => silent.filter(({ destroyed }) => destroyed).length;
  for (const socket of silent) socket.resume();
  // Those that were there first had to go; the last ones may stay for a while.
  expect(await until(() => closed() >= 50 - 16)).toBe(true);
  expect(silent.at(-1)?.destroyed).toBe(false);
  for (const socket of silent) socket.destroy();
});

test('whoever waits for an answer gets it, however many come meanwhile and say nothing', async () => {
  const { promise: isMade, resolve: make } = Promise.withResolvers<string>();
  const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
  const slow = startMetricsServer({ host: '127.0.0.1', port: 0 }, () => {
    asked();
    return isMade;
  });
  const at = await slow.ready;
  const answer = fetch(at).then((response) => response.text());
  await isAsked;
  const silent = Array.from({ length: 50 }, () => connect(Number(new URL(at).port), '127.0.0.1'));
  for (const socket of silent) socket.on('error', () => {}).resume();
  expect(await until(() => silent.filter(({ destroyed }) => destroyed).length >= 50 - 15)).toBe(
    true,
  );
  make('made\n');
  expect(await answer).toBe('made\n');
  for (const socket of silent) socket.destroy();
  slow.close();
});

test('a port that is taken, and an address that is none of ours, are told in words', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const address = taken.address();
  const there = typeof address === 'object' && address ? address.port : 0;
  const start = (host: string, at: number) =>
    startMetricsServer({ host, port: at }, async () => '').ready;
  await expect(start('127.0.0.1', there)).rejects.toThrow(
    `can't listen on 127.0.0.1:${there}: somebody else does already`,
  );
  // TEST-NET-1 (RFC 5737): nobody has such an address.
  await expect(start('192.0.2.1', 0)).rejects.toThrow('this host has no such address');
  taken.close();
});
