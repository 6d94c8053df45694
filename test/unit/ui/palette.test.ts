import { describe, expect, test, vi } from 'vitest';
import { createPaletteDialog } from '../../../src/ui/palette/dialog.ts';
import type { PaletteItem } from '../../../src/ui/palette/item.ts';
import { completeTyped, readTyped } from '../../../src/ui/palette/words.ts';
import { createSettings, DEFAULT_SETTINGS } from '../../../src/ui/settings.ts';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';
import { treeProcess } from './treeSamples.ts';

describe('what is typed', () => {
  test('words, ids, arguments', () => {
    expect(readTyped('q')).toMatchObject({ command: { id: 'app.quit' }, argument: undefined });
    expect(readTyped('tree.toggle')).toMatchObject({ command: { id: 'tree.toggle' } });
    expect(readTyped(' theme  high contrast ')).toMatchObject({
      command: { id: 'app.theme' },
      argument: 'high contrast',
    });
    expect(readTyped('on protect-etc')).toEqual({
      ...{ kind: 'policy', verb: 'on', name: 'protect-etc' },
    });
  });

  test('what is none, and what takes no argument', () => {
    for (const text of ['', 'qq', 'quit now', 'on', 'constructor'])
      expect(readTyped(text)).toBeUndefined();
  });

  test('Tab: as much as is certain', () => {
    const complete = (text: string) => completeTyped(text, ['deny-a', 'deny-b', 'other']);
    expect(complete('doc')).toBe('doctor');
    expect(complete('the')).toBe('theme ');
    expect(complete('filt')).toBe('filter');
    expect(complete('xyz')).toBe('xyz');
    expect(complete('')).toBe('');
    expect(complete('on d')).toBe('on deny-');
    expect(complete('off o')).toBe('off other');
    expect(complete('theme d')).toBe('theme d');
  });
});

const SIZE = { width: 80, height: 20 };

function opened(change: Parameters<typeof setUp>[0] = {}) {
  const app = setUp(change);
  app.command('app.palette');
  const lines = (size = SIZE) => {
    const { overlay } = app.state;
    return overlay?.kind === 'dialog' ? overlay.dialog.lines(size).map(plain) : [];
  };
  const type = (text: string) =>
    app.press(...[...text].map((letter) => (letter === ' ' ? 'space' : letter)));
  return { ...app, lines, type, first: () => (lines()[1] ?? '').trimEnd() };
}

describe('commands', () => {
  test('a few letters find one; Enter runs it in its own view', () => {
    const { state, type, press, first } = opened();
    type('kernel thr');
    expect(first()).toMatch(/^ >command {2}Show or hide kernel threads +in Tree {2}K$/);
    press('enter');
    expect(state.overlay).toBeUndefined();
    expect(state.view).toBe('tree');
    expect(state.tree.showKernelThreads).toBe(true);
  });

  test('a word typed whole goes before everything that is like it', () => {
    const { asked, type, press } = opened();
    type('q');
    press('enter');
    expect(asked).toEqual(['quit']);
  });

  test('other words for it, and its keys, find one too: before policies that are called like that', () => {
    const find = (text: string) => {
      const { type, first } = opened({ policies: [policy({ name: 'kill-signals' })] });
      type(text);
      return first();
    };
    expect(find('kill')).toContain('Send the process a signal');
    expect(find('F9')).toContain('Send the process a signal');
    expect(find('export')).toContain('Save what the view shows');
    expect(find('colours')).toContain('Choose the theme');
    expect(find('!')).toContain('Disarm everything at once');
  });

  test('an argument goes with the command', () => {
    const { panes, type, press, first } = opened();
    type('filter binary:curl');
    expect(first()).toContain('filter binary:curl');
    press('enter');
    expect(panes.stream.filter?.text()).toBe('binary:curl');
  });

  test('arming only opens its dialog; with --read-only it says why not', () => {
    const armed = opened({ view: 'policies' });
    armed.type('policy.arm');
    armed.press('enter');
    expect(armed.state.overlay).toMatchObject({ kind: 'arm' });
    expect(armed.told.some(({ type }) => type === 'set-mode')).toBe(false);

    const { state, lines, type, press } = opened({ readOnly: true });
    type('policy.arm');
    press('enter');
    expect(state.overlay).toMatchObject({ kind: 'dialog' });
    expect(lines()[0]).toContain('--read-only');
  });

  test('Enter in an empty line never repeats what ends or changes something', () => {
    const paletteHistory = ['view.zoom', 'filter curl', 'off deny-a', 'app.quit'];
    const settings = createSettings({ ...DEFAULT_SETTINGS, paletteHistory });
    const policies = [policy({ name: 'deny-a', mode: 'monitor' })];
    const { state, asked, told, panes, press, lines } = opened({ settings, policies });
    expect(lines()[1]).toMatch(/^ {2}command {2}Quit/);
    expect(lines()[4]).toMatch(/^ >command {2}Zoom/);
    press('enter');
    expect([asked, panes.stream.filter?.text(), state.isZoomed]).toEqual([[], '', true]);
    expect(told.some(({ type }) => type === 'set-mode')).toBe(false);
  });

  test('with an arrow it can be repeated all the same', () => {
    const settings = createSettings({ ...DEFAULT_SETTINGS, paletteHistory: ['app.quit'] });
    const { asked, press, lines } = opened({ settings });
    lines();
    press('up', 'enter');
    expect(asked).toEqual(['quit']);
  });

  test('moving, which keys do better, comes last', () => {
    const { press, lines } = opened();
    lines();
    press('pageup');
    for (let page = 0; page < 20; page++) press('pagedown');
    expect(lines().at(-1)).toMatch(/^ >command {2}(To|Up|Down|Page|Half)/);
  });

  test('Enter runs the row that is seen, though by now another one would be there', () => {
    const { state, panes, type, press, lines } = opened({ policies: [] });
    const apply = (...pids: number[]) =>
      state.tree.apply({
        ...{ reset: true, removed: [] },
        changed: pids.map((pid) => treeProcess(pid, { binary: '/x/aaa' })),
      });
    apply(10);
    type('x/aaa');
    expect(lines()[1]).toContain('>process  10 ');
    apply(5, 10);
    const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 10_000);
    press('enter');
    later.mockRestore();
    expect(panes.tree.pick?.(SIZE)).toMatchObject({ pid: 10 });
  });

  test('what was used last stands first the next time', () => {
    const { state, type, press, command, first } = opened();
    type('zoom');
    press('enter');
    expect(state.settings.get().paletteHistory).toEqual(['view.zoom']);
    command('app.palette');
    expect(first()).toContain('Zoom');
  });
});

describe('policies', () => {
  const policies = [
    policy({ id: 1, name: 'deny-a', mode: 'off' }),
    policy({ id: 2, name: 'deny-b', mode: 'monitor', position: 1 }),
  ];

  test('jumps to one, whatever was searched there', () => {
    const { state, panes, type, press } = opened({ policies });
    panes.policies.filter.set('deny-a');
    type('policy deny-b');
    press('enter');
    expect(state.view).toBe('policies');
    expect(panes.policies.selected()).toMatchObject({ policy: { name: 'deny-b' } });
    expect(panes.policies.filter.text()).toBe('');
  });

  test('one that is loaded while it is open is found too', () => {
    const { state, type, lines } = opened({ policies: [] });
    type('deny');
    expect(lines()[0]).not.toContain('1 of 2');
    state.policies = policies;
    type('-');
    expect(lines()[1]).toContain('deny-a');
  });

  test('on and off, never more than monitor', () => {
    const { told, type, press, command, lines } = opened({ policies });
    type('on deny-a');
    press('enter');
    expect(told).toContainEqual({ type: 'set-mode', policy: 1, mode: 'monitor' });
    command('app.palette');
    type('on deny-b');
    press('enter');
    expect(lines()[0]).toContain('it is on already');
    press('escape');
    command('app.palette');
    type('off deny-b');
    press('enter');
    expect(told).toContainEqual({ type: 'set-mode', policy: 2, mode: 'off' });
  });
});

describe('processes', () => {
  test('are asked for while it is open, and one is gone to', () => {
    const { state, told, type, press, lines, panes } = opened({ policies: [] });
    expect(told).toContainEqual({ type: 'watch', topics: ['tree'] });
    state.tree.apply({
      reset: true,
      changed: [
        treeProcess(1, { binary: '/sbin/init' }),
        treeProcess(4711, { parent: '1:1000', binary: '/opt/strange\x1b', arguments: 'a b' }),
      ],
      removed: [],
    });
    state.tree.setCollapsed('1:1000', true);
    type('4711');
    expect(lines()[1]).toMatch(/^ >process {2}4711 "\/opt\/strange\\x1b" a b/);
    press('enter');
    expect(state.view).toBe('tree');
    expect(panes.tree.pick?.(SIZE)).toMatchObject({ pid: 4711 });
    expect(told.at(-1)).toEqual({ type: 'watch', topics: ['tree'] });
  });

  test('one that the tree’s filter hides is gone to without the filter; one that is gone is not', () => {
    const { state, type, press, panes } = opened({ policies: [] });
    const changed = [
      treeProcess(1, { binary: '/sbin/init' }),
      treeProcess(4711, { binary: '/a/b' }),
    ];
    state.tree.apply({ reset: true, changed, removed: [] });
    panes.tree.filter?.set('init');
    expect(panes.tree.pick?.(SIZE)).toMatchObject({ pid: 1 });
    type('4711');
    press('enter');
    expect(panes.tree.pick?.(SIZE)).toMatchObject({ pid: 4711 });
    expect(panes.tree.filter?.text()).toBe('');
    expect(state.notice?.text).toContain('filter');
    panes.tree.filter?.set('init');
    expect(panes.tree.goTo('9:9000', SIZE)).toBe(false);
    expect(panes.tree.filter?.text()).toBe('init');
  });

  test('the one whose number it is goes first, however many others match before it', () => {
    const { state, type, lines } = opened({ policies: [] });
    const others = Array.from({ length: 200 }, (_, i) =>
      treeProcess(i + 1000, { arguments: '--port 443' }),
    );
    const changed = [...others, treeProcess(443, { binary: '/usr/bin/late' })];
    state.tree.apply({ reset: true, changed, removed: [] });
    type('443');
    expect(lines()[1]).toMatch(/process {2}443 \/usr\/bin\/late/);
  });

  test('closed, they are not asked for any more', () => {
    const { told, press } = opened();
    press('escape');
    expect(told.at(-1)).toEqual({ type: 'watch', topics: [] });
  });

  test('32,000 of them are searched while a key is held', () => {
    const { state, type, lines } = opened({ policies: [] });
    const changed = Array.from({ length: 32_000 }, (_, i) =>
      treeProcess(i + 1, { binary: `/usr/bin/program-${i}`, arguments: `--number ${i}` }),
    );
    state.tree.apply({ reset: true, changed, removed: [] });
    type('program-31999');
    expect(lines().some((line) => line.includes('/usr/bin/program-31999'))).toBe(true);
  });
});

test('a named filter is set in the view', () => {
  const settings = createSettings({ ...DEFAULT_SETTINGS, filters: { shells: 'binary:sh' } });
  const { panes, type, press } = opened({ settings });
  type('shells');
  press('enter');
  expect(panes.stream.filter?.text()).toBe('binary:sh');
});

test.each([60, 80, 200])('its lines fit %i columns, and it keeps its height', (width) => {
  const size = { width, height: 15 };
  const { lines, type } = opened();
  const all = lines(size);
  type('zzzzzzz');
  const none = lines(size);
  expect(none[0]).toContain('nothing is like that');
  expect(none.length).toBe(all.length);
  for (const line of [...all, ...none]) expect(displayWidth(line)).toBeLessThanOrEqual(width);
});

test('Esc, and Backspace in an empty line, close it; ! is a letter there', () => {
  const { state, told, press, command } = opened();
  press('!', 'backspace');
  expect(state.overlay).toMatchObject({ kind: 'dialog' });
  press('backspace');
  expect(state.overlay).toBeUndefined();
  command('app.palette', 'app.back');
  expect(state.overlay).toBeUndefined();
  expect(told.some(({ type }) => type === 'disarm-all')).toBe(false);
});

test('a letter that is wrong: what is like it, when nothing holds it', () => {
  const { type, first } = opened();
  type('kernal threds');
  expect(first()).toContain('Show or hide kernel threads');
});

test('words in any order', () => {
  const { type, first } = opened();
  type('threads hide');
  expect(first()).toContain('Show or hide kernel threads');
});

test('with ASCII alone: other programs’ text is escaped, our own is not', () => {
  const item = (kind: PaletteItem['kind'], label: string): PaletteItem => ({
    ...{ kind, label, note: '', texts: [], recall: undefined, run() {} },
  });
  const look = { theme: DARK, ascii: true, userNames: new Map() };
  const dialog = createPaletteDialog({
    ...{ look, choose() {}, closed() {}, complete: (text) => text },
    find: () => [item('command', 'all, JSON …'), item('process', '7 é日…')],
  });
  const [, ours, others] = dialog.lines({ width: 80, height: 20 }).map(plain).map(toAscii);
  expect(ours?.trim()).toBe('>command  all, JSON ~');
  expect(others?.trim()).toBe('process  7 \\u00e9\\u65e5\\u2026');
});
