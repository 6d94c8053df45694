import { expect, test } from 'vitest';
import type { CommandId } from '../../../src/ui/commands.ts';
import { hitAt, type Shown } from '../../../src/ui/hits.ts';
import { withoutStyles } from '../../../src/ui/text/plain.ts';
import { footerLine, footerSpans, tabsLine, tabsSpans } from '../../../src/ui/views/chrome.ts';
import { DARK } from './samples.ts';

const TABS = [
  { key: '1', title: 'Stream', active: true, command: 'view.stream' as CommandId },
  { key: '2', title: 'Tree', active: false, command: 'view.tree' as CommandId },
];
const HINTS = [
  { key: 'Esc', text: 'back', press: 'escape' },
  { key: '↑↓', text: 'scroll' },
  { key: '?', text: 'help', press: '?' },
];
const WIDTH = 60;

const shown = (change: Partial<Shown> = {}): Shown => ({
  ...{ rows: 20, top: 3, bottom: 2, view: { width: WIDTH, height: 15 }, covered: 0 },
  tabs: () => tabsSpans(TABS, DARK, WIDTH),
  footer: () => footerSpans(HINTS, undefined, '1 of 2 ', DARK, WIDTH),
  playback: () => [],
  ...change,
});

test('a tab is hit just where its words are drawn', () => {
  const line = withoutStyles(tabsLine(TABS, DARK, WIDTH));
  const at = line.indexOf('Tree');
  expect(hitAt(at, 1, shown())).toEqual({ kind: 'tab', command: 'view.tree' });
  expect(hitAt(at + 3, 1, shown())).toEqual({ kind: 'tab', command: 'view.tree' });
  expect(hitAt(line.indexOf('Stream'), 1, shown())).toEqual({
    kind: 'tab',
    command: 'view.stream',
  });
  expect(hitAt(line.trimEnd().length + 2, 1, shown())).toBeUndefined();
});

test('the tabs stay hit when a filter takes their titles away', () => {
  const narrow = 30;
  const filter = (room: number) => 'x'.repeat(room);
  const line = withoutStyles(tabsLine(TABS, DARK, narrow, filter));
  const tabs = () => tabsSpans(TABS, DARK, narrow, filter);
  expect(hitAt(line.indexOf('2'), 1, shown({ tabs }))).toEqual({
    kind: 'tab',
    command: 'view.tree',
  });
  expect(hitAt(narrow - 3, 1, shown({ tabs }))).toBeUndefined();
});

test('a hint is hit where it is drawn; one that no click can mean is not', () => {
  const line = withoutStyles(footerLine(HINTS, undefined, '1 of 2 ', DARK, WIDTH));
  expect(hitAt(line.indexOf('back'), 19, shown())).toEqual({ kind: 'hint', press: 'escape' });
  expect(hitAt(line.indexOf('help'), 19, shown())).toEqual({ kind: 'hint', press: '?' });
  expect(hitAt(line.indexOf('scroll'), 19, shown())).toBeUndefined();
  expect(hitAt(line.indexOf('1 of'), 19, shown())).toBeUndefined();
});

test('lines of the view and of the menu over its end, counted from their first', () => {
  const covered = 4;
  const hit = (column: number, row: number) => hitAt(column, row, shown({ covered }));
  expect(hit(7, 3)).toMatchObject({ kind: 'view', line: 0, column: 7, size: { height: 11 } });
  expect(hit(0, 13)).toMatchObject({ kind: 'view', line: 10 });
  expect(hit(0, 14)).toMatchObject({ kind: 'menu', line: 0, size: { height: 15 } });
  expect(hit(0, 17)).toMatchObject({ kind: 'menu', line: 3 });
});

test('nothing is hit on rules, the header, beside the view or outside of the screen', () => {
  for (const [column, row] of [
    [5, 0],
    [5, 2],
    [5, 18],
    [WIDTH, 5],
    [5, 20],
    [5, 900],
    [900, 1],
  ])
    expect(hitAt(column ?? 0, row ?? 0, shown())).toBeUndefined();
});

test('zoomed: no tabs, the view begins in the second row', () => {
  const zoomed = shown({ top: 1, bottom: 1, view: { width: WIDTH, height: 18 } });
  expect(hitAt(12, 1, zoomed)).toMatchObject({ kind: 'view', line: 0 });
});

test('the bar of a replay is the line above the footer', () => {
  const bar = shown({ bottom: 3, playback: () => [{ text: ' x ' }, { text: '─', hit: 42n }] });
  expect(hitAt(3, 18, bar)).toEqual({ kind: 'time', time: 42n });
  expect(hitAt(1, 18, bar)).toBeUndefined();
  expect(hitAt(3, 18, shown())).toBeUndefined();
});
