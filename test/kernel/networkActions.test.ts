/** GetUrl and DnsLookup to servers of the test's own on loopback: needs root and clang. */
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { onWrites, openStage, policyOf, type Stage } from './stage.ts';

/** Addresses of loopback that are this run's alone: a name server has no other port than 53. */
const DNS_ADDRESS = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255}`;
const NAME = 'canary.trigon.test';

let stage: Stage;
let file: string;
let policy: string;
let web: Server;
let names: Socket;
let asked: string[] = [];
let trigon: Headless | undefined;

beforeAll(async () => {
  stage = openStage();
  file = stage.shop.file('protected', 'original');
  web = createServer((request: IncomingMessage, answer) => {
    asked.push(`${request.method} ${request.url}`);
    // Where it points on is not the policy's word: nobody may follow.
    answer.writeHead(302, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  names = createSocket('udp4', (query, from) => {
    const name = nameIn(query);
    asked.push(`DNS ${name}`);
    names.send(answerTo(query, name), from.port, from.address);
  });
  await new Promise<void>((resolve) => names.bind(53, DNS_ADDRESS, resolve));
  const address = web.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const actions = [
    { action: 'Post' },
    { action: 'GetUrl', argUrl: `http://127.0.0.1:${port}/touched` },
    { action: 'DnsLookup', argFqdn: NAME },
  ];
  policy = stage.shop.file(
    'canary.yaml',
    policyOf('canary', { kprobes: [onWrites(file, stage.deeds, actions)] }),
  );
});
beforeEach(() => {
  asked = [];
});
afterEach(async () => {
  await trigon?.stop();
  trigon = undefined;
});
afterAll(() => {
  web.close();
  names.close();
  stage.remove();
});

/** The name in a query's only question (RFC 1035, 4.1.2): labels, each behind its length. */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at]; at += 1 + (query[at] ?? 0))
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  return labels.join('.');
}

/** 127.0.0.1 for the name: the question again, and one record that points back to it (RFC 1035, 4.1.3). */
function answerTo(query: Buffer, name: string): Buffer {
  const question = query.subarray(12, 12 + name.length + 2 + 4);
  const head = Buffer.from([0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  query.copy(head, 0, 0, 2);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1];
  return Buffer.concat([head, question, Buffer.from(record)]);
}

/** Starts Trigon where the test's server is the only name server there is. */
const startWithNames = (...args: string[]) => {
  const resolver = stage.shop.file('resolv.conf', `nameserver ${DNS_ADDRESS}\n`);
  const script = 'mount --bind "$0" "$(realpath /etc/resolv.conf)" && exec "$@"';
  const wrap = ['unshare', '--mount', '/bin/sh', '-c', script, resolver];
  return startHeadless(stage.shop.folder, ['--policy', policy, ...args], wrap);
};

test('are done by Trigon when they are allowed', async () => {
  trigon = await startWithNames('--allow-network-actions');
  await stage.play('write', file, 2, 1);
  const done = await until(async () => {
    const [status] = (await trigon?.policies()) ?? [];
    return status && status.network.done >= 4 ? status : undefined;
  });
  expect(done?.network).toEqual({ done: 4, failed: 0, dropped: 0, refused: 0 });
  expect(asked.sort()).toEqual([
    ...[`DNS ${NAME}`, `DNS ${NAME}`],
    ...['GET /touched', 'GET /touched'],
  ]);
  const events = trigon.lines.filter((line) => line.includes('"process_kprobe"'));
  expect(events.map((line) => JSON.parse(line).process_kprobe.action)).toEqual([
    'KPROBE_ACTION_GETURL',
    'KPROBE_ACTION_GETURL',
  ]);
});

test('are refused and counted when they are not', async () => {
  trigon = await startWithNames();
  await stage.play('write', file, 2, 1);
  const refused = await until(async () => {
    const [status] = (await trigon?.policies()) ?? [];
    return status && status.network.refused >= 4 ? status : undefined;
  });
  expect(refused?.network).toEqual({ done: 0, failed: 0, dropped: 0, refused: 4 });
  expect(asked).toEqual([]);
});
