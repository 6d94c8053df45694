import { expect, test } from 'vitest';
import { createProgram } from '../../../src/agent/aggregate/program.ts';
import { readU32, u32 } from '../../../src/agent/bytes.ts';
import type { ProcessEntry } from '../../../src/agent/processTable.ts';
import { createReconciler } from '../../../src/agent/reconcile.ts';
import { viewOf } from '../../../src/events/wire/view.ts';
import { tg_process as PROCESS } from '../../../src/generated/layouts.ts';

const TICK = 10_000_000n;

const entryOf = (tgid: number, start: bigint, ktime = start): ProcessEntry => ({
  ...{
    tgid,
    start,
    ktime,
    parentTgid: 1,
    parentKtime: 0n,
    previousKtime: 0n,
    cloned: false,
    inInitTree: false,
  },
  record: new Uint8Array(),
  program: createProgram(new Uint8Array()),
  life: { end: undefined, lastKtime: ktime },
});

const processOf = (start: bigint, ktime: bigint) => {
  const value = new Uint8Array(PROCESS.size);
  viewOf(value).setBigUint64(PROCESS.at.start, start, true);
  viewOf(value).setBigUint64(PROCESS.at.ktime, ktime, true);
  return value;
};

/** The agent's table, the kernel side's, and /proc; `ran` puts a process into all three. */
function world() {
  const live = new Map<number, ProcessEntry>();
  const kernel = new Map<number, Uint8Array>();
  const proc = new Map<number, { hasEnded: boolean; startTicks: number }>();
  /** What the records that are still in the ring do. */
  let pending = () => {};
  const reads: number[] = [];
  const parents: bigint[] = [];
  let duringRead = () => {};
  const reconciler = createReconciler({
    table: { findLive: (pid) => live.get(pid), listLive: () => [...live.values()] },
    processes: {
      entries: () => Array.from(kernel, ([tgid, value]) => ({ key: u32(tgid), value })),
      get: (key) => kernel.get(readU32(key)),
    },
    caughtUp: async () => pending(),
    readStat: (pid) => proc.get(pid),
    readRecord: ({ tgid }, parentKtime) => {
      reads.push(tgid);
      parents.push(parentKtime(1));
      duringRead();
      return proc.has(tgid) ? u32(tgid) : undefined;
    },
  });
  let missed = 0;
  let now = 0;
  return {
    ...{ live, kernel, proc, reads, parents, reconciler },
    ran(tgid: number, start: bigint, ktime = start) {
      live.set(tgid, entryOf(tgid, start, ktime));
      kernel.set(tgid, processOf(start, ktime));
      proc.set(tgid, { hasEnded: false, startTicks: Number(start / TICK) });
    },
    inRing: (action: () => void) => {
      pending = action;
    },
    whileReading: (action: () => void) => {
      duringRead = action;
    },
    /** What is found after one more record was missed: numbers of processes. */
    async look() {
      missed += 1;
      now += 10_000;
      const { gone, unseen } = await reconciler.findDifferences(missed, now);
      return { gone: gone.map(({ tgid }) => tgid), unseen: unseen.map(readU32) };
    },
  };
}

const SAME = { gone: [], unseen: [] };

test('nothing is looked at unless records were missed, and then only so often', async () => {
  const { reconciler, live } = world();
  live.set(5, entryOf(5, TICK));
  expect(await reconciler.findDifferences(0, 10_000)).toEqual(SAME);
  expect((await reconciler.findDifferences(1, 20_000)).gone).toHaveLength(1);
  expect(await reconciler.findDifferences(2, 21_000)).toEqual(SAME);
  expect((await reconciler.findDifferences(2, 22_000)).gone).toHaveLength(1);
  expect(await reconciler.findDifferences(2, 32_000)).toEqual(SAME);
});

test('who is known to both sides stays, /proc is not asked', async () => {
  const { ran, look, proc, reads } = world();
  ran(5, 123n + TICK, 456n + TICK);
  proc.clear();
  expect(await look()).toEqual(SAME);
  expect(reads).toEqual([]);
});

test('gone: the kernel side has no entry, and /proc nothing or a zombie', async () => {
  const { ran, look, kernel, proc } = world();
  ran(5, TICK);
  ran(6, TICK);
  kernel.clear();
  proc.delete(5);
  proc.set(6, { hasEnded: true, startTicks: 1 });
  expect(await look()).toEqual({ gone: [5, 6], unseen: [] });
});

test('not gone: one that the kernel side never knew', async () => {
  const { ran, look, kernel } = world();
  ran(5, TICK);
  kernel.clear();
  expect(await look()).toEqual(SAME);
});

test('not gone: its exit was still in the ring', async () => {
  const { ran, look, kernel, proc, live, inRing } = world();
  ran(5, TICK);
  kernel.clear();
  proc.clear();
  inRing(() => live.delete(5));
  expect(await look()).toEqual(SAME);
});

test('unseen: a new process, and one that called exec since; parents come first', async () => {
  const { ran, look, kernel, proc, live, parents } = world();
  ran(1, 3n);
  ran(5, 5n * TICK + 1n);
  kernel.set(5, processOf(5n * TICK + 1n, 5n * TICK + 2n));
  kernel.set(4, processOf(9n * TICK, 9n * TICK));
  kernel.set(9, processOf(7n * TICK, 7n * TICK));
  proc.set(4, { hasEnded: false, startTicks: 9 });
  proc.set(9, { hasEnded: false, startTicks: 7 });
  expect(await look()).toEqual({ gone: [], unseen: [5, 9, 4] });
  expect(live.size).toBe(2);
  expect(parents).toEqual([3n, 3n, 3n]);
});

test('a number that belongs to another process now: the one is gone, the other unseen', async () => {
  const { ran, look, kernel, proc } = world();
  ran(5, TICK);
  kernel.set(5, processOf(8n * TICK + 1n, 8n * TICK + 1n));
  proc.set(5, { hasEnded: false, startTicks: 8 });
  expect(await look()).toEqual({ gone: [5], unseen: [5] });
});

test('not unseen: the table is ahead, or knows it from /proc, to the tick', async () => {
  const { ran, look, kernel, live } = world();
  ran(5, TICK, 9n * TICK + 5n);
  kernel.set(5, processOf(TICK, 2n * TICK + 1n));
  ran(6, 3n * TICK);
  kernel.set(6, processOf(3n * TICK + 77n, 3n * TICK + 77n));
  expect(await look()).toEqual(SAME);
  expect(live.size).toBe(2);
});

test('not unseen: it ended, or called exec, while /proc was read', async () => {
  const { look, kernel, proc, whileReading } = world();
  kernel.set(5, processOf(TICK, TICK));
  kernel.set(6, processOf(TICK, TICK));
  proc.set(5, { hasEnded: false, startTicks: 1 });
  proc.set(6, { hasEnded: false, startTicks: 1 });
  whileReading(() => {
    kernel.delete(5);
    kernel.set(6, processOf(TICK, 2n * TICK));
  });
  expect(await look()).toEqual(SAME);
});

test('many at once: some wait for the next look', async () => {
  const { reconciler, kernel, proc, live } = world();
  for (let pid = 1; pid <= 450; pid++) {
    kernel.set(pid, processOf(BigInt(pid), BigInt(pid)));
    proc.set(pid, { hasEnded: false, startTicks: 0 });
  }
  const sizes: number[] = [];
  for (const now of [10_000, 20_000, 30_000, 40_000]) {
    const { unseen } = await reconciler.findDifferences(1, now);
    for (const pid of unseen.map(readU32)) live.set(pid, entryOf(pid, BigInt(pid)));
    sizes.push(unseen.length);
  }
  expect(sizes).toEqual([200, 200, 50, 0]);
});

test('while a look waits for the ring, there is no second one', async () => {
  const { ran, look, kernel, proc, reconciler, inRing } = world();
  ran(5, TICK);
  kernel.clear();
  proc.clear();
  let second: unknown;
  inRing(async () => {
    second = await reconciler.findDifferences(9, 100_000);
  });
  expect(await look()).toEqual({ gone: [5], unseen: [] });
  expect(second).toEqual(SAME);
});
