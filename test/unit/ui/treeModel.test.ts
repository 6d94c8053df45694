import { describe, expect, test } from 'vitest';
import type { TreeProcess } from '../../../src/agent/messages.ts';
import { createTreeModel, type TreeModel } from '../../../src/ui/store/treeModel.ts';
import type { TreeRow } from '../../../src/ui/store/treeRows.ts';
import { createRandom } from '../../screen/terminal/random.ts';
import { keyOfPid, treeProcess } from './treeSamples.ts';

const depthOf = (row: TreeRow): number => (row.above ? depthOf(row.above) + 1 : 0);

/** `pid` indented by its depth; `+hidden` where collapsed. */
const shape = (model: TreeModel): string[] =>
  model
    .rows()
    .map(
      (row) =>
        `${' '.repeat(depthOf(row))}${row.process.pid}${row.isCollapsed ? `+${row.hidden}` : ''}`,
    );

const modelOf = (...processes: TreeProcess[]): TreeModel => {
  const model = createTreeModel();
  model.apply({ reset: true, changed: processes, removed: [] });
  return model;
};
const change = (model: TreeModel, ...changed: TreeProcess[]) =>
  model.apply({ reset: false, changed, removed: [] });
const remove = (model: TreeModel, ...pids: number[]) =>
  model.apply({ reset: false, changed: [], removed: pids.map(keyOfPid) });
const below = (parent: number, pid: number, more: Partial<TreeProcess> = {}) =>
  treeProcess(pid, { parent: keyOfPid(parent), ...more });

/** 1 ─ 2 ─ (3, 4 ─ 5), 1 ─ 6 */
const sample = () =>
  modelOf(treeProcess(1), below(1, 6), below(1, 2), below(2, 4), below(4, 5), below(2, 3));

describe('rows', () => {
  test('children below their parents, by start and then by number, all expanded', () => {
    expect(shape(sample())).toEqual(['1', ' 2', '  3', '  4', '   5', ' 6']);
    const startedAt = 7;
    const same = modelOf(treeProcess(1), below(1, 9, { startedAt }), below(1, 8, { startedAt }));
    expect(shape(same)).toEqual(['1', ' 8', ' 9']);
  });

  test('the last of siblings is known', () => {
    const lasts = sample()
      .rows()
      .filter(({ isLast }) => isLast);
    expect(lasts.map(({ process }) => process.pid)).toEqual([1, 4, 5, 6]);
  });

  test('who has an unknown parent is a root, until the parent comes', () => {
    const model = modelOf(below(1, 2), below(2, 3));
    expect(shape(model)).toEqual(['2', ' 3']);
    change(model, treeProcess(1));
    expect(shape(model)).toEqual(['1', ' 2', '  3']);
    remove(model, 2);
    expect(shape(model)).toEqual(['1', '3']);
  });

  test('a reparented process takes its children along', () => {
    const model = sample();
    change(model, below(1, 4));
    expect(shape(model)).toEqual(['1', ' 2', '  3', ' 4', '  5', ' 6']);
  });

  test('a changed row says the new, without a place of its own', () => {
    const model = sample();
    model.rows();
    change(model, below(2, 3, { events: 5, endedAt: 9, ending: '0' }));
    expect(model.rows()[2]?.process).toMatchObject({ pid: 3, events: 5, ending: '0' });
    expect(model.count()).toEqual({ running: 5, ended: 1, matches: 6 });
  });

  test('circles are opened at their eldest, and nothing is lost', () => {
    const model = modelOf(treeProcess(1), below(4, 3), below(5, 4), below(3, 5), below(4, 7));
    expect(shape(model)).toEqual(['1', '3', ' 5', '  4', '   7']);
    expect(shape(modelOf(below(2, 2)))).toEqual(['2']);
  });

  test('a chain as long as there are process numbers', () => {
    const length = 40_000;
    const model = modelOf(
      ...Array.from({ length }, (_, i) => (i === 0 ? treeProcess(1) : below(i, i + 1))),
    );
    expect(model.rows()).toHaveLength(length);
    model.setCollapsed(keyOfPid(1), true);
    expect(model.rows()).toHaveLength(1);
    expect(model.rows()[0]?.hidden).toBe(length - 1);
  });
});

describe('collapsing', () => {
  test('the row stands for all below it, with their hits and kills', () => {
    const model = sample();
    change(model, below(4, 5, { hits: 3, kills: 1 }), below(2, 3, { hits: 2 }));
    change(model, below(1, 2, { hits: 1 }));
    model.setCollapsed(keyOfPid(2), true);
    expect(shape(model)).toEqual(['1', ' 2+3', ' 6']);
    expect(model.rows()[1]).toMatchObject({ hits: 6, kills: 1 });
    expect(model.rows()[0]).toMatchObject({ hits: 0, kills: 0 });
    for (const pid of [2, 3, 4, 5]) expect(model.rowOf(keyOfPid(pid))).toBe(1);
    expect(model.rowOf(keyOfPid(6))).toBe(2);
    expect(model.rowOf('no such')).toBeUndefined();
  });

  test('it stays with the process: through changes, execs, a reset and collapsed ancestors', () => {
    const model = sample();
    model.setCollapsed(keyOfPid(4), true);
    model.setCollapsed(keyOfPid(2), true);
    change(model, below(1, 2, { ktime: 99n, binary: '/other' }));
    model.setCollapsed(keyOfPid(2), false);
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4+1', ' 6']);
    const again = sample().rows();
    model.apply({ reset: true, changed: again.map(({ process }) => process), removed: [] });
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4+1', ' 6']);
    change(model, below(1, 4));
    expect(shape(model)).toEqual(['1', ' 2', '  3', ' 4+1', ' 6']);
  });

  test('a collapsed process without children is no collapsed row, but is one again', () => {
    const model = sample();
    model.setCollapsed(keyOfPid(4), true);
    remove(model, 5);
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4', ' 6']);
    change(model, below(4, 7));
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4+1', ' 6']);
  });

  test('everything: collapses all but the roots, and expands when anything is collapsed', () => {
    const model = sample();
    model.toggleAll();
    expect(shape(model)).toEqual(['1', ' 2+3', ' 6']);
    model.setCollapsed(keyOfPid(2), false);
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4+1', ' 6']);
    model.toggleAll();
    expect(shape(model)).toEqual(['1', ' 2', '  3', '  4', '   5', ' 6']);
  });
});

describe('kernel threads', () => {
  const isKernelThread = true;
  const model = modelOf(
    treeProcess(1),
    treeProcess(2, { isKernelThread }),
    below(2, 3, { isKernelThread }),
    below(3, 4),
    below(1, 5),
  );

  test('are hidden, but not what they started', () => {
    expect(shape(model)).toEqual(['1', ' 5', '4']);
    expect(model.count()).toEqual({ running: 3, ended: 0, matches: 3 });
    expect(model.rowOf(keyOfPid(3))).toBeUndefined();
  });

  test('can be shown', () => {
    model.showKernelThreads = true;
    expect(shape(model)).toEqual(['1', ' 5', '2', ' 3', '  4']);
    model.showKernelThreads = false;
    expect(shape(model)).toEqual(['1', ' 5', '4']);
  });
});

describe('work', () => {
  test('none without a change: the same rows', () => {
    const model = sample();
    expect(model.rows()).toBe(model.rows());
    const before = model.rows();
    model.setCollapsed(keyOfPid(2), false);
    expect(model.rows()).toBe(before);
    model.setCollapsed(keyOfPid(2), true);
    expect(model.rows()).not.toBe(before);
  });

  test('bounded: 5,000 processes, 200 rounds of changes', () => {
    const random = createRandom(1);
    const all = Array.from({ length: 5000 }, (_, i) =>
      i === 0 ? treeProcess(1) : below(1 + random.below(i), i + 1),
    );
    const model = modelOf(...all);
    const begun = performance.now();
    for (let round = 0; round < 200; round++) {
      const process = all[random.below(all.length)] ?? treeProcess(1);
      change(model, { ...process, events: round });
      expect(model.rows()).toHaveLength(5000);
    }
    // About 2 ms a round on a machine with nothing else to do; with work that grows by the square it would be seconds.
    expect((performance.now() - begun) / 200).toBeLessThan(500);
  });
});

/** What the model should say, worked out the plain way. */
function naive(
  all: ReadonlyMap<string, TreeProcess>,
  collapsed: ReadonlySet<string>,
  kernelThreads: boolean,
): string[] {
  const isShown = (one: TreeProcess) => kernelThreads || !one.isKernelThread;
  const parentOf = (one: TreeProcess): TreeProcess | undefined => {
    const parent = one.parent === undefined ? undefined : all.get(one.parent);
    return !parent || isShown(parent) ? parent : parentOf(parent);
  };
  const sorted = [...all.values()]
    .filter(isShown)
    .sort((a, b) => a.startedAt - b.startedAt || a.pid - b.pid);
  const childrenOf = (one: TreeProcess | undefined) =>
    sorted.filter((other) => parentOf(other)?.key === one?.key);
  const family = (one: TreeProcess): TreeProcess[] =>
    childrenOf(one).flatMap((c) => [c, ...family(c)]);
  const lines = (one: TreeProcess, depth: number): string[] => {
    const children = childrenOf(one);
    const folded = children.length > 0 && collapsed.has(one.key);
    const counted = folded ? [one, ...family(one)] : [one];
    const hits = counted.reduce((sum, { hits }) => sum + hits, 0);
    const own = `${depth} ${one.pid} ${counted.length - 1} ${hits} ${one.events}`;
    return [own, ...(folded ? [] : children.flatMap((child) => lines(child, depth + 1)))];
  };
  return childrenOf(undefined).flatMap((root) => lines(root, 0));
}

test.each([1, 2, 3, 4, 5, 6])('any history gives what plain code gives (seed %i)', (seed) => {
  const random = createRandom(seed);
  const model = createTreeModel();
  const all = new Map<string, TreeProcess>();
  const collapsed = new Set<string>();
  let nextPid = 1;
  const some = (): TreeProcess | undefined => [...all.values()][random.below(all.size || 1)];
  /** Only the elder can be parents, so that plain code needn't mind circles. */
  const someParent = (pid: number): string | undefined => {
    const elder = [...all.values()].filter((one) => one.pid < pid);
    if (random.below(6) === 0) return random.below(2) === 0 ? undefined : 'unknown';
    return elder[random.below(elder.length || 1)]?.key;
  };
  for (let step = 0; step < 400; step++) {
    const changed = new Map<string, TreeProcess>();
    const removed: string[] = [];
    for (let i = random.below(4); i >= 0; i--) {
      const pid = nextPid++;
      const parent = someParent(pid);
      const isKernelThread = random.below(5) === 0;
      const startedAt = pid - (pid % 3);
      const made = treeProcess(pid, { parent, isKernelThread, startedAt });
      all.set(made.key, made);
      changed.set(made.key, made);
    }
    for (let i = random.below(4); i > 0; i--) {
      const one = some();
      if (!one) continue;
      const parent = random.below(2) === 0 ? someParent(one.pid) : one.parent;
      const next = { ...one, parent, hits: random.below(3), events: step };
      all.set(next.key, next);
      changed.set(next.key, next);
    }
    for (let i = all.size > 40 ? 4 : random.below(2); i > 0; i--) {
      const one = some();
      if (!one || changed.has(one.key)) continue;
      all.delete(one.key);
      collapsed.delete(one.key);
      removed.push(one.key);
    }
    if (random.below(20) === 0)
      model.apply({ reset: true, changed: [...all.values()], removed: [] });
    else model.apply({ reset: false, changed: [...changed.values()], removed });
    const target = some();
    if (target && random.below(2) === 0) {
      const wanted = !collapsed.has(target.key);
      if (wanted) collapsed.add(target.key);
      else collapsed.delete(target.key);
      model.setCollapsed(target.key, wanted);
    }
    if (random.below(15) === 0) model.showKernelThreads = !model.showKernelThreads;
    const seen = model
      .rows()
      .map(
        (row) =>
          `${depthOf(row)} ${row.process.pid} ${row.hidden} ${row.hits} ${row.process.events}`,
      );
    expect(seen).toEqual(naive(all, collapsed, model.showKernelThreads));
    model.rows().forEach((row, index) => {
      expect(model.rowOf(row.process.key)).toBe(index);
    });
  }
});
