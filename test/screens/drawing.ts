import type { Cell, CellColor } from '../driver/emulator.ts';

/**
 * A screen as text that a person can review: each row, and below it where which style stands, columns counted from 0. Styles are
 * letters; what they are is told at the end.
 */
export type Drawing = {
  readonly rows: readonly string[];
  readonly styles: readonly string[];
  readonly legend: readonly string[];
};

const colorWords = (name: string, color: CellColor): string[] => {
  if (color.kind === 'default') return [];
  if (color.kind === 'palette') return [`${name} ${color.index}`];
  return [`${name} #${color.rgb.toString(16).padStart(6, '0')}`];
};

/** '' for a plain cell. */
export const styleOf = (cell: Cell): string =>
  [
    ...(cell.isBold ? ['bold'] : []),
    ...(cell.isDim ? ['dim'] : []),
    ...(cell.isItalic ? ['italic'] : []),
    ...(cell.isUnderlined ? ['underlined'] : []),
    ...(cell.isInverse ? ['inverse'] : []),
    ...colorWords('on', cell.bg),
    ...colorWords('in', cell.fg),
  ].join(' ');

/** A blank shows neither its colour nor its weight. */
const seenStyleOf = (cell: Cell): string =>
  cell.text.trim() === '' && !cell.isInverse && cell.bg.kind === 'default' && !cell.isUnderlined
    ? ''
    : styleOf(cell);

const letterOf = (index: number): string =>
  index < 26 ? String.fromCharCode(97 + index) : `${letterOf(index % 26)}${Math.floor(index / 26)}`;

export function draw(cells: readonly (readonly Cell[])[]): Drawing {
  const letters = new Map<string, string>();
  const letter = (style: string) => {
    const known = letters.get(style) ?? letterOf(letters.size);
    letters.set(style, known);
    return known;
  };
  const styles = cells.map((row) => {
    const runs: { style: string; from: number; to: number }[] = [];
    row.forEach((cell, x) => {
      // The right half of a wide character looks like its left half.
      const last = runs.at(-1);
      const style = cell.width === 0 && last ? last.style : seenStyleOf(cell);
      if (last?.style === style && last.to === x - 1) last.to = x;
      else runs.push({ style, from: x, to: x });
    });
    return runs
      .filter(({ style }) => style !== '')
      .map(({ style, from, to }) => `${letter(style)}${from}${to > from ? `-${to}` : ''}`)
      .join(' ');
  });
  return {
    rows: cells.map((row) =>
      row
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    ),
    styles,
    legend: [...letters].map(([style, name]) => `${name}: ${style}`),
  };
}

export type Part = 'all' | 'text' | 'styles';

/** Lines for a snapshot. */
export function drawingLines({ rows, styles, legend }: Drawing, part: Part): string[] {
  const number = (row: number) => String(row + 1).padStart(2, '0');
  const body = rows.flatMap((text, row) => {
    const style = styles[row] ?? '';
    return [
      ...(part === 'styles' ? [] : [`${number(row)}│${text}`]),
      ...(part === 'text' || style === ''
        ? []
        : [`${part === 'styles' ? number(row) : '  '} ${style}`]),
    ];
  });
  return part === 'text' ? body : [...body, ...legend];
}
