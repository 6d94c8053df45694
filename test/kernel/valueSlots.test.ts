/** A place of the kernel reads few different values: only policies that are on count, and one too many says so. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../driver/until.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});
afterEach(() => stage.stop());
afterAll(() => stage.remove());

/** Five values each, all of them read otherwise than the others'. */
const TYPES = ['int', 'uint32', 'int64', 'uint64'] as const;
const specs = () =>
  Object.fromEntries(
    TYPES.map((type) => [
      type,
      {
        kprobes: [
          {
            call: 'sys_connect',
            syscall: true,
            args: [0, 1, 2, 3, 4].map((index) => ({ index, type })),
            selectors: [{ matchBinaries: [{ operator: 'In', values: [stage.deeds] }] }],
          },
        ],
      },
    ]),
  );

test('what is off holds none; the one too many stays off, until another is switched off', async () => {
  const agent = await stage.start(specs(), { mode: 'off' });
  expect(agent.problems).toEqual([]);
  const [first, , , last] = TYPES;
  for (const type of TYPES.slice(0, 3)) await stage.setMode(type, 'monitor');
  const { id } = await agent.status(last);
  agent.send({ type: 'set-mode', policy: id, mode: 'monitor' });
  await until(() => agent.notices.length > 0);
  expect(agent.notices.join()).toContain('at most 16 different values can be read');
  expect(await agent.status(last)).toMatchObject({ mode: 'off', condition: 'disabled' });

  await stage.setMode(first, 'off');
  // What the first one gave up may be used again a moment later.
  await until(async () => {
    agent.send({ type: 'set-mode', policy: id, mode: 'monitor' });
    return (await agent.status(last)).mode === 'monitor';
  });
  const hits = await stage.hitsOf(await stage.play('connect', '127.0.0.1', 9));
  expect(hits.map(({ policyName }) => policyName).sort()).toEqual([...TYPES.slice(1)].sort());
});

test('at the start: the policies that fit are on, the other is told as a problem', async () => {
  const agent = await stage.start(specs());
  expect(agent.problems).toEqual([
    expect.stringMatching(/uint64\.yaml:1:1: uint64 stays off: at most 16 different values/),
  ]);
  expect((await agent.status('uint64')).mode).toBe('off');
  expect((await agent.status('int')).mode).toBe('monitor');
});
