import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeEnding, endChild, followChild } from '../../bench/child.ts';
import { compare } from '../../bench/compare.ts';
import { processCpu } from '../../bench/cpu.ts';
import { type Bench, prepareBench } from '../../bench/fixtures.ts';
import { NotPossible, type Tracer } from '../../bench/tracer.ts';

let bench: Bench;
beforeAll(() => {
  bench = prepareBench();
});
afterAll(() => bench.remove());

const COUNT = 20;

/** A program in the place of a tracer: it sees nothing, ends in order, and is looked at as a real one. */
const tracer = (name: string, script: string, onStart: () => void = () => {}): Tracer => ({
  name,
  isTrigon: true,
  async start() {
    onStart();
    const child = followChild(spawn('/bin/sh', ['-c', script], { stdio: 'ignore' }));
    let ended: Promise<void> | undefined;
    const end = async () => {
      const before = child.ending();
      if (before) throw new Error(`ended by itself: ${describeEnding(before)}`);
      await endChild(child);
    };
    const endOnce = () => {
      ended ??= end();
      return ended;
    };
    return {
      cpu: () => processCpu(child.pid),
      async stop() {
        await endOnce();
        return 3;
      },
      end: endOnce,
    };
  },
});

const measure = (rounds: number, tracers: readonly Tracer[]) =>
  compare(
    bench,
    {
      name: 'load',
      load: { count: COUNT, workers: 1, perSecond: 0, program: bench.drop },
      bareCount: COUNT,
      rounds,
      warmUp: 10,
    },
    tracers.map((one) => ({ tracer: one, budget: 1000 })),
  );

test('what the load takes more and what the tracer takes itself add up, and the budget is for both', async () => {
  const figures = await measure(1, [tracer('busy', 'while :; do :; done')]);
  const value = (name: string) => figures.find((figure) => figure.name === name)?.value ?? 0;
  const [together, own] = [value('load, busy: CPU together'), value('load, busy: its own CPU')];
  expect(own).toBeGreaterThan(0);
  expect(together).toBeCloseTo(value("load, busy: the load's CPU") + own, 6);
  expect(figures.filter(({ budget }) => budget === 1000).map(({ name }) => name)).toEqual([
    'load, busy: CPU together',
  ]);
  expect(figures.find(({ name }) => name === 'load, busy: lost')).toMatchObject({
    value: 3,
    unit: `of ${COUNT}`,
    budget: 0,
  });
});

test('a tracer that a signal ended meanwhile keeps nobody waiting: it is told', async () => {
  const dying = tracer('dying', 'sleep 0.2; kill -KILL $$');
  await expect(measure(1, [dying])).rejects.toThrow('ended by itself: killed by SIGKILL');
});

test('one that is not possible is left out, with its reason; the others are compared with runs of their own', async () => {
  let tries = 0;
  const impossible: Tracer = {
    ...tracer('impossible', ''),
    async start() {
      tries++;
      throw new NotPossible('no such thing');
    },
  };
  const figures = await measure(2, [impossible, tracer('quiet', 'sleep 1000')]);
  expect(tries).toBe(1);
  expect(figures.find(({ name }) => name === 'load, impossible')).toMatchObject({
    value: undefined,
    note: 'not possible here: no such thing',
  });
  expect(figures.find(({ name }) => name === 'load, quiet: CPU together')?.value).toBeDefined();
});

test('a load that can not be started fails with what was said', async () => {
  const load = { count: COUNT, workers: 1, perSecond: 0, program: '/no/such/program' };
  const comparison = { name: 'load', load, bareCount: COUNT, rounds: 1, warmUp: 10 };
  const quiet = [{ tracer: tracer('quiet', 'sleep 1000') }];
  await expect(compare(bench, comparison, quiet)).rejects.toThrow(/execs: exit code 1$/);
});
