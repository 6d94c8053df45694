/** The tree takes over what has changed, and only that: it says the same as one that is made from nothing. */
import { expect, test } from 'vitest';
import type { TreeProcess } from '../../../src/agent/messages.ts';
import type { Sort } from '../../../src/ui/store/sortedRows.ts';
import { createTreeModel, type TreeModel } from '../../../src/ui/store/treeModel.ts';
import { BY_START, type TreeOrder } from '../../../src/ui/store/treeOrder.ts';
import type { TreeRow } from '../../../src/ui/store/treeRows.ts';
import { createRandom, type Random } from '../../screen/terminal/random.ts';
import { type PlainRow, plainTree } from './plainTree.ts';
import { keyOfPid, treeProcess } from './treeSamples.ts';

/** With the number of the row above in its place. */
const plainRows = (rows: readonly TreeRow[]): PlainRow[] => {
  const numbers = new Map(rows.map((row, number) => [row, number]));
  return rows.map((row) => ({ ...row, above: row.above && numbers.get(row.above) }));
};

const below = (parent: number, pid: number, more: Partial<TreeProcess> = {}) =>
  treeProcess(pid, { parent: keyOfPid(parent), ...more });

const ORDERS: readonly [Sort<TreeOrder>, ...Sort<TreeOrder>[]] = [
  BY_START,
  { column: 'start', descending: true },
  { column: 'pid', descending: false },
  { column: 'binary', descending: true },
  { column: 'events', descending: true },
  { column: 'hits', descending: true },
];

/** Some change of a process that may happen to it. */
const changeOf = (one: TreeProcess, random: Random, parent: string | undefined) => {
  const changes: [Partial<TreeProcess>, ...Partial<TreeProcess>[]] = [
    { events: one.events + 1 + random.below(3) },
    { events: one.events + 1, hits: one.hits + 1, kills: one.kills + random.below(2) },
    { endedAt: one.startedAt + 5, ending: '0' },
    { parent },
    { parent, endedAt: undefined },
    { binary: `/usr/bin/p${random.below(4)}`, ktime: one.ktime + 1n },
    { container: random.below(2) === 0 ? '' : 'c0ffee' },
    { isKernelThread: random.below(3) === 0 },
    { startedAt: one.startedAt + random.below(5) - 2 },
  ];
  return { ...one, ...random.pick(changes) };
};

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'after each of many changes: what is made from nothing says (seed %i)',
  (seed) => {
    const random = createRandom(seed);
    const model = createTreeModel();
    const all = new Map<string, TreeProcess>();
    const collapsed = new Set<string>();
    const passesNone = () => true;
    // Asks for the parent too, as a filter may.
    const passesFew = (one: TreeProcess) =>
      one.hits > 1 || all.get(one.parent ?? '')?.binary === '/usr/bin/p1';
    let passes: (one: TreeProcess) => boolean = passesNone;
    let nextPid = 1;
    const some = () => [...all.values()][random.below(all.size || 1)];
    /** Only those with lower numbers can be parents, so that there are no circles. */
    const parentFor = (pid: number): string | undefined => {
      if (random.below(6) === 0) return random.below(2) === 0 ? undefined : 'unknown';
      // Now and then one that comes later, or has gone.
      return pid > 1 ? keyOfPid(1 + random.below(pid - 1)) : undefined;
    };
    const operate = [
      () => {
        const one = some();
        if (!one) return;
        const wanted = !collapsed.has(one.key);
        if (wanted) collapsed.add(one.key);
        else collapsed.delete(one.key);
        expect(model.setCollapsed(one.key, wanted)).toBe(true);
      },
      () => {
        model.showKernelThreads = !model.showKernelThreads;
      },
      () => {
        passes = passes === passesFew ? passesNone : passesFew;
        model.narrow(passes === passesFew ? passesFew : undefined);
      },
      () => {
        model.order = random.pick(ORDERS);
      },
      () => model.apply({ reset: true, changed: [...all.values()], removed: [] }),
    ];

    for (let step = 0; step < 400; step++) {
      const changed = new Map<string, TreeProcess>();
      const removed: string[] = [];
      for (let i = all.size > 45 ? 4 : random.below(3); i > 0; i--) {
        const one = some();
        if (!one) continue;
        all.delete(one.key);
        collapsed.delete(one.key);
        removed.push(one.key);
      }
      for (let i = random.below(4); i > 0; i--) {
        const pid = random.below(4) === 0 ? 1 + random.below(nextPid) : nextPid++;
        if (all.has(keyOfPid(pid))) continue;
        const more = { isKernelThread: random.below(4) === 0, parent: parentFor(pid) };
        changed.set(keyOfPid(pid), treeProcess(pid, { ...more, startedAt: pid - (pid % 3) }));
      }
      for (let i = random.below(4); i > 0; i--) {
        const one = some();
        if (one) changed.set(one.key, changeOf(one, random, parentFor(one.pid)));
      }
      for (const one of changed.values()) all.set(one.key, one);
      model.apply({ reset: false, changed: [...changed.values()], removed });
      // Changes gather while nobody looks.
      if (random.below(4) === 0) continue;
      if (random.below(3) === 0) operate[random.below(operate.length)]?.();

      const { showKernelThreads: kernelThreads, order } = model;
      const plain = plainTree(all, { collapsed, kernelThreads, order, passes });
      expect(plainRows(model.rows())).toEqual(plain.rows);
      expect(model.length).toBe(plain.rows.length);
      for (const key of all.keys()) expect(model.rowOf(key)).toBe(plain.numbers.get(key));
      expect(model.count()).toEqual(plain.count);
      expect(model.hasContainers()).toBe(plain.hasContainers);
      expect(model.inOrder()).toEqual(plain.inOrder);
      const from = random.below(model.length + 2);
      const to = from + random.below(12);
      expect(model.rowsBetween(from, to)).toEqual(model.rows().slice(from, to));
      expect(model.rowAt(from)).toEqual(model.rows()[from]);
    }
  },
);

test.each([1, 2, 3])('circles come and go: the same rows as in a new model (seed %i)', (seed) => {
  const random = createRandom(seed);
  const model = createTreeModel();
  const all = new Map<string, TreeProcess>();
  for (let step = 0; step < 600; step++) {
    const pid = 1 + random.below(12);
    const key = keyOfPid(pid);
    const isGone = all.has(key) && random.below(4) === 0;
    const one = below(1 + random.below(14), pid, { hits: random.below(3) });
    if (isGone) all.delete(key);
    else all.set(key, one);
    model.apply({
      ...{ reset: false, changed: isGone ? [] : [one], removed: isGone ? [key] : [] },
    });
    const fresh = createTreeModel();
    fresh.apply({ reset: true, changed: [...all.values()], removed: [] });
    expect(plainRows(model.rows())).toEqual(plainRows(fresh.rows()));
    expect(model.length).toBe(all.size);
  }
});

/** A model of so many siblings below one process, and how many values of theirs are read meanwhile. */
const watched = (count: number) => {
  let reads = 0;
  const watch = (process: TreeProcess): TreeProcess =>
    new Proxy(process, {
      get(target, name, receiver) {
        reads += 1;
        return Reflect.get(target, name, receiver);
      },
    });
  const model = createTreeModel();
  const changed = [treeProcess(1), ...Array.from({ length: count }, (_, i) => below(1, i + 2))].map(
    watch,
  );
  model.apply({ reset: true, changed, removed: [] });
  const readsOf = (work: (model: TreeModel) => void) => {
    reads = 0;
    work(model);
    return reads;
  };
  const frame = () => {
    const at = model.rowOf(keyOfPid(count - 20)) ?? Number.NaN;
    const rows = model.rowsBetween(at - 10, at + 10);
    expect(rows).toHaveLength(20);
    expect(model.rowAt(at)?.process.pid).toBe(count - 20);
    return [model.length, model.count(), model.hasContainers()];
  };
  frame();
  return { model, readsOf, frame, watch };
};

test.each<[string, TreeProcess[], string[]]>([
  ['counters', [below(1, 1000, { events: 3, hits: 2 })], []],
  ['a start', [below(1, 20_000)], []],
  ['an end', [below(1, 1000, { endedAt: 1 })], []],
  ['one that goes', [], [keyOfPid(1000)]],
  ['another parent', [below(1001, 1000)], []],
])('a frame after a change costs no look at all processes: %s', (_, changed, removed) => {
  const count = 8000;
  for (const passes of [undefined, (one: TreeProcess) => one.pid > 0]) {
    const { model, readsOf, frame, watch } = watched(count);
    model.narrow(passes);
    frame();
    const reads = readsOf(() => {
      model.apply({ reset: false, changed: changed.map(watch), removed });
      frame();
    });
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThan(count / 4);
  }
});
