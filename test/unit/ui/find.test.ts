import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Dialog } from '../../../src/ui/dialog.ts';
import { type Found, startSearch, wantedInRows, wantedInText } from '../../../src/ui/find.ts';
import { setOverlay } from '../../../src/ui/overlay.ts';
import type { FindRows } from '../../../src/ui/panes/pane.ts';
import { createSlices } from '../../../src/ui/slices.ts';
import { BINARY_FIELDS } from '../../../src/ui/store/filterFields.ts';
import { renderLine } from '../../../src/ui/text/line.ts';
import { highlightLine } from '../../../src/ui/views/highlight.ts';
import { until } from '../../driver/until.ts';
import { DARK, plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { counters } from './treeSamples.ts';

// A search goes on later when its time is over, however short it is: here none goes by, unless a test is about that.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const rowsOf = (texts: readonly (string | undefined)[], at: number, first = 0): FindRows => ({
  ...{ first, next: first + texts.length, at, isFollowing: false },
  subject(position) {
    const text = texts[position - first];
    return text === undefined ? undefined : { field: () => '', text: () => text };
  },
  goTo() {},
});

/** Runs a search to its end. */
function find(rows: FindRows, text: string, by: 1 | -1, isHereFirst = false): Found | 'never' {
  let result: Found | 'never' = 'never';
  const { matches } = wantedInText(text);
  startSearch({
    ...{ rows, matches, by, isHereFirst, onProgress() {} },
    onEnd(found) {
      result = found;
    },
  });
  return result;
}

describe('a search', () => {
  const texts = ['an a', 'b', 'an A', undefined, 'c'];
  test.each<[string, number, 1 | -1, boolean, Found]>([
    ['a', 0, 1, false, { position: 2, isWrapped: false }],
    ['a', 2, 1, false, { position: 0, isWrapped: true }],
    ['a', 0, -1, false, { position: 2, isWrapped: true }],
    ['a', 4, -1, false, { position: 2, isWrapped: false }],
    ['a', 2, -1, true, { position: 2, isWrapped: false }],
    ['b', 1, 1, false, { position: 1, isWrapped: true }],
    // Before the first line of a page.
    ['an a', -1, 1, false, { position: 0, isWrapped: false }],
    ['nothing', 0, 1, false, undefined],
  ])('%s from %i by %i', (text, at, by, isHereFirst, found) => {
    expect(find(rowsOf(texts, at), text, by, isHereFirst)).toEqual(found);
  });

  test('positions may begin anywhere, and there may be none', () => {
    expect(find(rowsOf(texts, -3, -5), 'a', 1)).toEqual({ position: -5, isWrapped: true });
    expect(find(rowsOf([], 0), 'a', 1)).toBeUndefined();
    expect(find(rowsOf([], 0), 'a', -1, true)).toBeUndefined();
  });

  test('a long one goes on in slices, tells how far it is, and can be given up', () => {
    const waiting: (() => void)[] = [];
    const shares: number[] = [];
    let tested = 0;
    let ended = 0;
    const stop = startSearch({
      rows: rowsOf(
        Array.from({ length: 100_000 }, () => 'x'),
        0,
      ),
      matches() {
        tested += 1;
        return false;
      },
      ...{ by: 1, isHereFirst: false, onProgress: (share: number) => shares.push(share) },
      onEnd: () => {
        ended += 1;
      },
      // A ms for each row.
      within: createSlices(
        (run) => waiting.push(run),
        () => tested,
      ),
    });
    for (let i = 0; i < 3; i++) waiting.shift()?.();
    expect(shares).toHaveLength(4);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(tested).toBe(32);
    expect(shares.at(-1)).toBeCloseTo(tested / 100_000, 4);
    stop();
    waiting.shift()?.();
    expect(waiting).toEqual([]);
    expect(ended).toBe(0);
  });

  test('in rows a text is a filter, or what is written when it is none', () => {
    const row = {
      field: (name: string) => (name === 'execs' ? '12' : ''),
      text: () => '/bin/x (y',
    };
    const matches = (text: string) => wantedInRows(text, BINARY_FIELDS).matches(row);
    expect(matches('execs>10 bin')).toBe(true);
    expect(matches('execs>12')).toBe(false);
    expect(matches('(Y')).toBe(true);
    expect(matches('(z')).toBe(false);
  });
});

describe('what is found is marked', () => {
  const mark = DARK['find.match'].open;
  const line = renderLine(
    [
      { text: 'one ' },
      { text: 'two', style: DARK['event.path'] },
      { text: ' One', style: DARK.text },
    ],
    80,
  );

  test('in its own style, and the others go on behind it', () => {
    const marked = highlightLine(line, ['one', 'wo o'], DARK['find.match']);
    expect(plain(marked)).toBe(plain(line));
    expect(marked.startsWith(`${mark}one\x1b[0m `)).toBe(true);
    const path = DARK['event.path'].open;
    expect(marked).toContain(`${path}t\x1b[0m${mark}wo\x1b[0m${path}\x1b[0m`);
    expect(marked.split(mark)).toHaveLength(4);
  });

  test('nothing changes without a match', () => {
    expect(highlightLine(line, ['three', ''], DARK['find.match'])).toBe(line);
    expect(highlightLine('İ one', ['one'], DARK['find.match'])).toBe('İ one');
  });
});

describe('by keys', () => {
  const rows = ['/bin/a', '/opt/fox', '/bin/b', '/srv/fox'];
  function binaries() {
    const it = setUp();
    const changed = rows.map((binary, index) => counters(binary, { execs: 10 - index }));
    it.state.binaries.apply({ reset: true, changed, removed: [] }, 0);
    it.command('view.binaries');
    const cursor = () => {
      const lines = it.panes.binaries.lines({ width: 80, height: 10 });
      return plain(lines.find((one) => one.startsWith(DARK.cursor.open)) ?? '').trim();
    };
    const open = (text: string) => {
      it.command('find.open');
      it.press(...text, 'enter');
    };
    return { ...it, cursor, open };
  }

  test('next, previous, around the end with a notice, and Esc takes the marks away', () => {
    const { state, command, cursor, open } = binaries();
    open('fox');
    expect(cursor()).toContain('/opt/fox');
    command('find.next');
    expect(cursor()).toContain('/srv/fox');
    expect(state.notice).toBeUndefined();
    command('find.next');
    expect(cursor()).toContain('/opt/fox');
    expect(state.notice?.text).toBe('the end was passed: on from the beginning');
    command('find.previous');
    expect(cursor()).toContain('/srv/fox');
    expect(state.notice?.text).toBe('the beginning was passed: on from the end');
    command('app.back');
    expect(state.find).toBeUndefined();
    expect(cursor()).toContain('/srv/fox');
  });

  test('a filter’s expression; what isn’t there, what is there once; the history', () => {
    const { state, press, command, cursor, open } = binaries();
    open('execs<8 !b');
    expect(cursor()).toContain('/srv/fox');
    command('find.next');
    expect(state.notice?.text).toBe('this is the only match');
    open('nothing-like-it');
    expect(state.notice).toMatchObject({
      text: 'nothing here matches nothing-like-it',
      level: 'warning',
    });
    command('find.open');
    press('up', 'up', 'enter');
    expect(state.find?.text).toBe('execs<8 !b');
    expect(state.settings.get().findHistory).toEqual(['nothing-like-it', 'execs<8 !b']);
  });

  test('n asks when nothing is looked for, and an empty text means the one of before', () => {
    const { state, press, command, cursor, open } = binaries();
    command('find.next');
    press('enter');
    expect(state.overlay?.kind).toBe('dialog');
    press('escape');
    open('fox');
    command('find.open');
    press('enter');
    expect(cursor()).toContain('/srv/fox');
  });
});

describe('a page of text', () => {
  function page(count = 50) {
    const it = setUp();
    const at = { top: 0, form: 'full' };
    const lines = Array.from({ length: count }, (_, line) =>
      line % 10 === 5 ? `fox ${line}` : '-',
    );
    const styled = lines.map((line) => `\x1b[1m${line}\x1b[0m`);
    const dialog: Dialog = {
      place: 'view',
      hints: [],
      lines: () => lines.slice(at.top),
      onKey: (key) => (key === 'escape' ? 'close' : 'pass'),
      find: () => ({
        page: at.form,
        lines: styled,
        top: at.top,
        scrollTo(line) {
          at.top = line;
        },
      }),
    };
    setOverlay(it.state, { kind: 'dialog', dialog });
    return { ...it, at, dialog, top: () => at.top };
  }

  test('it is scrolled from line to line, as the text is written', () => {
    const { state, command, press, top } = page();
    command('find.open');
    press(...'FOX ', 'enter');
    expect(top()).toBe(5);
    command('find.next', 'find.next');
    expect(top()).toBe(25);
    command('find.previous');
    expect(top()).toBe(15);
    command('find.open');
    press(...'fox 5', 'enter');
    expect(top()).toBe(5);
    expect(state.notice?.text).toContain('the end was passed');
  });

  test('another form of it has lines of its own: nothing is found in it yet', () => {
    const { command, press, at } = page();
    command('find.open');
    press(...'fox', 'enter');
    command('find.next', 'find.next');
    expect(at.top).toBe(25);
    Object.assign(at, { form: 'brief', top: 3 });
    command('find.next');
    expect(at.top).toBe(5);
  });

  test('a long search goes on when the page is laid anew, and ends when somebody goes elsewhere', async () => {
    vi.useRealTimers();
    const { state, command, press, at, dialog } = page(400_000);
    const find = (text: string) => {
      command('find.open');
      press(...text, 'enter');
    };
    find('fox 399995');
    expect(state.find?.stop).toBeDefined();
    // As an answer of the agent does to a detail.
    setOverlay(state, { kind: 'dialog', dialog });
    await until(() => state.find?.stop === undefined);
    expect(at.top).toBe(399_995);

    find('nowhere');
    expect(state.find?.stop).toBeDefined();
    expect(state.notice?.text).toContain('searching');
    setOverlay(state, undefined);
    await until(() => state.find?.stop === undefined);
    expect(state.notice).toBeUndefined();
    command('app.back');
    expect(state.find).toBeUndefined();
  });
});
