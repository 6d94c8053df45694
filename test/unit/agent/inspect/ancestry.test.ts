import { expect, test } from 'vitest';
import { lineageOf } from '../../../../src/agent/aggregate/lineage.ts';
import { ancestrySteps } from '../../../../src/agent/inspect/ancestry.ts';
import { BOOT_TO_WALL, createWorld, type World } from '../world.ts';

const stepsOf = (world: World, pid: number, ktime = world.ktimeOf(pid)) =>
  ancestrySteps(world.table, lineageOf(world.table, pid, ktime), BOOT_TO_WALL);
const told = (world: World, pid: number, ktime?: bigint) =>
  stepsOf(world, pid, ktime).map((step) => `${step.pid} ${step.how} ${step.binary}`);

function family(): World {
  const world = createWorld({});
  world.old(1, 0, '/sbin/init');
  world.fork(10, 1);
  world.exec(10, '/bin/sh');
  world.exec(10, '/bin/bash');
  world.fork(20, 10);
  return world;
}

test('forks, execs and what ran before, the first process first', () => {
  const world = family();
  expect(told(world, 20)).toEqual([
    '1 before /sbin/init',
    '10 exec /bin/sh',
    '10 exec /bin/bash',
    '20 fork /bin/bash',
  ]);
});

test('of an ancestor what it ran until it forked; of the process itself also what it runs since', () => {
  const world = family();
  world.exec(20, '/bin/first');
  const then = world.ktimeOf(20);
  world.exec(10, '/bin/later');
  world.exec(20, '/bin/second');
  expect(told(world, 20, then)).toEqual([
    '1 before /sbin/init',
    '10 exec /bin/sh',
    '10 exec /bin/bash',
    '20 exec /bin/first',
    '20 exec /bin/second',
  ]);
});

test('how they ended, of each program of the process', () => {
  const world = family();
  world.exec(20, '/bin/sleep');
  const ktime = world.ktimeOf(20);
  expect(stepsOf(world, 20).at(-1)?.end).toBeUndefined();
  world.exit(20, 9);
  world.exit(10, 3 << 8);
  const steps = stepsOf(world, 20, ktime);
  expect(steps.map(({ end }) => end?.ending)).toEqual([undefined, '3', '3', 'SIGKILL']);
  expect(steps.at(-1)?.end?.at).toBeGreaterThanOrEqual(steps.at(-1)?.startedAt ?? 0);
});

test('a process that calls exec for ever, and programs that are forgotten', () => {
  const world = family();
  for (let i = 0; i < 100; i++) world.exec(20, `/bin/${i}`);
  const steps = stepsOf(world, 20).filter(({ pid }) => pid === 20);
  expect(steps).toHaveLength(16);
  expect(steps.map(({ isCut }) => isCut)).toEqual([
    true,
    ...Array.from({ length: 15 }, () => false),
  ]);
  expect(steps.at(-1)?.binary).toBe('/bin/99');
});
