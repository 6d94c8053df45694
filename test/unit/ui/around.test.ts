import { expect, test } from 'vitest';
import { createAround } from '../../../src/ui/store/around.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { type Exec, NOON, pack, SECOND } from './streamSetUp.ts';

const SHELL_PIDS: ReadonlySet<number> = new Set([20]);

function setUp(...events: Exec[]) {
  const store = createEventStore(1000);
  const put = (...more: Exec[]) => {
    const { buffer, bytes } = pack(more);
    store.add(buffer, bytes);
  };
  put(...events);
  const around = (center: number, { halfMs = 2000, isTreeOnly = true } = {}) =>
    createAround({
      ...{ events: store, center, halfMs, isTreeOnly },
      isShell: ({ tgid }) => SHELL_PIDS.has(tgid),
    });
  return { store, put, around };
}

const never = () => false;
const at = (seconds: number): bigint => NOON + BigInt(Math.round(seconds * 1000)) * 1_000_000n;

/** 10 is the shell's parent; 20 the shell; 30 its child, 31 that one's; 32 another child; 40 a stranger under 10. */
const FAMILY: readonly Exec[] = [
  { pid: 20, parent: 10, time: at(-60) },
  { pid: 30, parent: 20, time: at(0) },
  { pid: 40, parent: 10, time: at(0.1) },
  { pid: 31, parent: 30, time: at(0.2) },
  { pid: 32, parent: 20, time: at(1.9) },
  { pid: 33, parent: 20, time: at(2.1) },
];

test('the tree up to the nearest shell, and all below it; strangers and other times are left out', () => {
  const { around } = setUp(...FAMILY);
  const search = around(1);
  expect(search.work(never)).toBe(true);
  expect(search.numbers).toEqual([1, 3, 4]);
  expect(search.root?.pid).toBe(20);
  expect(search.root?.event?.tgid).toBe(20);
});

test('all processes; a longer and a shorter time', () => {
  const { around } = setUp(...FAMILY);
  const numbers = (options: { halfMs?: number; isTreeOnly?: boolean }) => {
    const search = around(1, options);
    search.work(never);
    return search.numbers;
  };
  expect(numbers({ isTreeOnly: false })).toEqual([1, 2, 3, 4]);
  expect(numbers({ halfMs: 4000 })).toEqual([1, 3, 4, 5]);
  expect(numbers({ halfMs: 60_000, isTreeOnly: false })).toEqual([0, 1, 2, 3, 4, 5]);
  expect(numbers({ halfMs: 500 })).toEqual([1, 3]);
});

test('a parent that ran before the events that are held is the top; PID 1 never is', () => {
  const { around } = setUp(
    { pid: 60, parent: 55, time: at(0) },
    { pid: 61, parent: 55, time: at(0.1) },
    { pid: 70, parent: 1, time: at(0.2) },
    { pid: 71, parent: 1, time: at(0.3) },
  );
  const siblings = around(0);
  siblings.work(never);
  expect(siblings.numbers).toEqual([0, 1]);
  expect(siblings.root).toEqual({ pid: 55, event: undefined });
  const service = around(2);
  service.work(never);
  expect(service.numbers).toEqual([2]);
});

test('bit by bit it finds the same; what comes later and belongs to the time is added, the rest is not', () => {
  const { around, put } = setUp(...FAMILY.slice(0, 3));
  const search = around(1);
  let asked = 0;
  while (!search.work(() => ++asked % 2 === 0)) expect(search.numbers).toEqual([]);
  expect(search.numbers).toEqual([1]);
  put(...FAMILY.slice(3));
  search.work(never);
  expect(search.numbers).toEqual([1, 3, 4]);
  // Well behind the span: from here on nothing is looked at, not even what seems to belong to it.
  put({ pid: 90, parent: 20, time: at(4) }, { pid: 91, parent: 20, time: at(1) });
  search.work(never);
  expect(search.numbers).toEqual([1, 3, 4]);
});

test('processes that name each other as parents end the search too', () => {
  const { around } = setUp(
    { pid: 60, parent: 61, time: at(0) },
    { pid: 61, parent: 60, time: at(0.1) },
  );
  const search = around(0);
  expect(search.work(never)).toBe(true);
  expect(search.numbers).toContain(0);
});

test('the beginning of the time is not held any more: that is told', () => {
  const many = Array.from({ length: 1500 }, (_, index) => ({
    ...{ pid: 30, parent: 20, time: NOON + (BigInt(index) * SECOND) / 1000n },
  }));
  const { around } = setUp(...many);
  expect(around(600).isCut).toBe(true);
  expect(around(1400, { halfMs: 500 }).isCut).toBe(false);
});

test('who a late event ties to the tree is found at the end of the time', () => {
  const { around, put } = setUp(
    { pid: 20, parent: 10, time: at(-9) },
    { pid: 30, parent: 20, time: at(0) },
  );
  const search = around(1);
  search.work(never);
  // Its parent, a fork that ran no program, is told of by its exit alone.
  put({ pid: 32, parent: 31, time: at(0.5) });
  search.work(never);
  expect(search.numbers).toEqual([1]);
  put({ pid: 31, parent: 30, time: at(0.6) }, { pid: 99, parent: 98, time: at(5) });
  search.work(never);
  expect(search.numbers).toEqual([1, 2, 3]);
});

test('the event in the middle is evicted meanwhile: its tree stays its tree', () => {
  const { around, put } = setUp(...FAMILY);
  const search = around(1);
  put(...Array.from({ length: 998 }, () => ({ pid: 70, parent: 60, time: at(2) })));
  search.work(never);
  expect(search.numbers).not.toContain(500);
});
