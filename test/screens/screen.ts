import { expect } from 'vitest';
import type { Cell } from '../driver/emulator.ts';
import { openRecorded, type RecordedOptions, type RecordedScreen } from '../driver/recorded.ts';
import { draw, drawingLines, styleOf } from './drawing.ts';
import type { Section } from './snapshot.ts';

export type Look = 'dark' | 'mono' | 'ascii';
export type Size = readonly [columns: number, rows: number];

export const SIZES: readonly Size[] = [
  [60, 15],
  [80, 24],
  [120, 40],
  [200, 50],
];
export const LOOKS: readonly Look[] = ['dark', 'mono', 'ascii'];

/** What dialogs are drawn in. */
export const DIALOG_SCREENS: readonly (readonly [Size, Look])[] = [
  [[80, 24], 'dark'],
  [[200, 50], 'dark'],
  [[80, 24], 'ascii'],
];

/** The same for menus and lines, which look alike in all sizes. */
export const MENU_SCREENS: typeof DIALOG_SCREENS = [
  [[80, 24], 'dark'],
  [[80, 24], 'ascii'],
];

/** Runs the steps in a screen of this size and look. */
export async function inScreen<Result>(
  [columns, rows]: Size,
  look: Look,
  until: NonNullable<RecordedOptions['until']>,
  steps: (screen: RecordedScreen) => Promise<Result>,
): Promise<Result> {
  const screen = await openRecorded({
    ...{ columns, rows, until },
    theme: look === 'mono' ? 'mono' : 'dark',
    ascii: look === 'ascii',
  });
  try {
    return await steps(screen);
  } finally {
    screen.close();
  }
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f\ufffd]/;

/** What must be true of every screen. */
export function expectSound(screen: RecordedScreen, look: Look, isArmed: boolean): void {
  const cells = screen.cells();
  const text = cells.map((row) => row.map((cell) => cell.text).join(''));
  expect(screen.wrapped(), 'rows that are too long').toEqual([]);
  expect(
    text.filter((row) => CONTROL.test(row)),
    'control characters',
  ).toEqual([]);
  if (look === 'ascii')
    expect(
      text.filter((row) => !/^[\x20-\x7e]*$/.test(row)),
      'more than ASCII',
    ).toEqual([]);
  if (look === 'mono') expect(coloured(cells), 'colours in mono').toEqual([]);
  if (isArmed)
    expect(text.join('\n'), 'it does not say that something is armed').toContain('ARMED');
}

const coloured = (cells: readonly (readonly Cell[])[]): string[] =>
  cells.flatMap((row) =>
    row.flatMap((cell) =>
      cell.fg.kind === 'default' && cell.bg.kind === 'default' ? [] : [styleOf(cell)],
    ),
  );

/** Mono differs in styles alone, ASCII in text alone: the rest would only be said twice. */
const PARTS = { dark: 'all', mono: 'styles', ascii: 'text' } as const;

export function sectionOf(screen: RecordedScreen, size: Size, look: Look, what = ''): Section {
  return {
    title: [`${size.join('x')} ${look}`, ...(what === '' ? [] : [what])].join(' '),
    lines: drawingLines(draw(screen.cells()), PARTS[look]),
  };
}
