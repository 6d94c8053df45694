/** The whole screen, told by a recorded session, at all sizes between the smallest and a wall. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRecorded, type RecordedScreen } from '../../driver/recorded.ts';

let screen: RecordedScreen;
beforeAll(async () => {
  screen = await openRecorded({ columns: 120, rows: 40 });
});
afterAll(() => screen.close());

/** Views by their keys, with a word that each of them has. */
const VIEWS = [
  ['1', /connect|process|exit/],
  ['2', /PID/],
  ['3', /Execs/],
  ['4', /State/],
  ['5', /Severity/],
] as const;
const SIZES = [
  [60, 15],
  [61, 16],
  [79, 24],
  [80, 24],
  [99, 31],
  [100, 30],
  [133, 43],
  [200, 50],
  [255, 77],
  [300, 100],
] as const;

describe.each(SIZES)('%i x %i', (columns, rows) => {
  test.each(VIEWS)('view %s has its frame and its content, edge to edge', async (key, content) => {
    await screen.resize(columns, rows);
    await screen.press(key);
    const text = screen.text();
    expect(text[0]).toMatch(/live|ARMED/);
    expect(text[0]).toMatch(/lost \d/);
    expect(text[1]).toMatch(/1 Stream/);
    const cells = screen.cells();
    // The rules reach the last column, and no row goes beyond it: there a terminal would begin the next one.
    expect(cells[2]?.filter(({ text: cell }) => cell === ' ').length).toBeLessThan(columns / 2);
    expect(cells[2]?.at(-1)?.bg.kind).not.toBe('default');
    expect(screen.wrapped()).toEqual([]);
    expect(text.slice(3, -2).join('\n')).toMatch(content);
    expect(text.at(-1)).not.toBe('');
  });
});

test('help, palette, menus and the detail at the smallest size', async () => {
  await screen.resize(60, 15);
  for (const [keys, content] of [
    [['1', '?'], /narrow the list/],
    [['escape', ':'], /Enter runs/],
    [['escape', 'c'], /Copy/],
    [['escape', 'enter'], /Fields/],
    [['escape', '4', 'enter'], /On this host/],
  ] as const) {
    await screen.press(...keys);
    expect(screen.text().join('\n')).toMatch(content);
  }
});
