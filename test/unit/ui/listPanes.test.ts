/** The tree's and the binaries' panes: commands in, lines out. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { CommandId } from '../../../src/ui/commands.ts';
import { createBinariesPane } from '../../../src/ui/panes/binariesPane.ts';
import type { Pane } from '../../../src/ui/panes/pane.ts';
import { createTreePane } from '../../../src/ui/panes/treePane.ts';
import { createState } from '../../../src/ui/state.ts';
import { DARK, plain } from './samples.ts';
import { counters, keyOfPid, treeProcess } from './treeSamples.ts';

const SIZE = { width: 100, height: 11 };

const setUp = (create: (state: ReturnType<typeof createState>) => Pane) => {
  const state = createState();
  const pane = create(state);
  const lines = () => pane.lines(SIZE);
  return {
    state,
    pane,
    run: (...ids: CommandId[]) => ids.map((id) => pane.run(id, SIZE)),
    /** The rows, and the one with the cursor. */
    rows: () => lines().slice(1).map(plain),
    cursor: () => plain(lines().find((line) => line.startsWith(DARK.cursor.open)) ?? '').trim(),
  };
};

describe('tree', () => {
  const tree = () => {
    const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };
    return setUp((state) => createTreePane({ state, ...look }));
  };
  const below = (parent: number, pid: number) => treeProcess(pid, { parent: keyOfPid(parent) });
  /** 1 ─ 2 ─ 3 ─ 4, 1 ─ 5 */
  const filled = () => {
    const made = tree();
    const changed = [treeProcess(1), below(1, 2), below(2, 3), below(3, 4), below(1, 5)];
    made.state.tree.apply({ reset: true, changed, removed: [] });
    return { ...made, pid: () => Number(/^\d+/.exec(made.cursor())?.[0]) };
  };

  test('empty, it says so, and every command is harmless', () => {
    const { pane, run, rows } = tree();
    expect(plain(pane.lines(SIZE)[0] ?? '')).toContain('no processes yet');
    run('move.down', 'move.last', 'tree.collapse', 'tree.expand', 'tree.toggleAll', 'tree.parent');
    expect(rows()).toEqual([]);
    expect(pane.pick?.(SIZE)).toBeUndefined();
  });

  test('the cursor begins at the first row, moves, and is at once what is picked', () => {
    const { run, pid, pane } = filled();
    expect(pid()).toBe(1);
    run('move.down', 'move.down');
    expect(pid()).toBe(3);
    expect(pane.pick?.(SIZE)).toMatchObject({ pid: 3, ktime: 3000n });
    run('move.last');
    expect(pid()).toBe(5);
    run('move.first');
    expect(pid()).toBe(1);
  });

  test('tags of processes that have left the tree are not counted any more', () => {
    const { state, pane } = filled();
    for (const pid of [3, 5])
      state.tags.toggleProcess({ key: keyOfPid(pid), pid, ktime: BigInt(pid) * 1000n });
    expect(pane.position(SIZE)).toContain('2 tagged');
    state.tree.apply({ reset: false, changed: [], removed: [keyOfPid(5)] });
    expect(pane.position(SIZE)).toContain('1 tagged');
  });

  test('collapse; again, or on a leaf, to the parent; expand', () => {
    const { run, pid, rows } = filled();
    run('move.down', 'tree.collapse');
    expect(rows()).toHaveLength(3);
    expect(pid()).toBe(2);
    run('tree.collapse');
    expect(pid()).toBe(1);
    run('move.down', 'tree.expand', 'move.down', 'move.down');
    expect(pid()).toBe(4);
    run('tree.collapse');
    expect(pid()).toBe(3);
    run('tree.parent', 'tree.parent', 'tree.parent');
    expect(pid()).toBe(1);
    run('tree.toggle');
    expect(rows()).toHaveLength(1);
    run('tree.toggle');
    expect(rows()).toHaveLength(5);
  });

  test('collapsing all takes the cursor to the row that now stands for its process', () => {
    const { run, pid, rows } = filled();
    run('move.down', 'move.down', 'move.down', 'tree.toggleAll');
    expect(pid()).toBe(2);
    expect(rows()[1]).toContain('[+2]');
    run('tree.toggleAll');
    expect(rows()).toHaveLength(5);
  });

  test('the cursor stays on its process, and goes to a neighbour when that is gone', () => {
    const { state, run, pid } = filled();
    run('move.last');
    const more = Array.from({ length: 40 }, (_, i) => below(2, 100 + i));
    state.tree.apply({ reset: false, changed: more, removed: [] });
    expect(pid()).toBe(5);
    state.tree.apply({ reset: false, changed: [], removed: [keyOfPid(5)] });
    expect(pid()).toBe(139);
  });

  test('kernel threads are shown on request', () => {
    const { state, run, rows, pane } = filled();
    const kernelThread = treeProcess(9, { isKernelThread: true, binary: '[kthreadd]' });
    state.tree.apply({ reset: false, changed: [kernelThread], removed: [] });
    expect(rows()).toHaveLength(5);
    expect(pane.position(SIZE)).toBe('5 running, 0 ended ');
    run('tree.kernelThreads');
    expect(rows().at(-1)).toContain('[kthreadd]');
    run('tree.kernelThreads');
    expect(rows()).toHaveLength(5);
  });

  test('other commands are not its own', () => {
    expect(filled().run('stream.pause', 'sort.next', 'policy.arm')).toEqual([
      ...[false, false, false],
    ]);
  });
});

describe('binaries', () => {
  const binaries = () => setUp((state) => createBinariesPane({ state, theme: DARK, ascii: false }));
  const fill = ({ state }: ReturnType<typeof binaries>, reset: boolean, execs: number[]) =>
    state.binaries.apply(
      {
        reset,
        changed: execs.map((count, i) => counters(`/b${i}`, { execs: count })),
        removed: [],
      },
      // Long ago, so that the next look sorts.
      performance.now(),
    );
  const order = ({ rows }: ReturnType<typeof binaries>) =>
    rows().map((row) => /\/b\d+/.exec(row)?.[0]);

  test('empty, it says so, and every command is harmless', () => {
    const { pane, run } = binaries();
    expect(plain(pane.lines(SIZE)[0] ?? '')).toContain('no programs yet');
    run('move.down', 'move.last', 'sort.next', 'sort.reverse');
    expect(pane.position(SIZE)).toBe('0 programs ');
  });

  test('events of programs without a name are told in the lower rule', () => {
    const { state, pane } = binaries();
    const others = {
      execs: 1200,
      exits: 30,
      failures: 9,
      hits: 4,
      files: 4,
      network: 0,
      kills: 0,
      denials: 0,
    };
    state.binaries.apply({ reset: true, changed: [counters('/bin/a')], removed: [], others }, 0);
    expect(pane.position(SIZE)).toBe('1 programs, 1234 lost of others ');
    state.binaries.apply({ reset: false, changed: [], removed: [] }, 0);
    expect(pane.position(SIZE)).toContain('1234 lost of others');
  });

  test('sort keys: reverse, to the left (round the end: the name), to the right', () => {
    const made = binaries();
    fill(made, true, [2, 3, 1]);
    expect(order(made)).toEqual(['/b1', '/b0', '/b2']);
    made.run('sort.reverse');
    expect(order(made)).toEqual(['/b2', '/b0', '/b1']);
    made.run('sort.previous');
    expect(order(made)).toEqual(['/b0', '/b1', '/b2']);
    expect(made.state.notice?.text).toBe('sorted by name, ascending');
    made.run('sort.next');
    expect(order(made)).toEqual(['/b1', '/b0', '/b2']);
  });

  test('the cursor stays on its program; before it was moved, and after Home, at the top', () => {
    const made = binaries();
    fill(made, true, [3, 2, 1]);
    expect(made.cursor()).toContain('/b0');
    made.run('sort.reverse');
    expect(made.cursor()).toContain('/b2');
    made.run('move.down', 'move.down');
    expect(made.cursor()).toContain('/b0');
    made.run('sort.reverse');
    expect(made.cursor()).toContain('/b0');
    made.run('move.down', 'move.first', 'sort.reverse');
    expect(made.cursor()).toContain('/b2');
  });

  describe('on a clock of the test’s own', () => {
    afterEach(() => void vi.useRealTimers());

    test('what is newly counted moves rows within half a second, not at once', () => {
      vi.useFakeTimers({ toFake: ['performance'] });
      const made = binaries();
      fill(made, true, [3, 2, 1]);
      vi.advanceTimersByTime(1000);
      expect(order(made)).toEqual(['/b0', '/b1', '/b2']);
      fill(made, false, [1, 2, 3]);
      vi.advanceTimersByTime(400);
      expect(order(made)).toEqual(['/b0', '/b1', '/b2']);
      vi.advanceTimersByTime(100);
      expect(order(made)).toEqual(['/b2', '/b1', '/b0']);
    });
  });
});
