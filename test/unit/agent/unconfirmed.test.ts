import { expect, test } from 'vitest';
import { createProgram } from '../../../src/agent/aggregate/program.ts';
import type { ProcessEntry } from '../../../src/agent/processTable.ts';
import { createUnconfirmed } from '../../../src/agent/unconfirmed.ts';

const entryOf = (tgid: number, start: bigint): ProcessEntry => ({
  tgid,
  start,
  ktime: start,
  parentTgid: 1,
  parentKtime: 0n,
  previousKtime: 0n,
  cloned: false,
  inInitTree: false,
  record: new Uint8Array(),
  program: createProgram(new Uint8Array()),
  life: { end: undefined, lastKtime: start },
});

/** Processes that /proc shows, and entries that the table has as live. */
function world() {
  const proc = new Map<number, { hasEnded: boolean; startTicks: number }>();
  const live = new Map<number, ProcessEntry>();
  const reads: number[] = [];
  const unconfirmed = createUnconfirmed({ findLive: (pid) => live.get(pid) }, (pid) => {
    reads.push(pid);
    return proc.get(pid);
  });
  const add = (pid: number, ticks = 5) => {
    const entry = entryOf(pid, BigInt(ticks) * 10_000_000n);
    proc.set(pid, { hasEnded: false, startTicks: ticks });
    live.set(pid, entry);
    unconfirmed.add(entry);
    return entry;
  };
  return { proc, live, reads, unconfirmed, add };
}

test('who is there stays, who is gone is told once', () => {
  const { proc, unconfirmed, add } = world();
  const entry = add(10);
  add(11);
  expect(unconfirmed.findGone()).toEqual([]);
  proc.delete(10);
  expect(unconfirmed.findGone()).toEqual([entry]);
  expect(unconfirmed.findGone()).toEqual([]);
});

test('a zombie is gone, and so is one whose number is another process’s now', () => {
  const { proc, unconfirmed, add } = world();
  const [zombie, former] = [add(10), add(11, 7)];
  proc.set(10, { hasEnded: true, startTicks: 5 });
  proc.set(11, { hasEnded: false, startTicks: 8 });
  expect(unconfirmed.findGone()).toEqual([zombie, former]);
});

test('one that a record has told of is not asked for any more', () => {
  const { proc, live, reads, unconfirmed, add } = world();
  add(10);
  live.set(10, entryOf(10, 50_000_123n));
  proc.delete(10);
  expect(unconfirmed.findGone()).toEqual([]);
  expect(reads).toEqual([]);
});

test('of many a part is looked at each time, and all of them in turn', () => {
  const { reads, unconfirmed, add } = world();
  for (let pid = 1; pid <= 250; pid++) add(pid);
  for (let time = 0; time < 5; time++) {
    const before = reads.length;
    unconfirmed.findGone();
    expect(reads.length - before).toBe(100);
  }
  for (let pid = 1; pid <= 250; pid++) expect(reads.filter((read) => read === pid)).toHaveLength(2);
});
