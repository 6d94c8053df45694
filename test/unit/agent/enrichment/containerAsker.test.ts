import { expect, test } from 'vitest';
import { createAskedContainers } from '../../../../src/agent/enrichment/askedContainers.ts';
import {
  type ContainerAsker,
  createContainerAsker,
  type Source,
} from '../../../../src/agent/enrichment/containerAsker.ts';
import { containerFact } from '../../../../src/agent/enrichment/containerFacts.ts';
import { withRest } from '../../../../src/agent/enrichment/runtimeAnswer.ts';
import type { ContainerFact } from '../../../../src/events/facts.ts';
import { until } from '../../../driver/until.ts';

const idOf = (number: number) => number.toString(16).padStart(64, '0');
const question = (number = 1) => ({ id: idOf(number), runtime: 'docker' as const });

type Seen = {
  asker: ContainerAsker;
  facts: ContainerFact[];
  settled: string[];
  failures: string[];
};

function open(sources: readonly Source[], retries: readonly number[] = [1, 1]): Seen {
  const facts: ContainerFact[] = [];
  const settled: string[] = [];
  const failures: string[] = [];
  const asker = createContainerAsker({
    ...{ sources, retries },
    onFact: (fact) => facts.push(fact),
    onSettled: (id) => settled.push(id),
    onFailure: (reason) => failures.push(reason),
  });
  return { asker, facts, settled, failures };
}

const known =
  (told: Partial<ContainerFact>): Source =>
  async ({ id }) => ({
    kind: 'known',
    fact: containerFact(id, told),
  });

test('each source adds to what is known, and is told at once', async () => {
  const { asker, facts, settled } = open([
    known({ name: 'web', labels: { a: '1' } }),
    async () => ({ kind: 'absent' }),
    known({ image: 'nginx', pod: { name: 'p', namespace: 'n' } }),
    known({ pod: { name: 'p', namespace: 'n', workload: 'w', workloadKind: 'DaemonSet' } }),
  ]);
  asker.ask(question());
  expect(await until(() => settled.length)).toBe(1);
  expect(facts).toHaveLength(3);
  expect(facts[0]).toEqual(containerFact(idOf(1), { name: 'web', labels: { a: '1' } }));
  expect(facts[2]).toEqual(
    containerFact(idOf(1), {
      ...{ name: 'web', image: 'nginx', labels: { a: '1' } },
      pod: { name: 'p', namespace: 'n', workload: 'w', workloadKind: 'DaemonSet' },
    }),
  );
});

test('who does not answer, or does not know it yet, is asked again; who answered is not', async () => {
  const calls = { first: 0, second: 0, third: 0 };
  const { asker, facts, settled, failures } = open([
    async (asked) => {
      calls.first += 1;
      return known({ name: 'web' })(asked);
    },
    async (asked) => {
      calls.second += 1;
      return calls.second < 3 ? { kind: 'unknown' } : known({ image: 'nginx' })(asked);
    },
    async () => {
      calls.third += 1;
      return { kind: 'failed', reason: 'it hangs' };
    },
  ]);
  asker.ask(question());
  expect(await until(() => settled.length)).toBe(1);
  expect(calls).toEqual({ first: 1, second: 3, third: 3 });
  expect(facts.at(-1)).toMatchObject({ name: 'web', image: 'nginx' });
  expect(failures).toEqual(['it hangs']);
});

test('a runtime that hangs: few are asked at once, no more than 4096 wait, and one complaint is made', async () => {
  let running = 0;
  let most = 0;
  const gates: (() => void)[] = [];
  const { asker, settled, failures } = open(
    [
      () =>
        new Promise((resolve) => {
          running += 1;
          most = Math.max(most, running);
          gates.push(() => {
            running -= 1;
            resolve({ kind: 'failed', reason: 'no answer within 2 s' });
          });
        }),
    ],
    [],
  );
  let taken = 0;
  for (let number = 0; number < 10_000; number++) if (asker.ask(question(number))) taken += 1;
  expect(taken).toBe(4096 + 8);
  const drained = await until(
    () => {
      for (const open of gates.splice(0)) open();
      return settled.length === taken;
    },
    { everyMs: 1 },
  );
  expect(drained).toBe(true);
  expect(most).toBe(8);
  expect(failures).toEqual(['no answer within 2 s']);
});

test('nothing is told after the end', async () => {
  const gate = Promise.withResolvers<void>();
  const { asker, facts, settled } = open([
    async (asked) => {
      await gate.promise;
      return known({ name: 'late' })(asked);
    },
  ]);
  asker.ask(question());
  asker.close();
  gate.resolve();
  await new Promise(setImmediate);
  expect([facts, settled]).toEqual([[], []]);
});

test('10,000 containers: each is asked about once, those under way and those remembered are bounded', () => {
  const asked = createAskedContainers();
  const open: string[] = [];
  let most = 0;
  for (let number = 0; number < 10_000; number++) {
    const id = idOf(number);
    if (asked.isNew(id)) open.push(id);
    expect(asked.isNew(id)).toBe(false);
    most = Math.max(most, open.length);
    // They are answered more slowly than they come.
    if (number % 2 === 0) asked.settle(open.shift() ?? '');
  }
  expect(most).toBeLessThanOrEqual(4096);
  expect(asked.isSettled(idOf(0))).toBe(false);
  expect(asked.reset().length).toBeLessThanOrEqual(4096);
  expect(asked.isNew(idOf(9_999))).toBe(true);
});

test('a runtime that fails again and again is left alone for a while', async () => {
  let now = 0;
  let calls = 0;
  let reason: string | undefined = 'it hangs';
  const ask = withRest(
    async (id) => {
      calls += 1;
      return reason === undefined
        ? { kind: 'known', fact: containerFact(id) }
        : { kind: 'failed', reason };
    },
    () => now,
  );
  for (let count = 0; count < 100; count++)
    expect(await ask(idOf(count))).toEqual({ kind: 'failed', reason: 'it hangs' });
  expect(calls).toBe(5);
  now = 6000;
  reason = undefined;
  expect(await ask(idOf(1))).toMatchObject({ kind: 'known' });
  expect(calls).toBe(6);
});

test('a source that throws is one that failed', async () => {
  const throwing: Source = () => {
    throw new Error('odd');
  };
  const { asker, facts, settled, failures } = open([throwing, known({ name: 'web' })], []);
  asker.ask(question());
  expect(await until(() => settled.length)).toBe(1);
  expect(facts.map(({ name }) => name)).toEqual(['web']);
  expect(failures).toEqual(['Error: odd']);
});
