import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createNetworkActions,
  type NetworkActions,
} from '../../../../src/agent/policies/networkActions.ts';
import { until } from '../../../driver/until.ts';
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

test('a storm is cut to 20 requests a second, and to what may wait', async () => {
  actions = createNetworkActions(true);
  const counts = noCounts();
  for (let event = 0; event < 200; event++) actions.run([get(`/${event}`)], counts);
  expect(await until(() => counts.done === 20)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(asked).toHaveLength(20);
  // Four were under way at once when the others came, 64 wait.
  expect(counts.dropped).toBe(200 - 4 - 64);
  expect(await until(() => counts.done > 20)).toBe(true);
});
