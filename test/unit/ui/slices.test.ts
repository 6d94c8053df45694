import { describe, expect, test } from 'vitest';
import { createSlices } from '../../../src/ui/slices.ts';
import { MOST_WAITING } from '../../../src/ui/store/filterIndex.ts';
import { createStreamFilter } from '../../../src/ui/store/streamFilter.ts';

/** A thread whose clock and turns are ours. */
function setUp() {
  const turns: (() => void)[] = [];
  const clock = { now: 0 };
  const slices = createSlices(
    (run) => turns.push(run),
    () => clock.now,
  );
  /** A job of so many steps of a millisecond each. */
  const start = (steps: number) => {
    const job = { left: steps, progress: 0 };
    const work = slices.start({
      slice(isOver) {
        while (job.left > 0 && !isOver()) {
          job.left -= 1;
          clock.now += 1;
        }
        return job.left === 0;
      },
      onProgress() {
        job.progress += 1;
      },
    });
    return Object.assign(job, work);
  };
  const turn = () => {
    for (const run of turns.splice(0)) run();
  };
  return { turns, clock, slices, start, turn };
}

describe('slices', () => {
  test('what takes one slice is done at once', () => {
    const { start, turn, turns } = setUp();
    const job = start(5);
    expect(job.work()).toBe(true);
    turn();
    expect(job.progress).toBe(0);
    expect(turns).toEqual([]);
  });

  test('a long one goes on in the background, however often a turn asks for it', () => {
    const { start, turn, turns, clock } = setUp();
    const job = start(20);
    for (let i = 0; i < 5; i++) expect(job.work()).toBe(false);
    expect(clock.now).toBe(8);
    turn();
    expect([clock.now, job.progress]).toEqual([16, 1]);
    turn();
    expect([job.left, job.progress]).toEqual([0, 2]);
    turn();
    expect(turns).toEqual([]);
  });

  test('all share the time of a turn, and each comes to its own', () => {
    const { start, turn, clock } = setUp();
    const jobs = [start(100), start(100), start(100)];
    for (const job of jobs) job.work();
    expect(clock.now).toBe(8);
    for (let i = 0; i < 6; i++) turn();
    expect(clock.now).toBe(56);
    for (const { left } of jobs) expect(left).toBeLessThanOrEqual(84);
  });

  test('one that is stopped rests, also when another stops it in the same turn', () => {
    const { start, slices, turn, clock } = setUp();
    const victim = start(50);
    slices
      .start({
        slice: () => false,
        onProgress: () => victim.stop(),
      })
      .work();
    victim.work();
    const { left } = victim;
    turn();
    turn();
    expect(victim.left).toBe(left);
    expect(clock.now).toBe(50 - left);
    expect(victim.work()).toBe(false);
    expect(victim.left).toBe(left - 8);
  });
});

test('a filter tests the newest events first, a slice at a time', () => {
  const { slices, clock, turn } = setUp();
  const filter = createStreamFilter({
    held: { first: 0, next: 100 },
    matches(number) {
      clock.now += 1;
      return number % 5 === 0;
    },
    onProgress() {},
    within: slices,
  });
  filter.set('x', 100);
  filter.work();
  filter.work();
  expect(filter.progress()).toBe(0.08);
  expect(filter.index?.numberAt(-1)).toBe(95);
  expect(filter.index?.testedFrom).toBe(92);
  for (let i = 0; i < 12; i++) turn();
  expect(filter.progress()).toBe(1);
  expect(filter.index?.first).toBe(-20);
});

test('a filter that came behind makes up for what it skipped once there is time', () => {
  const { slices, clock, turn } = setUp();
  const held = { first: 0, next: 0 };
  const swaps: number[][] = [];
  const filter = createStreamFilter({
    held,
    matches(number) {
      clock.now += 1;
      return number % 10 === 0;
    },
    onProgress() {},
    onRefreshed: (was, fresh) => void swaps.push([was.next, fresh.next]),
    within: slices,
  });
  filter.set('x', 0);
  for (let round = 0; round < 10; round++) {
    held.next += 4000;
    turn();
    filter.work();
  }
  expect(filter.skipped()).toBeGreaterThan(4000);
  expect(filter.progress()).toBeLessThan(0.01);
  const newest = filter.index?.numberAt(filter.index.next - 1);
  expect(newest).toBeGreaterThan(held.next - MOST_WAITING - 4000);
  // 8 tests a turn.
  for (let i = 0; i < 2 * (held.next / 8); i++) turn();
  expect(filter.skipped()).toBe(0);
  expect(filter.progress()).toBe(1);
  expect(filter.index?.next).toBe(held.next / 10);
  expect(swaps).toHaveLength(1);
});
