/**
 * Many policies, one after the other and at once. Adding and removing while others run, and attachments that fail:
 * policyLoad.test.ts. Needs root and clang.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Agent, startAgent as startAgentHere } from '../../src/agent/agent.ts';
import { takeFrom } from '../../src/agent/aheadSensor.ts';
import { createBeats } from '../../src/agent/beats.ts';
import { projectRoot } from '../../src/agent/client.ts';
import { askTrigon } from '../../src/agent/control/client.ts';
import {
  type AgentOptions,
  type FromAgent,
  NO_DETAIL_OPTIONS,
  type PolicyStatus,
} from '../../src/agent/messages.ts';
import { createPolicyBook } from '../../src/agent/policyBook.ts';
import { startAgent } from '../driver/agent.ts';
import { compileBpf } from '../driver/compile.ts';
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

test('a hundred policies of every kind of hook fire, and each tells its memory and run time', async () => {
  const selectors = [{ matchBinaries: [{ operator: 'In', values: [stage.deeds] }] }];
  const kinds: Record<string, object> = {
    function: { kprobes: [onWrites(file, stage.deeds, [])] },
    syscall: {
      kprobes: [
        { call: 'sys_pwrite64', syscall: true, args: [{ index: 0, type: 'fd' }], selectors },
      ],
    },
    tracepoint: {
      tracepoints: [
        {
          subsystem: 'syscalls',
          event: 'sys_enter_pwrite64',
          args: [{ index: 5, type: 'uint64' }],
          selectors,
        },
      ],
    },
    uprobe: { uprobes: [{ path: stage.deeds, symbols: ['write_bytes'], selectors }] },
  };
  const names = Object.keys(kinds).flatMap((kind) =>
    Array.from({ length: 25 }, (_, i) => `${kind}-${i}`),
  );
  const specs = names.map((name) => [name, kinds[name.split('-')[0] ?? ''] ?? {}]);
  const agent = await stage.start(Object.fromEntries(specs));
  expect(agent.problems).toEqual([]);
  const hits = await stage.hitsOf(await stage.play('write', file, 1, 1));
  expect(hits.map(({ policyName }) => policyName).sort()).toEqual(names.sort());
  // So often that some of the runs are timed.
  await stage.play('write', file, 200, 1);
  await agent.status(names[0] ?? '');
  for (const name of names) {
    const { memoryBytes, runs, counts } = await agent.waitForPolicy(name, () => true);
    expect([name, counts.matched]).toEqual([name, name.startsWith('uprobe') ? 2 : 201]);
    expect([name, memoryBytes]).toEqual([name, expect.any(Number)]);
    expect(memoryBytes).toBeGreaterThan(0);
    expect(memoryBytes).toBeLessThan(64 << 10);
    expect(runs.runs).toBeGreaterThanOrEqual(counts.matched);
    expect(runs.runTimeNs).toBeGreaterThan(0);
  }
});

test('numbers are given back: a policy that comes and goes 300 times finds room, and works each time', async () => {
  const socket = stage.shop.path('control.sock');
  const agent = await startAgent({ controlSocket: socket });
  try {
    // Filters, value sets, two hooks and an exit site: all kinds of numbers there are.
    const source = policyOf('passing', {
      kprobes: [
        onWrites(file, stage.deeds, [{ action: 'NoPost' }]),
        {
          call: 'sys_pwrite64',
          syscall: true,
          return: true,
          args: [{ index: 0, type: 'fd' }],
          returnArg: { index: 0, type: 'int' },
          selectors: [
            {
              matchArgs: [{ index: 0, operator: 'Prefix', values: [file] }],
              matchBinaries: [{ operator: 'In', values: [stage.deeds] }],
            },
          ],
        },
      ],
    });
    const add = () =>
      askTrigon(socket, {
        command: 'add',
        source,
        file: '/p.yaml',
        mode: 'monitor',
        variables: {},
      });
    for (let i = 0; i < 300; i++) {
      const { ids, problems } = await add();
      expect([i, problems, ids.length]).toEqual([i, [], 1]);
      if (i % 50 === 49) {
        await stage.play('write', file, 1, 1);
        const { counts } = await agent.status('passing');
        expect([i, counts.matched, counts.posted]).toEqual([i, 2, 1]);
      }
      await askTrigon(socket, { command: 'remove', id: ids[0] ?? -1 });
    }
    expect((await askTrigon(socket, { command: 'status' })).policies).toEqual([]);
  } finally {
    await agent.stop();
  }
});

test('what this kernel does not have is missing, with the reason, and the rest of the policy runs', async () => {
  const agent = await stage.start({
    holes: {
      tracepoints: [
        { subsystem: 'trigon', event: 'no_such_event' },
        { subsystem: 'trigon', event: 'no_such_event', raw: true },
        {
          subsystem: 'syscalls',
          event: 'sys_enter_pwrite64',
          selectors: [{ matchBinaries: [{ operator: 'In', values: [stage.deeds] }] }],
        },
      ],
    },
    symbols: {
      uprobes: [{ path: stage.deeds, symbols: ['write_bytes', 'no_such_function'] }],
    },
  });
  expect(agent.problems).toEqual([
    expect.stringMatching(/holes.*tracepoints\[0\]: trigon\/no_such_event: .*no such tracepoint/),
    expect.stringMatching(/holes.*tracepoints\[1\]: trigon\/no_such_event: .*no such tracepoint/),
    expect.stringMatching(/symbols.*uprobes\[0\].*no_such_function/),
  ]);
  const states = ({ hooks }: PolicyStatus) =>
    hooks.map(({ points }) => points.map(({ state }) => state));
  const holes = await agent.waitForPolicy('holes', ({ mode }) => mode === 'monitor');
  expect([holes.condition, states(holes)]).toEqual([
    'partially_enabled',
    [['missing'], ['missing'], ['attached']],
  ]);
  const symbols = await agent.waitForPolicy('symbols', ({ mode }) => mode === 'monitor');
  expect([symbols.condition, states(symbols)]).toEqual([
    'partially_enabled',
    [['attached', 'failed']],
  ]);
  const hits = await stage.hitsOf(await stage.play('write', file, 1, 1));
  expect(hits.map(({ policyName }) => policyName).sort()).toEqual(['holes', 'symbols']);
});

test('a program that the verifier refuses: its hook says so with the end of the log, the others run', async () => {
  // The real objects, but for one that no verifier takes.
  const objects = stage.shop.path('objects');
  cpSync(join(projectRoot(), 'build', 'bpf'), objects, { recursive: true });
  compileBpf(
    fileURLToPath(new URL('fixtures/refusedProbe.bpf.c', import.meta.url)),
    join(objects, 'uprobes.bpf.o'),
  );
  const spec = {
    uprobes: [{ path: stage.deeds, symbols: ['write_bytes'] }],
  };
  const write = (name: string, its: object) => ({
    path: stage.shop.file(`refused/${name}.yaml`, policyOf(name, its)),
    mode: 'monitor' as const,
  });
  const book = createPolicyBook();
  const problems: string[] = [];
  const here = startHere(
    objects,
    [
      write('probe', spec),
      write('function', { kprobes: [onWrites(file, stage.deeds, [{ action: 'NoPost' }])] }),
    ],
    (message) => {
      if (message.type === 'policies') book.describe(message);
      else if (message.type === 'status') book.count(message.policies);
      else if (message.type === 'loaded') problems.push(...message.problems);
    },
  );
  try {
    const probe = await until(() =>
      book.list().find(({ name, hooks }) => name === 'probe' && hooks[0]?.points[0]?.reason),
    );
    expect(probe?.condition).toBe('load_error');
    expect(probe?.hooks[0]?.points).toMatchObject([
      { state: 'failed', reason: expect.stringMatching(/enter_function.*\n(?:.*\n)*.*R0 invalid/) },
    ]);
    await until(() => problems.length > 0);
    expect(problems).toEqual([expect.stringMatching(/probe.*uprobes\[0\]: .*enter_function/)]);
    await stage.play('write', file, 3, 1);
    expect(
      await until(() => book.list().find(({ name }) => name === 'function')?.counts.matched === 3),
    ).toBe(true);
  } finally {
    here.stop();
  }
});

/** The agent in this very thread, with objects of the test's own. */
function startHere(
  objects: string,
  policies: AgentOptions['policies'],
  onMessage: (message: FromAgent) => void,
): Agent {
  const agent = startAgentHere(
    {
      options: {
        node: 'here',
        output: { kind: 'records' },
        ringBytes: 1 << 20,
        policies,
        variables: {},
        allowNetworkActions: false,
        detail: NO_DETAIL_OPTIONS,
        protect: [],
      },
      objectsDir: objects,
      beats: createBeats(),
    },
    takeFrom(objects),
    (message) => {
      if (message.type === 'records') agent.handle({ type: 'done', bytes: message.bytes });
      onMessage(message);
    },
    (error) => {
      throw error;
    },
  );
  return agent;
}
