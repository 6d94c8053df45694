import { describe, expect, test } from 'vitest';
import type { TreeProcess } from '../../../src/agent/messages.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { keyOfPid, treeProcess } from './treeSamples.ts';

const below = (parent: number, pid: number, more: Partial<TreeProcess> = {}) =>
  treeProcess(pid, { parent: keyOfPid(parent), ...more });

/** 1 ─ 2 ─ (3 fox, 4 ─ 5 fox), 1 ─ 6 */
function trees() {
  const it = setUp();
  const changed = [
    treeProcess(1),
    below(1, 2, { uid: 1000, hits: 3 }),
    below(2, 3, { binary: '/opt/fox', arguments: '--deep' }),
    below(2, 4),
    below(4, 5, { binary: '/opt/fox', endedAt: 9000, ending: '3' }),
    below(1, 6, { container: 'abcdef' }),
  ];
  it.state.tree.apply({ reset: true, changed, removed: [] });
  it.command('view.tree');
  const size = { width: 80, height: 12 };
  const lines = () => it.panes.tree.lines(size).slice(1);
  const rows = () =>
    lines().map((line) => Number(/^[> ●]\s*(\d+)/.exec(plain(line))?.[1] ?? Number.NaN));
  const matching = () =>
    lines()
      .filter((line) => plain(line).startsWith('>'))
      .map((line) => Number(/\d+/.exec(plain(line))?.[0]));
  const cursor = () =>
    Number(/\d+/.exec(plain(lines().find((line) => line.startsWith(DARK.cursor.open)) ?? ''))?.[0]);
  const filter = (text: string) => it.panes.tree.filter?.set(text);
  const position = () => it.panes.tree.position(size);
  return { ...it, rows, matching, cursor, filter, position };
}

describe('a filter of the tree', () => {
  test.each<[string, number[]]>([
    ['fox', [3, 5]],
    ['binary=fox', [3, 5]],
    ['fox !deep', [5]],
    ['pid>=5', [5, 6]],
    ['uid=1000', [2]],
    ['hits>2 OR container:abc', [2, 6]],
    ['ending!=0', [5]],
    ['state:ended', [5]],
    ['parent=p2', [3, 4]],
    ['ppid:4', [5]],
    ['~pfx', [3, 5]],
  ])('%s', (text, pids) => {
    const { filter, matching, position } = trees();
    filter(text);
    expect(matching()).toEqual(pids);
    expect(position()).toBe(`${pids.length} of 6 match `);
  });

  test('the user of a row has the name that was told for it', () => {
    const { state, filter, matching } = trees();
    const changed = [below(1, 7, { uid: 1000, user: 'web' })];
    state.tree.apply({ reset: false, changed, removed: [] });
    filter('user=web');
    expect(matching()).toEqual([7]);
    filter('user=1000');
    expect(matching()).toEqual([2]);
  });

  test('what is above a match stays, without the sign; nothing else does', () => {
    const { filter, rows, matching, position, panes } = trees();
    filter('fox');
    expect(rows()).toEqual([1, 2, 3, 4, 5]);
    expect(matching()).toEqual([3, 5]);
    filter('no such');
    expect(plain(panes.tree.lines({ width: 80, height: 12 })[0] ?? '')).toContain(
      'Esc takes it away',
    );
    filter('');
    expect(rows()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(position()).toBe('5 running, 1 ended ');
  });

  test('a new process is shown when it matches, and one that changes goes', () => {
    const { state, filter, matching } = trees();
    filter('fox');
    const changed = [below(6, 7, { binary: '/opt/fox' }), below(2, 3, { binary: '/bin/sh' })];
    state.tree.apply({ reset: false, changed, removed: [] });
    expect(matching()).toEqual([5, 7]);
  });

  test('what is collapsed stays so, and counts only what the filter leaves of it', () => {
    const { state, filter, rows } = trees();
    state.tree.setCollapsed(keyOfPid(2), true);
    filter('fox');
    expect(rows()).toEqual([1, 2]);
    expect(state.tree.rows()[1]).toMatchObject({ isCollapsed: true, hidden: 3 });
  });

  test('typed: it narrows with each letter, Esc brings back cursor and all', () => {
    const { panes, press, command, rows, cursor } = trees();
    command('move.last');
    expect(cursor()).toBe(6);
    command('row.filter');
    press(...'fox');
    expect(rows()).toEqual([1, 2, 3, 4, 5]);
    press('escape');
    expect(panes.tree.filter?.text()).toBe('');
    expect(cursor()).toBe(6);
    command('row.filter');
    press(...'nofield:', 'enter', 'escape');
    expect(rows()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('finding goes into what is collapsed and opens it', () => {
    const { state, press, command, cursor, rows } = trees();
    state.tree.setCollapsed(keyOfPid(2), true);
    expect(rows()).toEqual([1, 2, 6]);
    command('find.open');
    press(...'fox', 'enter');
    expect(cursor()).toBe(3);
    command('find.next');
    expect(cursor()).toBe(5);
    command('find.next');
    expect(cursor()).toBe(3);
    expect(rows()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
