/** Dialogs that end in another way than by their own keys: a click on a tab, a digit that they pass on, the program's end. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Dialog } from '../../../src/ui/dialog.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
import { createState } from '../../../src/ui/state.ts';
import { createThemeBook } from '../../../src/ui/themes/book.ts';
import { ROOT } from './samples.ts';
import { setUp } from './setUp.ts';

const clickTab = ({ terminal, actions }: ReturnType<typeof setUp>) => {
  terminal.hit = { kind: 'tab', command: 'view.alerts' };
  actions.onInput({
    ...{ type: 'mouse', action: 'press', button: 'left', column: 0, row: 1 },
    ...{ wheel: 0, ctrl: false, alt: false, shift: false },
  });
};

describe('what is no part of the screen any more is told so once', () => {
  const ended: string[] = [];
  const dialog = (name: string): Dialog => ({
    ...{ place: 'view', hints: [], lines: () => [], onKey: () => 'stay' },
    closed: () => ended.push(name),
  });
  afterEach(() => ended.splice(0));

  test('a dialog that is covered is none of them, one that is dropped below another is', () => {
    const state = createState();
    const [one, two] = [dialog('one'), dialog('two')];
    setOverlay(state, { kind: 'dialog', dialog: one, below: undefined });
    setOverlay(state, { kind: 'dialog', dialog: two, below: state.overlay });
    expect(ended).toEqual([]);
    setOverlay(state, { kind: 'dialog', dialog: two, below: undefined });
    expect(ended).toEqual(['one']);
    setOverlay(state, undefined);
    expect(ended).toEqual(['one', 'two']);
    setOverlay(state, undefined);
    expect(ended).toHaveLength(2);
  });

  test('all that lie over each other', () => {
    const it = setUp();
    setOverlay(it.state, { kind: 'dialog', dialog: dialog('one') });
    setOverlay(it.state, { kind: 'dialog', dialog: dialog('two'), below: it.state.overlay });
    clickTab(it);
    expect(ended).toEqual(['two', 'one']);
  });
});

describe('the palette', () => {
  const watched = ({ told }: ReturnType<typeof setUp>) =>
    told.flatMap((message) => (message.type === 'watch' ? [message.topics] : []));

  test('processes are watched no longer, however it ends', () => {
    for (const end of ['tab', 'escape', 'enter'] as const) {
      const it = setUp();
      it.command('app.palette');
      expect(watched(it).at(-1)).toContain('tree');
      if (end === 'tab') clickTab(it);
      else if (end === 'escape') it.press('escape');
      else it.press(...'Zoom', 'enter');
      expect(watched(it).at(-1), end).not.toContain('tree');
      expect(it.state.overlay).toBeUndefined();
    }
  });
});

describe('a filter that is half typed', () => {
  const typed = (...then: string[]) => {
    const it = setUp();
    const filter = () => it.panes.stream.filter?.text();
    it.panes.stream.filter?.set('curl');
    it.command('row.filter');
    it.press('ctrl+u', ...'wget', ...then);
    return { it, filter };
  };

  test('a click on a tab brings back that of before', () => {
    const { it, filter } = typed();
    expect(filter()).toBe('wget');
    clickTab(it);
    expect(filter()).toBe('curl');
  });

  test('so does Esc; Enter keeps it, also when the view is left afterwards', () => {
    expect(typed('escape').filter()).toBe('curl');
    const { it, filter } = typed('enter');
    expect(filter()).toBe('wget');
    clickTab(it);
    expect(filter()).toBe('wget');
  });
});

describe('a theme that is only looked at', () => {
  const looked = () => {
    const places = { folders: [], owners: new Set([0]), shipped: join(ROOT, 'themes') };
    const themes = createThemeBook({ places, depth: 'truecolor', name: 'dark' });
    const it = setUp({}, themes);
    it.actions.run('app.theme');
    it.press('down');
    const shown = themes.name();
    expect(shown).not.toBe('dark');
    return { it, themes, shown };
  };

  test('a click on a tab brings back that of before; Enter keeps it', () => {
    const left = looked();
    clickTab(left.it);
    expect(left.themes.name()).toBe('dark');
    left.themes.close();
    const { it, themes, shown } = looked();
    it.press('enter');
    expect([themes.name(), it.state.settings.get().theme]).toEqual([shown, shown]);
    themes.close();
  });
});

test('nobody waits for the doctor any more: Esc, another view, a page over it, the program’s end', () => {
  for (const end of ['escape', 'digit', 'help', 'end'] as const) {
    const it = setUp();
    it.actions.run('app.doctor');
    const isAborted = () => it.doctorSignals[0]?.aborted;
    expect(isAborted()).toBe(false);
    if (end === 'escape') it.press('escape');
    else if (end === 'digit') it.press('2');
    else if (end === 'end') setOverlay(it.state, undefined);
    else {
      it.command('app.help');
      expect(isAborted()).toBe(false);
      it.press('2');
    }
    expect(isAborted(), end).toBe(true);
  }
});
