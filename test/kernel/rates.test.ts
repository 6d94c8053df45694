/** Rate limits of events, by their scopes: needs root and clang. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { askTrigon } from '../../src/agent/control/client.ts';
import { startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import { onWrites, openStage, policyOf, type Stage } from './stage.ts';

let stage: Stage;
let file: string;

beforeAll(() => {
  stage = openStage();
  file = stage.shop.file('busy', 'original');
});
afterEach(() => stage.stop());
afterAll(() => stage.remove());

const limited = (rateLimit: string, rateLimitScope?: string) => [
  { action: 'Post', rateLimit, ...(rateLimitScope ? { rateLimitScope } : {}) },
];
const scopes = { standard: undefined, thread: 'thread', process: 'process', global: 'global' };

test('repeats are counted together for a thread, a process, or all', async () => {
  const agent = await stage.start(
    Object.fromEntries(
      Object.entries(scopes).map(([name, scope]) => [
        name,
        { kprobes: [onWrites(file, stage.deeds, limited('1h', scope))] },
      ]),
    ),
  );
  expect(agent.problems).toEqual([]);
  const each = 200;
  const threads = 3;
  const posted: Record<string, number>[] = [];
  for (let processes = 1; processes <= 2; processes++) {
    const ended = await stage.play('write', file, each, threads);
    const hits = await stage.hitsOf(ended);
    const count = (name: string) => hits.filter(({ policyName }) => policyName === name).length;
    posted.push(Object.fromEntries(Object.keys(scopes).map((name) => [name, count(name)])));
  }
  expect(posted).toEqual([
    { standard: 3, thread: 3, process: 1, global: 1 },
    { standard: 3, thread: 3, process: 1, global: 0 },
  ]);
  const matched = 2 * each * threads;
  await agent.status('standard');
  for (const [name, events] of Object.entries({ standard: 6, thread: 6, process: 2, global: 1 }))
    expect([name, (await agent.waitForPolicy(name, () => true)).counts]).toMatchObject([
      name,
      { matched, posted: events, rateLimited: matched - events },
    ]);
});

test('calls with other arguments are no repeats', async () => {
  const files = ['one', 'two', 'three'].map((name) => stage.shop.file(`many/${name}`, 'original'));
  const onFolder = structuredClone(onWrites(file, stage.deeds, limited('1h', 'global'))) as {
    selectors: { matchArgs: object[] }[];
  };
  for (const { matchArgs } of onFolder.selectors)
    matchArgs[0] = { index: 0, operator: 'Prefix', values: [stage.shop.path('many')] };
  const agent = await stage.start({ folder: { kprobes: [onFolder] } });
  for (const path of [...files, ...files]) await stage.play('write', path, 10, 1);
  expect((await agent.status('folder')).counts).toMatchObject({
    ...{ matched: 60, posted: 3, rateLimited: 57 },
  });
});

test('of events that wait for the return of their call', async () => {
  const agent = await stage.start({
    returns: {
      kprobes: [
        {
          call: 'sys_pwrite64',
          syscall: true,
          return: true,
          args: [{ index: 0, type: 'fd' }],
          returnArg: { index: 0, type: 'int' },
          selectors: [
            {
              matchBinaries: [{ operator: 'In', values: [stage.deeds] }],
              matchActions: limited('1h', 'process'),
            },
          ],
        },
      ],
    },
  });
  expect(agent.problems).toEqual([]);
  const hits = await stage.hitsOf(await stage.play('write', file, 50, 2));
  expect(hits).toMatchObject([{ return: { kind: 'int_arg', value: 1 } }]);
  expect((await agent.status('returns')).counts).toMatchObject({ posted: 1, rateLimited: 99 });
});

test('an action is done whether its event is told or not', async () => {
  const actions = [...limited('1h', 'global'), { action: 'Signal', argSig: 10 }];
  const agent = await stage.start({ both: { kprobes: [onWrites(file, stage.deeds, actions)] } });
  await stage.arm('both');
  const ended = await stage.play('write', file, 25, 1);
  expect(JSON.parse(ended.stdout).SIGUSR1).toBe(25);
  expect((await agent.status('both')).counts).toMatchObject({
    ...{ signalled: 25, posted: 1, rateLimited: 24 },
  });
});

test('when the window is over, the next one is told', async () => {
  const agent = await stage.start({
    second: { kprobes: [onWrites(file, stage.deeds, limited('1s', 'global'))] },
  });
  const second = async () => {
    await stage.play('write', file, 1, 1);
    return (await agent.status('second')).counts.posted >= 2;
  };
  expect(await until(second)).toBe(true);
  const times = agent.events.flatMap((event) => ('policyName' in event ? [event.time ?? 0n] : []));
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0n) - (times[0] ?? 0n)).toBeGreaterThanOrEqual(1_000_000_000n);
});

test('a policy that is loaded again does not inherit what the one before it remembered', async () => {
  const socket = stage.shop.path('control.sock');
  const agent = await startAgent({ controlSocket: socket });
  try {
    const source = policyOf('again', {
      kprobes: [onWrites(file, stage.deeds, limited('1h', 'global'))],
    });
    const posted: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { ids, problems } = await askTrigon(socket, {
        command: 'add',
        source,
        file: '/again.yaml',
        mode: 'monitor',
        variables: {},
      });
      expect(problems).toEqual([]);
      await stage.play('write', file, 2, 1);
      posted.push((await agent.status('again')).counts.posted);
      // The numbers are given back some time after the removal; the status comes later still.
      await askTrigon(socket, { command: 'remove', id: ids[0] ?? -1 });
      await agent.catchUp();
    }
    expect(posted).toEqual([1, 1, 1, 1]);
  } finally {
    await agent.stop();
  }
});
