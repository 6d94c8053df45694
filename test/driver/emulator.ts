import type { IBufferCell, IUnicodeVersionProvider, Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';
import stringWidth from 'string-width';

/** A colour as the terminal got it: the default, one of 256, or 24-bit as 0xrrggbb. */
export type CellColor =
  | { readonly kind: 'default' }
  | { readonly kind: 'palette'; readonly index: number }
  | { readonly kind: 'rgb'; readonly rgb: number };

/** One character cell; the right half of a wide character has width 0 and no text. */
export type Cell = {
  readonly text: string;
  readonly width: number;
  readonly fg: CellColor;
  readonly bg: CellColor;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isItalic: boolean;
  readonly isUnderlined: boolean;
  readonly isInverse: boolean;
};

/**
 * Today's widths, unlike xterm.js's default: by code point, as most terminals do, and two columns for
 * what a variation selector makes an emoji.
 */
const modernWidths: IUnicodeVersionProvider = {
  version: 'modern',
  wcwidth: (codePoint) => {
    const width = stringWidth(String.fromCodePoint(codePoint));
    return width > 1 ? 2 : width === 1 ? 1 : 0;
  },
  // xterm.js packs its answer: bit 0 says "joins the cell before", bits 1 and 2 hold the width.
  charProperties: (codePoint, preceding) => {
    const width = modernWidths.wcwidth(codePoint);
    if (width > 0 || preceding === 0) return width << 1;
    const joined = codePoint === 0xfe0f ? 2 : (preceding >> 1) & 3;
    return (joined << 1) | 1;
  },
};

export type EmulatorOptions = {
  readonly columns: number;
  readonly rows: number;
  /** 'old' makes emoji one column wide, as terminals did that know Unicode 6 only. */
  readonly widths?: 'modern' | 'old';
  readonly scrollback?: number;
};

/** The reference terminal of the tests. */
export const createEmulator = ({
  columns,
  rows,
  widths = 'modern',
  scrollback = 0,
}: EmulatorOptions): Terminal => {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback });
  if (widths === 'modern') {
    terminal.unicode.register(modernWidths);
    terminal.unicode.activeVersion = modernWidths.version;
  }
  return terminal;
};

/** Writes and waits until the emulator has taken it in. */
export const writeTo = (terminal: Terminal, data: string): Promise<void> =>
  new Promise((resolve) => terminal.write(data, resolve));

/** The visible rows as text, without the blanks at their ends. */
export const screenOf = (terminal: Terminal): string[] => {
  const buffer = terminal.buffer.active;
  return Array.from(
    { length: terminal.rows },
    (_, y) => buffer.getLine(buffer.baseY + y)?.translateToString(true) ?? '',
  );
};

/** All rows as text, those that have scrolled out of sight included. */
export const historyOf = (terminal: Terminal): string[] => {
  const buffer = terminal.buffer.active;
  return Array.from(
    { length: buffer.length },
    (_, y) => buffer.getLine(y)?.translateToString(true) ?? '',
  );
};

const DEFAULT: CellColor = { kind: 'default' };

const colorOf = (isRgb: boolean, isPalette: boolean, value: number): CellColor => {
  if (isRgb) return { kind: 'rgb', rgb: value };
  return isPalette ? { kind: 'palette', index: value } : DEFAULT;
};

const cellOf = (cell: IBufferCell): Cell => ({
  // An erased cell and a written space look the same.
  text: cell.getWidth() === 0 ? '' : cell.getChars() || ' ',
  width: cell.getWidth(),
  fg: colorOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()),
  bg: colorOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
  isBold: cell.isBold() !== 0,
  isDim: cell.isDim() !== 0,
  isItalic: cell.isItalic() !== 0,
  isUnderlined: cell.isUnderline() !== 0,
  isInverse: cell.isInverse() !== 0,
});

/** The visible rows as cells. */
export const cellsOf = (terminal: Terminal): Cell[][] => {
  const buffer = terminal.buffer.active;
  return Array.from({ length: terminal.rows }, (_, y) => {
    const line = buffer.getLine(buffer.baseY + y);
    const row: Cell[] = [];
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x);
      if (cell !== undefined) row.push(cellOf(cell));
    }
    return row;
  });
};
