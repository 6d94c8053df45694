import { afterEach, describe, expect, test } from 'vitest';
import { createMenu, type MenuItem } from '../../../src/ui/dialogs/menu.ts';
import { createPrompt } from '../../../src/ui/dialogs/prompt.ts';
import { rebindKeys } from '../../../src/ui/keymap.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { openHistory, recall } from '../../../src/ui/text/history.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { NOON, pack, SECOND } from './streamSetUp.ts';

const look = { theme: DARK, ascii: false, userNames: new Map<number, string>() };

describe('a prompt', () => {
  test.each([1, 3, 10, 40])(
    'what it says takes at most %i lines, and says that there is more',
    (height) => {
      const text = 'words upon words '.repeat(200);
      const prompt = createPrompt({
        ...{ prompt: 'name: ', look },
        say: () => ({ text, isWrong: false }),
        accept: () => 'close',
      });
      const lines = prompt.lines({ width: 60, height }).map(plain);
      expect(lines.length).toBeLessThanOrEqual(Math.min(height, 5));
      expect(lines.at(-1)).toMatch(/…$/);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(60);
    },
  );

  test('earlier texts: what was typed is kept in its place', () => {
    const history = openHistory('now', ['first', 'now', 'last']);
    expect(recall(history, 'now', 1)).toBeUndefined();
    const last = recall(history, 'changed', -1);
    expect(last?.line).toEqual({ text: 'last', at: 4 });
    expect(last && recall(last.history, 'last', 1)?.line.text).toBe('changed');
    expect(last && recall(last.history, 'last', -9)?.line.text).toBe('first');
  });
});

describe('a menu', () => {
  const menu = (items: readonly MenuItem[], title = 't') =>
    createMenu({ ...{ title, look, choose: () => 'close' }, items: () => items });

  test('labels of wide letters: the notes stand in one column', () => {
    const wide = [
      { label: '主机主机主机', note: 'NOTE' },
      { label: 'a', note: 'NOTE' },
    ];
    const [, first = '', second = ''] = menu(wide).lines({ width: 60, height: 20 }).map(plain);
    const columnOf = (line: string) => displayWidth(line.slice(0, line.indexOf('NOTE')));
    expect(columnOf(first)).toBe(columnOf(second));
    expect(columnOf(first)).toBe(4 + 12 + 2);
  });

  test('nothing chosen is said when it is gone, and not after a choice', () => {
    const said: string[] = [];
    const made = (key: string) => {
      const dialog = createMenu({
        ...{ title: 't', look, choose: () => 'close', cancel: () => said.push(key) },
        items: () => [{ label: 'a' }, { label: 'b', disabled: 'not now' }],
      });
      for (const one of key.split(' ')) dialog.onKey(one, '', { width: 60, height: 9 });
      dialog.closed?.();
    };
    for (const key of ['escape', 'enter', 'down enter', '1']) made(key);
    expect(said).toEqual(['escape', 'down enter']);
  });
});

describe('hints', () => {
  afterEach(() => rebindKeys(new Map()));
  const filled = () => {
    const it = setUp({ store: createEventStore(100) });
    const { buffer, bytes } = pack([{ time: NOON }]);
    it.state.store.add(buffer, bytes);
    return it;
  };

  test('keys that the operator chose stand where they are told of', () => {
    rebindKeys(
      new Map([
        ['around.wider', ['ctrl+w']],
        ['around.tree', []],
        ['row.filter', ['f12']],
      ]),
    );
    const it = filled();
    it.command('row.around');
    const head = plain(it.panes.stream.lines({ width: 200, height: 9 })[0] ?? '');
    expect(head).toMatch(/ · Ctrl-W\/- time · \S+ all processes · Esc back/);
    it.command('filter.named');
    it.press('s');
    expect(it.state.notice?.text).toContain('F12 types one');
  });

  test('sorting: the key’s label; none without a key', () => {
    const hintsOf = () => {
      const it = setUp();
      it.command('view.binaries');
      it.actions.run('sort.pick');
      const { overlay } = it.state;
      return overlay?.kind === 'dialog'
        ? overlay.dialog.hints.map(({ key, text }) => key + text)
        : [];
    };
    rebindKeys(new Map([['sort.reverse', ['ctrl+r']]]));
    expect(hintsOf()).toContain('Ctrl-Rreverse');
    rebindKeys(new Map([['sort.reverse', []]]));
    expect(hintsOf().join()).not.toContain('reverse');
  });

  test('going to a time: what is held is that of now, not of when it was asked', () => {
    const it = filled();
    it.command('stream.time');
    const said = () => {
      const { overlay } = it.state;
      const lines =
        overlay?.kind === 'dialog' ? overlay.dialog.lines({ width: 80, height: 9 }) : [];
      return lines.map(plain).join(' ');
    };
    expect(said()).toContain('held are 12:00:00 to 12:00:00');
    const { buffer, bytes } = pack([{ time: NOON + 90n * SECOND }]);
    it.state.store.add(buffer, bytes);
    expect(said()).toContain('held are 12:00:00 to 12:01:30');
    it.press(...'12:01:30', 'enter');
    expect(it.panes.stream.cursorNumber({ width: 80, height: 9 })).toBe(1);
  });
});
