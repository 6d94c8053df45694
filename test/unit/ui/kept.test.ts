/** What views take from the settings, and put there. */
import { describe, expect, test } from 'vitest';
import { createSettings, DEFAULT_SETTINGS, type Settings } from '../../../src/ui/settings.ts';
import { setUp } from './setUp.ts';
import { keyOfPid, treeProcess } from './treeSamples.ts';

const started = (change: Partial<Settings> = {}) =>
  setUp({ view: 'tree', settings: createSettings({ ...DEFAULT_SETTINGS, ...change }) });

const SHELL = { binary: '/bin/sh' };
const FAMILY = [
  treeProcess(1),
  treeProcess(2, { ...SHELL, parent: keyOfPid(1) }),
  treeProcess(3, { parent: keyOfPid(2) }),
  treeProcess(4, { ...SHELL, parent: keyOfPid(1) }),
  treeProcess(5, { parent: keyOfPid(4) }),
];
const all = { reset: true, changed: FAMILY, removed: [] };

describe('collapsed programs', () => {
  const collapsedIn = ({ state }: ReturnType<typeof started>) =>
    state.tree.rows().flatMap((row) => (row.isCollapsed ? row.process.pid : []));

  test('what is collapsed by hand is remembered, for the next time', () => {
    const app = started();
    app.state.tree.apply(all);
    app.command('move.down', 'tree.collapse');
    expect(collapsedIn(app)).toEqual([2]);
    expect(app.state.settings.get().foldedPrograms).toEqual(['/bin/sh']);
    // This time only that one: others of its program were not meant.
    app.state.tree.apply({ reset: false, changed: [treeProcess(6, SHELL)], removed: [] });
    app.state.tree.apply({
      ...{ reset: false, removed: [] },
      changed: [treeProcess(7, { parent: keyOfPid(6) })],
    });
    expect(collapsedIn(app)).toEqual([2]);
  });

  test('the next time they come collapsed; expanding one forgets the program', () => {
    const app = started({ foldedPrograms: ['/bin/other', '/bin/sh'] });
    app.state.tree.apply(all);
    expect(collapsedIn(app)).toEqual([2, 4]);
    app.command('move.down', 'tree.expand');
    expect(collapsedIn(app)).toEqual([4]);
    expect(app.state.settings.get().foldedPrograms).toEqual(['/bin/other']);
    // The agent sends everything anew when the view is opened again.
    app.state.tree.apply(all);
    expect(collapsedIn(app)).toEqual([4]);
  });

  test('a process that becomes one of them by exec', () => {
    const app = started({ foldedPrograms: ['/bin/sh'] });
    app.state.tree.apply({
      ...all,
      changed: [treeProcess(1), treeProcess(2), FAMILY[2] ?? []].flat(),
    });
    expect(collapsedIn(app)).toEqual([]);
    app.state.tree.apply({ ...all, reset: false });
    expect(collapsedIn(app)).toEqual([2, 4]);
  });

  test('only so many programs', () => {
    const foldedPrograms = Array.from({ length: 200 }, (_, i) => `/bin/${i}`);
    const app = started({ foldedPrograms });
    app.state.tree.apply(all);
    app.command('move.down', 'tree.collapse');
    const kept = app.state.settings.get().foldedPrograms;
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([200, '/bin/1', '/bin/sh']);
  });
});

test('kernel threads', () => {
  const app = started({ kernelThreads: true });
  expect(app.state.tree.showKernelThreads).toBe(true);
  app.command('tree.kernelThreads');
  expect(app.state.settings.get().kernelThreads).toBe(false);
});

describe('orders', () => {
  test('are as they were left', () => {
    const app = started({
      sort: {
        binaries: { column: 'kills', descending: false },
        alerts: { column: 'no such column', descending: false },
      },
    });
    expect(app.state.binaries.sort).toEqual({ column: 'kills', descending: false });
    expect(app.state.alerts.sort.column).toBe('lastSeen');
  });

  test('and are remembered, each view for itself', () => {
    const app = started();
    app.command('view.binaries', 'sort.reverse', 'view.alerts', 'sort.reverse');
    expect(app.state.settings.get().sort).toEqual({
      binaries: { column: 'execs', descending: false },
      alerts: { column: 'lastSeen', descending: false },
    });
  });
});
