import { describe, expect, test } from 'vitest';
import {
  type FilterInput,
  filterKey,
  openFilterInput,
  remember,
  typeFilter,
} from '../../../src/ui/filterInput.ts';
import { type EditedLine, editLine, insertText, lineOf } from '../../../src/ui/text/lineEditor.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  activeFilterText,
  filterInputLine,
  filterVerdict,
} from '../../../src/ui/views/filterLine.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';

const keys = (line: EditedLine, ...names: string[]) =>
  names.reduce((at, name) => editLine(at, name) ?? at, line);

describe('a line being typed', () => {
  test.each<[string, string[], string, number]>([
    ['word', ['left', 'left', 'backspace'], 'wrd', 1],
    ['word', ['home', 'delete', 'right'], 'ord', 1],
    ['word', ['home', 'left', 'backspace'], 'word', 0],
    ['word', ['right', 'delete'], 'word', 4],
    ['one two  ', ['ctrl+w'], 'one ', 4],
    ['one two', ['left', 'ctrl+u'], 'o', 0],
    ['one two', ['home', 'right', 'ctrl+k'], 'o', 1],
    // One character as it is seen, however many code points it has.
    ['a👩‍👩‍👧é', ['left', 'backspace'], 'aé', 1],
    ['👩‍👩‍👧', ['home', 'delete'], '', 0],
  ])('%s %j', (text, names, left, at) => {
    expect(keys(lineOf(text), ...names)).toEqual({ text: left, at });
  });

  test('a paste goes in at the cursor, its first line only, and not without end', () => {
    expect(insertText({ text: 'ab', at: 1 }, 'xy\nrm -rf /')).toEqual({ text: 'axyb', at: 3 });
    expect(insertText(lineOf(''), 'x'.repeat(1e6)).text.length).toBeLessThan(10_000);
  });
});

describe('the filter input', () => {
  const press = (input: FilterInput, ...names: string[]) =>
    names.reduce((at, name) => {
      const step = filterKey(at, name, name.length === 1 ? name : '');
      if (step.kind !== 'typing') throw new Error(step.kind);
      return step.input;
    }, input);

  test('history: up and down, and back to what was being typed', () => {
    const input = press(openFilterInput('', ['old', 'new']), 'x');
    expect(press(input, 'up').line.text).toBe('new');
    expect(press(input, 'up', 'up', 'up').line.text).toBe('old');
    expect(press(input, 'up', 'up', 'down', 'down', 'down').line.text).toBe('x');
    expect(remember(['a', 'b'], 'a')).toEqual(['b', 'a']);
    expect(remember(['a'], '')).toEqual(['a']);
  });

  test('Enter applies a valid text only; Esc leaves', () => {
    expect(filterKey(openFilterInput('nofield:x', []), 'enter', '')).toMatchObject({
      kind: 'typing',
    });
    expect(filterKey(openFilterInput(' pid:1 ', []), 'enter', '')).toEqual({
      kind: 'apply',
      text: 'pid:1',
    });
    expect(filterKey(openFilterInput('pid:1', []), 'escape', '')).toEqual({ kind: 'cancel' });
  });

  test.each([
    '',
    'word',
    'a "b c',
    'binary:/x[/',
    '主机'.repeat(60),
    '\x1b[2J\u202e',
    'x'.repeat(500),
  ])('no line is too wide, and the cursor is always seen: %j', (text) => {
    for (const isAscii of [false, true])
      for (let width = 60; width <= 200; width += 7) {
        let input = typeFilter(openFilterInput('', []), text);
        for (let step = 0; step < 40; step++) {
          const line = filterInputLine(input, DARK, width, isAscii);
          expect(displayWidth(plain(line))).toBeLessThanOrEqual(width);
          expect(plain(line)).not.toMatch(/\p{Cc}/u);
          expect(line).toContain('\x1b[7m');
          input = press(input, 'left', 'left', 'left');
        }
        for (const span of filterVerdict(input, DARK, width, isAscii))
          expect(displayWidth(span.text)).toBeLessThanOrEqual(width);
        expect(displayWidth(activeFilterText(text, 30, isAscii))).toBeLessThanOrEqual(30);
      }
  });

  test('what is wrong is said in words, with its place, and marked', () => {
    const input = typeFilter(openFilterInput('', []), 'ok nofield:x more');
    const words = filterVerdict(input, DARK, 80, false).map(({ text }) => text.trim());
    expect(words.join(' ')).toMatch(/^not valid at 4: no field "nofield"; there are .*status$/);
    const marked = `${DARK['input.wrong'].open}nofield:x\x1b[0m`;
    expect(filterInputLine(input, DARK, 80, false)).toContain(marked);
  });
});

describe('by keys', () => {
  test('typing, applying, changing one’s mind, taking away', () => {
    const { state, panes, told, press, command, paste } = setUp();
    const text = () => panes.stream.filter?.text();
    command('row.filter');
    press(...'!q1', 'space', 'p');
    paste('id:1\nq');
    expect(state.overlay).toMatchObject({ kind: 'filter', input: { line: { text: '!q1 pid:1' } } });
    expect(told).toEqual([]);
    press('enter');
    expect(state.overlay).toBeUndefined();
    expect(text()).toBe('!q1 pid:1');
    command('row.filter');
    press('x', 'escape');
    expect(text()).toBe('!q1 pid:1');
    command('row.filter');
    press('ctrl+u', ...'foo:', 'enter');
    expect(state.overlay?.kind).toBe('filter');
    press('escape');
    expect(state.overlay).toBeUndefined();
    command('app.back');
    expect(text()).toBe('');
    command('row.filter');
    press('up', 'enter');
    expect(text()).toBe('!q1 pid:1');
    command('row.filter');
    press('ctrl+u', 'enter');
    expect(text()).toBe('');
  });

  test('the ways out work while typing', () => {
    const { asked, state, command, press } = setUp();
    command('row.filter');
    press('ctrl+z', 'ctrl+l', 'ctrl+c');
    expect(asked).toEqual(['suspend', 'redraw', 'quit']);
    expect(state.overlay?.kind).toBe('filter');
  });
});
