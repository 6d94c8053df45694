import { describe, expect, test } from 'vitest';
import { lineageOf, MAX_LINEAGE, parentProgram } from '../../../src/agent/aggregate/lineage.ts';
import { createWorld, type World } from './world.ts';

const pids = (world: World, pid: number, ktime = world.ktimeOf(pid)) =>
  lineageOf(world.table, pid, ktime).map(({ tgid }) => tgid);

function family(): World {
  const world = createWorld({});
  world.old(1, 0, '/sbin/init');
  world.fork(10, 1);
  world.exec(10, '/bin/sh');
  world.fork(20, 10);
  world.exec(20, '/bin/sleep');
  return world;
}

describe('lineage', () => {
  test('goes up to the first process', () => {
    expect(pids(family(), 20)).toEqual([20, 10, 1]);
  });

  test('is empty for what is not known', () => {
    const world = family();
    expect(pids(world, 20, 1n)).toEqual([]);
    expect(pids(world, 99, 1n)).toEqual([]);
    expect(pids(world, 20, 0n)).toEqual([]);
  });

  test('of programs: one that took the place of another in its process comes below it', () => {
    const world = family();
    const shell = world.ktimeOf(10);
    world.exec(10, '/bin/other');
    world.fork(30, 10);
    world.exec(30, '/bin/sleep');
    const programs = lineageOf(world.table, 30, world.ktimeOf(30), parentProgram);
    expect(programs.map(({ tgid }) => tgid)).toEqual([30, 10, 10, 1]);
    expect(programs[2]?.ktime).toBe(shell);
    expect(pids(world, 30)).toEqual([30, 10, 1]);
  });

  test('ended ancestors are part of it, also when the child got another parent', () => {
    const world = family();
    world.exit(10);
    expect(pids(world, 20)).toEqual([20, 10, 1]);
    const ktime = world.ktimeOf(20);
    world.exit(20);
    expect(pids(world, 20, ktime)).toEqual([20, 10, 1]);
  });

  test('the program that a parent ran then, and, once that is forgotten, the one it runs now', () => {
    const world = family();
    const then = world.ktimeOf(10);
    world.exec(10, '/bin/other');
    expect(lineageOf(world.table, 20, world.ktimeOf(20))[1]?.ktime).toBe(then);
    for (let i = 0; i < 5000; i++) {
      world.fork(100 + i, 1);
      world.exit(100 + i);
    }
    expect(world.table.find(10, then)).toBeUndefined();
    expect(lineageOf(world.table, 20, world.ktimeOf(20))[1]?.ktime).toBe(world.ktimeOf(10));
    expect(pids(world, 20)).toEqual([20, 10, 1]);
  });

  test('a later owner of a forgotten ancestor’s number is none', () => {
    const world = family();
    world.exit(10);
    for (let i = 0; i < 5000; i++) {
      world.fork(100 + i, 1);
      world.exit(100 + i);
    }
    world.fork(10, 1);
    expect(pids(world, 20)).toEqual([20]);
  });

  test('is bounded', () => {
    const world = family();
    for (let i = 0; i < 200; i++) world.fork(100 + i, i === 0 ? 20 : 99 + i);
    expect(pids(world, 299)).toHaveLength(MAX_LINEAGE);
  });
});
