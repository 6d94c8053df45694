import { afterEach, describe, expect, test } from 'vitest';
import { COMMANDS, commandOf, keyLabel, VIEWS, type View } from '../../../src/ui/commands.ts';
import { rebindKeys } from '../../../src/ui/keymap.ts';
import { formatKey, parseKey } from '../../../src/ui/terminal/keys.ts';
import { policy } from './samples.ts';
import { setUp } from './setUp.ts';

const views: View[] = VIEWS.map(({ view }) => view);

afterEach(() => rebindKeys(new Map()));

describe('the command table', () => {
  test('no two commands have the same id', () => {
    expect(new Set(COMMANDS.map(({ id }) => id)).size).toBe(COMMANDS.length);
  });

  test.each(views)('in %s no key is bound twice', (view) => {
    const usable = COMMANDS.filter((command) => command.views?.includes(view) ?? true);
    const keys = usable.filter(({ inLab }) => !inLab).flatMap((command) => command.keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  test('every key is one, written as the parser writes it', () => {
    for (const key of COMMANDS.flatMap(({ keys }) => keys)) {
      const parsed = parseKey(key);
      expect(parsed && formatKey(parsed), key).toBe(key);
    }
  });

  test('every command is found by each of its keys, and F-keys have a letter twin', () => {
    for (const { id, keys, views: where = views, inLab = false } of COMMANDS) {
      for (const key of keys)
        for (const view of where) expect(commandOf(key, view, inLab)?.id).toBe(id);
      if (keys.some((key) => /^f\d/.test(key)))
        expect(keys.some((key) => !/^f\d/.test(key))).toBe(true);
    }
  });

  test('every command runs, in every view, with and without policies', () => {
    for (const policies of [[], [policy()]])
      for (const view of views)
        for (const { id } of COMMANDS) {
          const app = setUp({ policies, view });
          expect(() => app.actions.run(id), id).not.toThrow();
        }
  });

  test('labels as people write keys', () => {
    expect(
      ['space', 'ctrl+l', 'shift+tab', 'pageup', 'G', '?', 'escape', 'f1'].map(keyLabel),
    ).toEqual(['Space', 'Ctrl-L', 'Shift-Tab', 'PgUp', 'G', '?', 'Esc', 'F1']);
  });
});

describe('overlays', () => {
  test('the dialog takes all letters; quitting by Ctrl-C, suspending and disarming work', () => {
    const { state, told, asked, command, press } = setUp({ view: 'policies' });
    command('policy.arm');
    press('q', '4', 'p', 'tab', 'up');
    expect(state.view).toBe('policies');
    expect(state.overlay).toMatchObject({ kind: 'arm' });
    command('policy.disarmAll');
    expect(told.at(-1)).toEqual({ type: 'disarm-all' });
    expect(state.overlay).toMatchObject({ kind: 'arm' });
    press('ctrl+z', 'ctrl+l', 'ctrl+c');
    expect(asked).toEqual(['suspend', 'redraw', 'quit']);
  });

  test('the ways out on other keys: those that type nothing work in dialogs too', () => {
    rebindKeys(
      new Map([
        ['app.quit', ['Q', 'f10', 'ctrl+c']],
        ['policy.disarmAll', ['alt+d', '!']],
      ]),
    );
    const { state, told, asked, command, press } = setUp({ view: 'policies' });
    command('policy.arm');
    press('Q', 'alt+d');
    expect(asked).toEqual([]);
    expect(told.at(-1)).toEqual({ type: 'disarm-all' });
    press('f10', 'ctrl+c');
    expect(asked).toEqual(['quit', 'quit']);
    expect(state.overlay).toMatchObject({ kind: 'arm' });
    press('ctrl+l');
    expect(asked.at(-1)).toBe('redraw');
  });
});
