/** Sorting, columns and copying in the views that are tables: keys in, lines out. */
import { describe, expect, test } from 'vitest';
import type { View } from '../../../src/ui/commands.ts';
import { createSettings, DEFAULT_SETTINGS } from '../../../src/ui/settings.ts';
import { createState } from '../../../src/ui/state.ts';
import { until } from '../../driver/until.ts';
import { alert } from './alertSamples.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';
import { counters, keyOfPid, treeProcess } from './treeSamples.ts';

const SIZE = { width: 160, height: 10 };
/** Whole menus fit. */
const TALL = { width: 160, height: 40 };

const filled = (change: Parameters<typeof setUp>[0] = {}) => {
  const made = setUp(change);
  const { state, panes } = made;
  const programs = [
    counters('/bin/a', { execs: 1, exits: 30 }),
    counters('/bin/b', { execs: 2, exits: 20 }),
    counters('/bin/c', { execs: 3, exits: 10 }),
  ];
  state.binaries.apply({ reset: true, changed: programs, removed: [] }, 0);
  state.alerts.apply({ reset: true, changed: [alert('1'), alert('2', { count: 9 })], removed: [] });
  state.tree.apply({ reset: true, changed: [treeProcess(1)], removed: [] });
  const lines = (view: View = state.view) => panes[view].lines(SIZE).map(plain);
  return {
    ...made,
    lines,
    head: (view?: View) => lines(view)[0] ?? '',
    order: () =>
      lines('binaries')
        .slice(1)
        .map((line) => line.trim().split(' ').at(-1)),
    /** The lines of the open menu. */
    menu: () =>
      state.overlay?.kind === 'dialog' ? state.overlay.dialog.lines(TALL).map(plain) : [],
    cursor: () =>
      state.overlay?.kind === 'dialog'
        ? plain(
            state.overlay.dialog.lines(TALL).find((line) => line.startsWith(DARK.cursor.open)) ??
              '',
          )
        : '',
  };
};

describe('the sort picker', () => {
  test('begins at the column of now; Enter sorts by another, and again the other way round', () => {
    const { command, press, state, order, cursor, head } = filled();
    command('view.binaries', 'sort.pick');
    expect(cursor()).toMatch(/^ 1 {2}execs .*▼ descending/);
    press('down', 'enter');
    expect(state.overlay).toBeUndefined();
    expect(head()).toContain('Exits▼');
    expect(order()).toEqual(['/bin/a', '/bin/b', '/bin/c']);
    command('sort.pick');
    expect(cursor()).toContain('exits');
    press('enter');
    expect(head()).toContain('Exits▲');
    expect(order()).toEqual(['/bin/c', '/bin/b', '/bin/a']);
    expect(state.settings.get().sort.binaries).toEqual({ column: 'exits', descending: false });
  });

  test('I reverses and stays; Esc leaves; a hidden column comes into sight with its order', () => {
    const { command, press, state, cursor, menu, head } = filled();
    command('view.binaries', 'sort.pick');
    press('I');
    expect(cursor()).toContain('▲ ascending');
    expect(head('binaries')).toContain('Execs▲');
    press('escape');
    expect(state.overlay).toBeUndefined();
    expect(head()).not.toContain('Events');
    command('sort.pick');
    expect(menu().find((line) => line.includes('all events'))).toContain('hidden');
    press('down', 'down', 'down', 'down', 'down', 'down', 'down', 'down', 'down', 'enter');
    expect(head()).toContain('Events▼');
    // From there the keys beside it go over those that are not hidden.
    command('sort.next');
    expect(head()).toMatch(/Ev\/s▼/);
    expect(head()).not.toContain('Events');
  });

  test('a name behind it sorts at once; a wrong one is told; where there is no order, so is that', () => {
    const { actions, command, state, head } = filled();
    command('view.alerts');
    actions.run('sort.pick', 'count');
    expect(head()).toContain('Count▼');
    actions.run('sort.pick', 'kills');
    expect(head()).toContain('Killed▼');
    actions.run('sort.pick', 'nothing');
    expect(state.notice).toMatchObject({
      level: 'warning',
      text: 'no column "nothing" to sort by',
    });
    command('view.stream');
    actions.run('sort.pick');
    expect(state.notice).toMatchObject({ level: 'warning' });
  });

  test('the order of the last time is the first one', () => {
    const sort = { binaries: { column: 'binary', descending: true } };
    const settings = createSettings({ ...DEFAULT_SETTINGS, sort });
    const made = filled({ ...createState(undefined, false, settings) });
    made.command('view.binaries');
    expect(made.order()).toEqual(['/bin/c', '/bin/b', '/bin/a']);
  });
});

describe('the columns', () => {
  test.each([
    ['view.stream', 'User'],
    ['view.tree', 'Age'],
    ['view.binaries', 'Exits'],
    ['view.policies', 'Places'],
    ['view.alerts', 'Count'],
  ] as const)('%s: what is hidden is not drawn, and told as not chosen', (view, title) => {
    const { command, press, state, menu, head } = filled();
    command(view, 'row.columns');
    const at = menu().findIndex((line) => line.includes(`[x] ${title}`)) - 1;
    expect(at).toBeGreaterThanOrEqual(0);
    if (state.view !== 'stream') expect(head()).toContain(title);
    press(...Array.from({ length: at }, () => 'down'), 'space');
    expect(menu()[at + 1]).toContain(`[ ] ${title}`);
    if (state.view !== 'stream') expect(head()).not.toContain(title);
    press('enter');
    expect(menu()[at + 1]).toContain(`[x] ${title}`);
    press('space', 'delete', 'escape');
    expect(state.overlay).toBeUndefined();
    expect(state.settings.get().hiddenColumns[state.view]).toBeUndefined();
  });

  test('what a row is about can’t be hidden', () => {
    const { command, menu, press } = filled();
    for (const [view, title] of [
      ['view.binaries', 'Binary'],
      ['view.alerts', 'Target'],
      ['view.policies', 'Policy'],
      ['view.tree', 'Process'],
    ] as const) {
      command(view, 'row.columns');
      expect(menu().length).toBeGreaterThan(3);
      expect(menu().some((line) => line.includes(`] ${title} `))).toBe(false);
      press('escape');
    }
  });

  test('columns that are off at first can be had', () => {
    const { command, press, menu, head } = filled();
    command('view.tree', 'row.columns');
    const at = menu().findIndex((line) => line.includes('[ ] Started')) - 1;
    press(...Array.from({ length: at }, () => 'down'), 'space', 'escape');
    expect(head()).toContain('Started');
  });
});

describe('copying', () => {
  const copied = async (asked: readonly string[]) => {
    expect(await until(() => asked.length > 0)).toBe(true);
    return asked[0];
  };

  test('of a program: its line, its path, its counters as JSON', async () => {
    const { command, press, asked, menu, lines } = filled();
    command('view.binaries');
    lines();
    command('row.copy');
    expect(
      menu()
        .slice(1)
        .map((line) => line.trim().split(/ {2,}/)[1]),
    ).toEqual(['line', 'path', 'JSON']);
    press('2');
    expect(await copied(asked)).toBe('copy /bin/c');
    asked.length = 0;
    command('row.copy');
    press('3');
    const text = (await copied(asked)) ?? '';
    expect(JSON.parse(text.replace('copy ', ''))).toMatchObject({ binary: '/bin/c', execs: 3 });
  });

  test('of an alert: its target, and the filter that shows its events', async () => {
    const { command, press, asked, lines } = filled();
    command('view.alerts');
    lines();
    command('row.copy');
    press('2');
    expect(await copied(asked)).toBe('copy /etc/passwd');
    asked.length = 0;
    command('row.copy');
    press('4');
    expect(await copied(asked)).toBe('copy policy:etc-writes binary:/usr/bin/tee path:/etc/passwd');
  });

  test('of a policy: its name, its file', async () => {
    const { command, press, asked, lines } = filled({ policies: [policy({ name: 'sample' })] });
    command('view.policies');
    lines();
    command('row.copy');
    press('2');
    expect(await copied(asked)).toBe('copy /etc/trigon/sample.yaml');
  });

  test('hostile text is harmless when it is copied, and JSON stays JSON', async () => {
    const { state, command, press, asked, lines } = filled();
    const binary = '/tmp/\x1b]0;x\x07\u202e"';
    state.binaries.apply({ reset: true, changed: [counters(binary)], removed: [] }, 0);
    command('view.binaries');
    lines();
    command('row.copy');
    press('3');
    const text = ((await copied(asked)) ?? '').replace('copy ', '');
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(text)).toMatchObject({ binary });
  });

  test('without a row it says so', () => {
    const { command, state } = setUp();
    command('view.binaries', 'row.copy');
    expect(state.notice?.text).toBe('there is no row here');
  });
});

describe('orders of the other views', () => {
  test('siblings in the tree: by events, those with most first, and on with each change', () => {
    const { command, actions, state, panes } = filled();
    const below = (pid: number, events: number) =>
      treeProcess(pid, { parent: keyOfPid(1), events, binary: `/bin/p${pid}` });
    state.tree.apply({
      ...{ reset: true, removed: [] },
      changed: [treeProcess(1), below(2, 5), below(3, 9), below(4, 5)],
    });
    const pids = () => state.tree.rows().map(({ process }) => process.pid);
    command('view.tree');
    expect(pids()).toEqual([1, 2, 3, 4]);
    expect(panes.tree.position(SIZE)).toBe('4 running, 0 ended ');
    actions.run('sort.pick', 'events');
    expect(pids()).toEqual([1, 3, 2, 4]);
    expect(panes.tree.position(SIZE)).toBe('4 running, 0 ended by events ▼ ');
    state.tree.apply({ reset: false, removed: [], changed: [below(4, 20)] });
    expect(pids()).toEqual([1, 4, 3, 2]);
    actions.run('sort.pick', 'pid');
    expect(pids()).toEqual([1, 2, 3, 4]);
    expect(state.settings.get().sort.tree).toEqual({ column: 'pid', descending: false });
  });

  test('policies: by state, the armed ones first; a kept order is there at once', () => {
    const policies = [
      policy({ id: 1, name: 'a', mode: 'off', position: 1 }),
      policy({ id: 2, name: 'b', mode: 'enforce', position: 2 }),
      policy({ id: 3, name: 'c', mode: 'monitor', position: 3 }),
    ];
    const names = (lines: readonly string[]) =>
      lines.slice(1, 4).map((line) => / ([abc]) /.exec(line)?.[1]);
    const { command, press, cursor, lines } = filled({ policies });
    command('view.policies');
    expect(names(lines())).toEqual(['a', 'b', 'c']);
    command('sort.pick');
    press('down');
    expect(cursor()).toContain('state');
    press('enter');
    expect(names(lines())).toEqual(['b', 'c', 'a']);
    const sort = { policies: { column: 'name', descending: true } };
    const settings = createSettings({ ...DEFAULT_SETTINGS, sort });
    const later = filled({ ...createState(undefined, false, settings), policies });
    expect(names(later.lines('policies'))).toEqual(['c', 'b', 'a']);
  });
});
