import { describe, expect, test } from 'vitest';
import type { FieldTable } from '../../../src/events/filter/language.ts';
import { createValueSource, type ValueSource } from '../../../src/ui/completion.ts';
import {
  completionOf,
  type FilterInput,
  filterKey,
  filterMistake,
  openFilterInput,
  typeFilter,
} from '../../../src/ui/filterInput.ts';
import { type EditedLine, editLine, insertText, lineOf } from '../../../src/ui/text/lineEditor.ts';
import { displayWidth } from '../../../src/ui/text/width.ts';
import {
  activeFilterText,
  candidateLines,
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

const FIELDS = {
  binary: { about: 'path of the program', isPath: true },
  bytes: { about: 'a number', match: 'whole', order: 'number' },
  mode: { about: 'mode', values: ['monitor', 'enforce'] },
} as const satisfies FieldTable;

const SOURCE: ValueSource = {
  fields: FIELDS,
  refresh() {},
  values: (field) =>
    new Map(
      field === 'binary'
        ? [
            ['/usr/bin/curl', 3],
            ['/opt/my app', 1],
            ['/usr/sbin/cron', 0],
          ]
        : field === 'mode'
          ? FIELDS.mode.values.map((value): [string, number] => [value, 0])
          : [],
    ),
};

const press = (input: FilterInput, ...names: string[]) =>
  names.reduce((at, name) => {
    const step = filterKey(at, name, name.length === 1 ? name : '', SOURCE);
    if (step.kind !== 'typing') throw new Error(step.kind);
    return step.input;
  }, input);

const EMPTY = openFilterInput('', []);

describe('the filter input', () => {
  test('history: up and down, and back to what was being typed', () => {
    const input = press(openFilterInput('', ['old', 'new']), 'x');
    expect(press(input, 'up').line.text).toBe('new');
    expect(press(input, 'up', 'up', 'up').line.text).toBe('old');
    expect(press(input, 'up', 'up', 'down', 'down', 'down').line.text).toBe('x');
  });

  test('Enter applies a valid text only; Esc leaves', () => {
    expect(filterKey(openFilterInput('nofield:x', []), 'enter', '', SOURCE)).toMatchObject({
      kind: 'typing',
    });
    expect(filterKey(openFilterInput(' bytes:1 ', []), 'enter', '', SOURCE)).toEqual({
      kind: 'apply',
      text: 'bytes:1',
    });
    expect(filterKey(EMPTY, 'escape', '', SOURCE)).toEqual({ kind: 'cancel' });
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
    for (const ascii of [false, true])
      for (let width = 60; width <= 200; width += 7) {
        const look = { theme: DARK, ascii };
        let input = typeFilter(EMPTY, text);
        const mistake = filterMistake(text, FIELDS);
        for (let step = 0; step < 40; step++) {
          const line = filterInputLine(input.line, mistake, '12 of 13 match', look, width);
          expect(displayWidth(plain(line))).toBeLessThanOrEqual(width);
          expect(plain(line)).not.toMatch(/\p{Cc}/u);
          expect(line).toContain('\x1b[7m');
          input = press(input, 'left', 'left', 'left');
        }
        for (const line of filterVerdict(text, mistake, look, width))
          expect(displayWidth(plain(line))).toBeLessThanOrEqual(width);
        const texts = { find: text, filter: text };
        expect(displayWidth(activeFilterText(texts, 30, ascii))).toBeLessThanOrEqual(30);
      }
  });

  test('what is wrong is said in words, with its place, and marked', () => {
    const text = 'ok nofield:x more';
    const look = { theme: DARK, ascii: false };
    const mistake = filterMistake(text, FIELDS);
    const words = filterVerdict(text, mistake, look, 80).map((line) => plain(line).trim());
    expect(words.join(' ')).toBe(
      'not valid at 4: no field "nofield"; there are binary, bytes, mode',
    );
    const marked = `${DARK['input.wrong'].open}nofield:x\x1b[0m`;
    expect(filterInputLine(lineOf(text), mistake, '', look, 80)).toContain(marked);
  });
});

describe('completion', () => {
  const labels = (input: FilterInput) =>
    completionOf(input, SOURCE).candidates.map(({ label }) => label);
  const typed = (text: string) => press(EMPTY, ...text);

  test('fields narrow as they are typed, also behind signs', () => {
    expect(labels(typed('b'))).toEqual(['binary', 'bytes']);
    expect(labels(typed('x !(by'))).toEqual(['bytes']);
    expect(labels(typed('x'))).toEqual([]);
    expect(labels(EMPTY)).toEqual([]);
    expect(labels(press(EMPTY, 'tab'))).toEqual(['binary', 'bytes', 'mode']);
  });

  test('values: what begins so, its last part, what holds it, its letters', () => {
    expect(labels(typed('binary:c'))).toEqual(['/usr/bin/curl', '/usr/sbin/cron']);
    expect(labels(typed('binary:crl'))).toEqual(['/usr/bin/curl']);
    expect(labels(typed('!binary!=MY'))).toEqual(['/opt/my app']);
    expect(labels(typed('mode:enforce'))).toEqual([]);
    expect(labels(typed('"mode:e'))).toEqual([]);
  });

  test('Tab takes the first or the chosen one; a value that needs them gets its quotes', () => {
    expect(press(typed('bi'), 'tab').line.text).toBe('binary:');
    expect(press(typed('bi'), 'tab', 'tab').line.text).toBe('binary:/usr/bin/curl ');
    expect(press(typed('b'), 'down', 'down', 'tab').line.text).toBe('bytes:');
    expect(press(typed('binary:my'), 'tab').line).toEqual({
      text: 'binary:"/opt/my app" ',
      at: 21,
    });
    expect(press(typed('binary:"my a'), 'tab').line.text).toBe('binary:"/opt/my app" ');
    expect(press(typed('!mode=m'), 'tab').line.text).toBe('!mode=monitor ');
  });

  test('what is typed after a filter that is there is another word', () => {
    const again = openFilterInput('mode:mon', ['x', 'mode:mon']);
    expect(again.line).toEqual({ text: 'mode:mon ', at: 9 });
    expect(filterKey(openFilterInput('mode:monitor', []), 'enter', '', SOURCE)).toEqual({
      kind: 'apply',
      text: 'mode:monitor',
    });
    expect(press(again, 'up').line.text).toBe('x');
    expect(openFilterInput('', []).line.text).toBe('');
  });

  test('in the middle: the word at the cursor is replaced, the rest stays', () => {
    const middle = press(openFilterInput('mode:mon x', []), 'left', 'left', 'left');
    expect(press(middle, 'tab').line).toEqual({ text: 'mode:monitor x ', at: 12 });
  });

  test('the arrows choose in a list, and Enter takes what they chose; without one they are history', () => {
    const input = press(openFilterInput('', ['old']), 'm');
    expect(press(input, 'up').line.text).toBe('m');
    expect(press(input, 'up').selected).toBe(0);
    expect(press(input, 'up', 'enter').line.text).toBe('mode:');
    expect(press(input, 'up', 'up').selected).toBeUndefined();
    expect(press(openFilterInput('', ['old']), 'z', 'up').line.text).toBe('old');
    expect(filterKey(input, 'enter', '', SOURCE)).toEqual({ kind: 'apply', text: 'm' });
  });

  test('lists of any values fit, in ascii too', () => {
    const hostile: ValueSource = {
      fields: FIELDS,
      refresh() {},
      values: () => new Map(['主'.repeat(40), '\x1b[2J', 'x'.repeat(90)].map((text) => [text, 2])),
    };
    const input = typeFilter(EMPTY, 'binary:');
    for (const ascii of [false, true])
      for (const width of [60, 80, 200])
        for (const selected of [undefined, 0, 2]) {
          const completion = completionOf(input, hostile);
          const lines = candidateLines(completion, selected, 9, { theme: DARK, ascii }, width);
          expect(lines).toHaveLength(4);
          for (const line of lines) {
            expect(displayWidth(plain(line))).toBeLessThanOrEqual(width);
            expect(plain(line)).not.toMatch(/\p{Cc}/u);
          }
        }
  });

  test('values come from the list, the most frequent first, within a bound', () => {
    let asked = 0;
    const source = createValueSource(FIELDS, function* () {
      for (;;) {
        asked += 1;
        yield { field: (name) => (name === 'binary' ? `/bin/${asked % 3}` : ''), text: () => '' };
      }
    });
    expect([...source.values('binary').keys()].sort()).toEqual(['/bin/0', '/bin/1', '/bin/2']);
    expect([...source.values('mode').keys()]).toEqual(['monitor', 'enforce']);
    const before = asked;
    source.values('binary');
    expect(asked).toBe(before);
    expect(asked).toBeLessThanOrEqual(6000);
  });
});

describe('by keys', () => {
  test('typing, applying, changing one’s mind, taking away', () => {
    const { state, panes, told, press, command, paste } = setUp();
    const text = () => panes.stream.filter?.text();
    command('row.filter');
    press(...'!q1', 'space', 'p');
    paste('id:1\nq');
    expect(text()).toBe('!q1 pid:1');
    expect(told).toEqual([]);
    press('enter');
    expect(state.overlay).toBeUndefined();
    expect(text()).toBe('!q1 pid:1');
    command('row.filter');
    press('x', 'escape');
    expect(text()).toBe('!q1 pid:1');
    command('row.filter');
    press('ctrl+u', ...'foo:', 'enter');
    expect(state.overlay?.kind).toBe('dialog');
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

  test('a click takes a candidate', () => {
    const { state, panes, press, command } = setUp();
    command('row.filter');
    press(...'outcome:d');
    const size = { width: 80, height: 20 };
    const { overlay } = state;
    if (overlay?.kind !== 'dialog') throw new Error('no dialog');
    const row = overlay.dialog.lines(size).findIndex((line) => /^ +denied/.test(plain(line)));
    expect(overlay.dialog.onClick?.(0, size, 1)).toBe('stay');
    expect(overlay.dialog.onClick?.(99, size, 1)).toBe('stay');
    overlay.dialog.onClick?.(row, size, 1);
    press('enter');
    expect(panes.stream.filter?.text()).toBe('outcome:denied');
  });

  test('the ways out work while typing', () => {
    const { asked, state, command, press } = setUp();
    command('row.filter');
    press('ctrl+z', 'ctrl+l', 'ctrl+c');
    expect(asked).toEqual(['suspend', 'redraw', 'quit']);
    expect(state.overlay?.kind).toBe('dialog');
  });
});
