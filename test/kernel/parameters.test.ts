/** Parameters of a loaded policy get other values, and wrong ones change nothing. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { FromAgent } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let agent: AgentUnderTest | undefined;
let messages: FromAgent[] = [];

beforeAll(() => {
  stage = openStage();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  messages = [];
});
afterAll(() => stage.remove());

/** Tells of connections to the ports of a parameter. */
const policy = () => `apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: ports
  annotations:
    trigon/parameters: |
      PORTS=9 # ports that are watched
spec:
  kprobes:
    - call: security_socket_connect
      syscall: false
      args: [{ index: 1, type: sockaddr }]
      selectors:
        - matchBinaries: [{ operator: In, values: ["${stage.deeds}"] }]
          matchArgs:
            - index: 1
              operator: SPort
              values:
                - \${PORTS}
`;

const start = async (variables = {}) => {
  const path = stage.shop.file('ports.yaml', policy());
  agent = await startAgent({ policies: [{ path, mode: 'monitor' }], variables }, (message) => {
    messages.push(message);
  });
  expect(agent.problems).toEqual([]);
  return agent;
};

const seen = async (running: AgentUnderTest, port: number): Promise<number> => {
  const before = (await running.status('ports')).counts.matched;
  await stage.play('connect', '127.0.0.1', port);
  return (await running.status('ports')).counts.matched - before;
};

let request = 0;
const set = async (running: AgentUnderTest, values: Record<string, string>): Promise<string[]> => {
  request += 1;
  running.send({ type: 'set-parameters', request, policy: 0, values });
  const isAnswer = (each: FromAgent) => each.type === 'edited' && each.request === request;
  await until(() => messages.some(isAnswer));
  return messages.flatMap((each) => (each.type === 'edited' ? [each] : [])).at(-1)?.problems ?? [];
};

test('other values: the policy keeps number, mode and counters, and matches by them', async () => {
  const running = await start();
  expect([await seen(running, 9), await seen(running, 10)]).toEqual([1, 0]);
  expect(await set(running, { PORTS: '10, 11' })).toEqual([]);
  expect([await seen(running, 9), await seen(running, 10), await seen(running, 11)]).toEqual([
    0, 1, 1,
  ]);
  expect(await running.status('ports')).toMatchObject({
    id: 0,
    mode: 'monitor',
    parameters: [{ name: 'PORTS', value: '10, 11', standard: '9', help: 'ports that are watched' }],
    counts: { matched: 3 },
  });
});

test('a value of the options goes before the default', async () => {
  const running = await start({ PORTS: '12' });
  expect([await seen(running, 9), await seen(running, 12)]).toEqual([0, 1]);
});

test('wrong values and unknown names are told, and everything stays', async () => {
  const running = await start();
  expect(await set(running, { PORTS: 'many' })).toEqual([
    expect.stringMatching(/ports\.yaml:19:\d+: spec\.kprobes\[0\].*many/),
  ]);
  expect(await set(running, { PORT: '10' })).toEqual(['ports has no parameter PORT; it has PORTS']);
  expect([await seen(running, 9), await seen(running, 10)]).toEqual([1, 0]);
});

test('an armed policy is back in monitor: it was armed for other values', async () => {
  const running = await start();
  running.send({
    ...{ type: 'arm', policy: 0, seconds: 60, added: [['kill']] },
    fuse: { limit: 20, seconds: 10 },
  });
  await running.waitForPolicy('ports', ({ mode }) => mode === 'enforce');
  expect(await stage.play('connect', '127.0.0.1', 9)).toMatchObject({ signal: 'SIGKILL' });
  expect(await set(running, { PORTS: '10' })).toEqual([]);
  await running.waitForPolicy('ports', ({ mode }) => mode === 'monitor');
  expect(await stage.play('connect', '127.0.0.1', 10)).toMatchObject({ signal: null });
});
