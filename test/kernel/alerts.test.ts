/** Policy events of the running kernel as alerts, and whom arming would hit: needs root and clang. */
import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FromAgent } from '../../src/agent/messages.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { watchAggregates } from '../driver/aggregates.ts';
import { run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const CALLS = 10_000;

const seen = watchAggregates();
let shop: Workshop;
let agent: AgentUnderTest;
let shells: string[];
let onMessage = (_: FromAgent): void => {};

beforeAll(async () => {
  shop = openWorkshop();
  shells = ['one', 'other'].map((name) => {
    copyFileSync('/bin/bash', shop.path(name));
    return shop.path(name);
  });
  const selector = {
    args: [
      [0, 'Prefix', [shop.path('data/')]],
      [1, 'Equal', ['2']],
    ],
    binaries: ['In', shells],
    actions: ['Sigkill'],
  } as const;
  shop.file('data/storm', '');
  shop.file('data/quiet', '');
  const path = shop.file('p.yaml', policyText('p', [selector]));
  agent = await startAgent({ policies: [{ path, mode: 'monitor' }] }, (message) => {
    seen.onMessage(message);
    onMessage(message);
  });
  agent.send({ type: 'watch', topics: ['alerts'] });
});
afterAll(async () => {
  await agent.stop();
  shop.remove();
});

const alertOf = (binary: string, target: string) =>
  [...seen.alerts.values()].find((row) => row.binary === binary && row.target === target);

/** A shell that writes to a file so many times: each is a call of its own. */
const write = (shell: string, file: string, times: number) =>
  run(shell, ['-c', `exec 3>>'${file}'; for ((i = 0; i < ${times}; i++)); do echo >&3; done`]);

describe('alerts', () => {
  test(`${CALLS} equal calls make one row with that count`, async () => {
    const [shell = '', other = ''] = shells;
    const file = shop.path('data/storm');
    const ended = await write(shell, file, CALLS);
    expect(ended).toMatchObject({ code: 0, signal: null });
    await write(other, file, 3);
    await write(shell, shop.path('data/quiet'), 1);
    await until(() => alertOf(shell, shop.path('data/quiet')));
    await until(() => (alertOf(shell, file)?.count ?? 0) >= CALLS);
    expect(seen.alerts.size).toBe(3);
    expect(alertOf(shell, file)).toMatchObject({
      ...{ policy: 'p', severity: undefined, call: 'security_file_permission' },
      ...{ message: 'p was touched', count: CALLS, wouldAct: CALLS, killed: 0, spared: 0 },
      ...{ pid: ended.pid, uid: 0 },
    });
    expect(alertOf(other, file)?.count).toBe(3);
    expect(alertOf(shell, file)?.perMinute).toBeGreaterThan(0);
  });

  test('a kill is counted as one', async () => {
    const [, other = ''] = shells;
    const fuse = { limit: 20, seconds: 10 };
    agent.send({ type: 'arm', policy: 0, seconds: 60, added: [], fuse });
    await agent.waitForPolicy('p', ({ mode }) => mode === 'enforce');
    const victim = await write(other, shop.path('data/storm'), 1);
    agent.send({ type: 'disarm-all' });
    expect(victim.signal).toBe('SIGKILL');
    const row = await until(() => {
      const found = alertOf(other, shop.path('data/storm'));
      return found && found.killed > 0 ? found : undefined;
    });
    expect(row).toMatchObject({ count: 4, killed: 1, wouldAct: 3, pid: victim.pid });
  });
});

describe('blast radius', () => {
  test('tells of every program that the policy has hit, by selector and user, and of what was not told', async () => {
    const [shell = '', other = ''] = shells;
    const answers: Extract<FromAgent, { type: 'arming' }>[] = [];
    onMessage = (message) => {
      if (message.type === 'arming') answers.push(message);
    };
    await agent.catchUp();
    agent.send({ type: 'prepare-arming', request: 7, policy: 0 });
    const answer = await until(() => answers[0]);
    expect(answer).toMatchObject({ request: 7, policy: 0 });
    const { rows, untold } = answer?.arming.blast ?? {};
    expect(rows).toMatchObject([
      { hook: 0, selector: 0, binary: shell, uid: 0, hits: CALLS + 1, own: undefined },
      { hook: 0, selector: 0, binary: other, uid: 0, hits: 4, own: undefined },
    ]);
    expect(untold).toBe(0);
  });
});
