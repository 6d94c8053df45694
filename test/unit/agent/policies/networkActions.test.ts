import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  createNetworkActions,
  type NetworkActions,
} from '../../../../src/agent/policies/networkActions.ts';
import { LIMIT_MS, until } from '../../../driver/until.ts';
import { action } from './samples.ts';

let server: Server;
let asked: string[];
let actions: NetworkActions;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' });
    response.end('ignored');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  actions.close();
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

const noCounts = () => ({ done: 0, failed: 0, dropped: 0, refused: 0 });

const get = (path: string) => {
  const { port } = server.address() as AddressInfo;
  return action({ action: 'GetUrl', argUrl: `http://127.0.0.1:${port}${path}` });
};

test('GetUrl asks the address of the policy, and goes nowhere else', async () => {
  actions = createNetworkActions(true);
  const counts = noCounts();
  actions.run([action(), get('/seen'), get('/moved')], counts);
  expect(await until(() => counts.done === 2)).toBe(true);
  expect(asked.sort()).toEqual(['GET /moved', 'GET /seen']);
});

test('what fails is counted', async () => {
  actions = createNetworkActions(true);
  const counts = noCounts();
  actions.run(
    [
      action({ action: 'GetUrl', argUrl: 'http://127.0.0.1:1/' }),
      action({ action: 'GetUrl', argUrl: 'no address' }),
      action({ action: 'DnsLookup', argFqdn: 'not..a.name' }),
    ],
    counts,
  );
  expect(await until(() => counts.failed === 3)).toBe(true);
});

test('not allowed: nothing goes out, and it is counted', () => {
  actions = createNetworkActions(false);
  const counts = noCounts();
  actions.run([get('/x'), action({ action: 'DnsLookup', argFqdn: 'a.example' })], counts);
  expect(counts).toEqual({ ...noCounts(), refused: 2 });
  expect(asked).toEqual([]);
});

/** As `until`, where timers stand still. */
async function turnsUntil(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + LIMIT_MS;
  while (!condition() && Date.now() < deadline)
    await new Promise((resolve) => setImmediate(resolve));
  return condition();
}

test('a storm is cut to 20 requests a second, and to what may wait', async () => {
  // The second is over when the test says so: on a busy machine the first requests may take most of one.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  actions = createNetworkActions(true);
  const counts = noCounts();
  for (let event = 0; event < 200; event++) actions.run([get(`/${event}`)], counts);
  expect(await turnsUntil(() => counts.done === 20)).toBe(true);
  vi.advanceTimersByTime(999);
  // Long enough for one that was begun by mistake: a request of the test's own comes behind it.
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}/own`)).text();
  expect(asked.filter((path) => path !== 'GET /own')).toHaveLength(20);
  // Four were under way at once when the others came, 64 wait.
  expect(counts.dropped).toBe(200 - 4 - 64);
  vi.advanceTimersByTime(1);
  expect(await turnsUntil(() => counts.done === 40)).toBe(true);
});
