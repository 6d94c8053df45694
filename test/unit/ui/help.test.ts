import { describe, expect, test } from 'vitest';
import { COMMANDS, keyLabel, VIEWS } from '../../../src/ui/commands.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  type HelpContent,
  type HelpRow,
  helpLine,
  helpRows,
} from '../../../src/ui/views/helpLines.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';

const CONTENT: HelpContent = { view: 'stream', filter: '', warnings: [], whyNot: () => undefined };
const LOOK = { theme: DARK, ascii: false, userNames: new Map<number, string>() };
const STILL = { isCursor: false, isDisabled: false };

const linesOf = (content: Partial<HelpContent>, width: number) =>
  helpRows({ ...CONTENT, ...content }, { width, height: 40 }).map((row) =>
    plain(helpLine(row, STILL, LOOK, 1000)).trimEnd(),
  );

describe('the list', () => {
  test.each(VIEWS.map(({ view }) => view))('in %s: every command once, with its keys', (view) => {
    const rows = helpRows({ ...CONTENT, view }, { width: 200, height: 40 });
    const ids = rows.flatMap((row) => (row.kind === 'command' ? row.command.id : []));
    expect(ids.toSorted()).toEqual(COMMANDS.map(({ id }) => id).toSorted());
    for (const row of rows)
      if (row.kind === 'command')
        for (const key of row.command.keys) expect(row.keys).toContain(keyLabel(key));
  });

  test.each([60, 80, 200])('every line fits %i columns, nothing of a title is lost', (width) => {
    const warnings = [`/root/${'x'.repeat(100)}.yaml:3: no command "a\x1b[2J"`];
    for (const row of helpRows({ ...CONTENT, warnings }, { width, height: 40 })) {
      const line = plain(helpLine(row, STILL, LOOK, width));
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
      const parts = row.kind === 'command' ? [row.keys, row.title + row.note] : [row.text];
      for (const part of parts) expect(line).toContain(part);
    }
    const titles = helpRows(CONTENT, { width, height: 40 }).flatMap((row) =>
      row.kind === 'command' ? row.title : [],
    );
    const words = titles.join(' ');
    for (const { title } of COMMANDS) expect(words).toContain(title);
  });

  test('what is usable here comes first, then what works everywhere', () => {
    const titles = helpRows({ ...CONTENT, view: 'tree' }, { width: 80, height: 40 }).flatMap(
      (row) => (row.kind === 'title' ? row.text : []),
    );
    expect(titles.slice(0, 3)).toEqual(['The first minute', 'Here, in Tree', 'Views']);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test('in a low page the commands begin at once', () => {
    const first = (height: number) => helpRows(CONTENT, { width: 60, height })[0];
    expect(first(15)).toMatchObject({ text: 'The first minute' });
    expect(first(14)).toMatchObject({ text: 'Here, in Stream' });
  });

  test.each([
    ['detail', 'stream', 'Here, in the detail', 'detail.filter', 'stream.pause'],
    ['policy', 'policies', 'Here, on the policy’s page', 'policy.arm', 'policy.search'],
  ] as const)('over a %s: its keys first, each command once', (cover, view, title, its, below) => {
    const rows = helpRows({ ...CONTENT, view, cover }, { width: 80, height: 12 });
    const isTitle = (row: HelpRow) => row.kind === 'title';
    const at = rows.findIndex((row, index) => index > 0 && isTitle(row));
    const idsIn = (part: readonly HelpRow[]) =>
      part.flatMap((row) => (row.kind === 'command' ? row.command.id : []));
    expect(rows[0]).toEqual({ kind: 'title', text: title });
    expect(idsIn(rows.slice(0, at))).toContain(its);
    expect(idsIn(rows.slice(0, at))).not.toContain(below);
    expect(new Set(idsIn(rows))).toEqual(new Set(COMMANDS.map(({ id }) => id)));
    const titled = rows.flatMap((row) =>
      row.kind === 'command' && row.keys ? row.command.id : [],
    );
    expect(new Set(titled).size).toBe(titled.length);
  });

  test('what is wrong in the operator’s files stands on top, escaped', () => {
    const [title, warning] = linesOf({ warnings: ['c.yaml:3: keys: "\x1b" is no key'] }, 80);
    expect(title).toBe(' Wrong in your files');
    expect(warning).toBe('   c.yaml:3: keys: "\\x1b" is no key');
  });

  test('letters narrow it: by title, id, key and typed word', () => {
    const found = (filter: string) =>
      helpRows({ ...CONTENT, filter }, { width: 80, height: 40 }).flatMap((row) =>
        row.kind === 'command' ? row.command.id : [],
      );
    expect(found('disarm everything')).toEqual(['policy.disarmAll']);
    expect(found('tree.toggleall')).toEqual(['tree.toggleAll']);
    expect(found('ctrl-l')).toEqual(['app.redraw']);
    expect(found('goto')).toEqual(['stream.time']);
    expect(found('kill sigterm')).toEqual(['row.signal']);
    expect(linesOf({ filter: 'xyzzy' }, 80)).toEqual(['   no command is like that']);
  });
});

describe('the page', () => {
  test('Enter runs the one with the cursor; in another view it goes there first', () => {
    const { state, command, press } = setUp({ view: 'stream' });
    command('app.help');
    press(...'tree.kernel', 'enter');
    expect(state.overlay).toBeUndefined();
    expect(state.view).toBe('tree');
    expect(state.tree.showKernelThreads).toBe(true);
  });

  test('arrows move and letters are typed: nothing behind it is changed; ! disarms', () => {
    const { state, told, command, press } = setUp({ view: 'policies' });
    command('app.help');
    press('down', 'down', 'space', 'a', 'q', 'p', 'pagedown');
    expect(state.overlay).toMatchObject({ kind: 'dialog' });
    expect(told).toEqual([]);
    command('policy.disarmAll');
    expect(told).toEqual([{ type: 'disarm-all' }]);
  });

  test('its own tabs are still there: a number goes to a view, behind letters it is a letter', () => {
    const { state, command, press } = setUp();
    command('app.help');
    press('f', '4');
    expect(state.overlay).toMatchObject({ kind: 'dialog' });
    press('escape', '3');
    expect(state.overlay).toBeUndefined();
    expect(state.view).toBe('binaries');
  });

  test('Esc takes the filter away, then the page; the key that opened it closes it too', () => {
    const { state, command, press } = setUp();
    command('app.help');
    press('x', 'y', 'escape');
    expect(state.overlay).toMatchObject({ kind: 'dialog' });
    press('escape');
    expect(state.overlay).toBeUndefined();
    command('app.help', 'app.help');
    expect(state.overlay).toBeUndefined();
  });

  test('what can’t be run says why and stays', () => {
    const { state, command, press } = setUp();
    command('app.help');
    press(...'lab.again', 'enter');
    const { overlay } = state;
    if (overlay?.kind !== 'dialog') throw new Error('help is gone');
    const size = { width: 80, height: 10 };
    expect(plain(overlay.dialog.lines(size)[0] ?? '')).toContain('not done: in a lab only');
  });

  test('the cursor is always in sight, and a click runs', () => {
    const { state, command, press } = setUp();
    command('app.help');
    const { overlay } = state;
    if (overlay?.kind !== 'dialog') throw new Error('help is not there');
    const size = { width: 60, height: 12 };
    const lines = () => overlay.dialog.lines(size).map(plain);
    expect(lines()[1]).toBe(' Here, in Stream');
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const marked = lines().filter((line) => line.startsWith('  >'));
      expect(marked.length).toBeGreaterThan(0);
      seen.add(marked[0] ?? '');
      press('down');
    }
    expect(seen.size).toBe(COMMANDS.length);
    press('home');
    const paged = new Set<string>();
    for (let i = 0; i < 30; i++) {
      for (const line of lines()) paged.add(line.slice(3).trimEnd());
      press('pagedown');
    }
    const titles = helpRows(CONTENT, size).flatMap((row) =>
      row.kind === 'command' ? row.title : [],
    );
    for (const title of titles)
      expect(
        [...paged].some((line) => line.includes(title)),
        title,
      ).toBe(true);
    press('home');
    expect(lines()[1]).toBe(' Here, in Stream');
    press(...'app.redraw');
    const row = lines().findIndex((line) => line.includes('Draw the screen anew'));
    expect(overlay.dialog.onClick?.(row, size, 1)).toBeTypeOf('function');
  });
});
