import stringWidth from 'string-width';
import { isPrintableAscii, neutralize } from './controls.ts';

/** Most text is ASCII with a few repeated symbols, so non-ASCII runs are measured once and kept. */
const CACHED_RUNS = 4096;
const runWidths = new Map<string, number>();
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

const isPlain = (code: number): boolean => code >= 0x20 && code <= 0x7e;

/** Digits, # and * are the only ASCII characters whose own width a following mark changes (keycaps). */
const isKeycapBase = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || code === 0x23 || code === 0x2a;

const measureRun = (run: string): number => {
  const known = runWidths.get(run);
  if (known !== undefined) return known;
  const width = stringWidth(neutralize(run), { countAnsiEscapeCodes: true });
  if (runWidths.size >= CACHED_RUNS) runWidths.clear();
  runWidths.set(run, width);
  return width;
};

/**
 * Columns a plain text (no escape sequences) takes on the screen. Control characters count as one
 * column, since `renderLine` paints them as U+FFFD.
 */
export const displayWidth = (text: string): number => {
  let width = 0;
  let i = 0;
  while (i < text.length) {
    if (isPlain(text.charCodeAt(i))) {
      width++;
      i++;
      continue;
    }
    let start = i;
    if (i > 0 && isKeycapBase(text.charCodeAt(i - 1))) {
      start--;
      width--;
    }
    while (i < text.length && !isPlain(text.charCodeAt(i))) i++;
    width += measureRun(text.slice(start, i));
  }
  return width;
};

/** Visits the grapheme clusters of a text with the columns each takes, until `visit` returns false. */
export const eachGrapheme = (
  text: string,
  visit: (cluster: string, width: number) => boolean,
): void => {
  for (const { segment } of graphemes.segment(text)) {
    if (!visit(segment, displayWidth(segment))) return;
  }
};

const takeStart = (text: string, columns: number): string => {
  if (columns <= 0) return '';
  if (isPrintableAscii(text)) return text.slice(0, columns);
  let used = 0;
  let end = 0;
  eachGrapheme(text, (cluster, width) => {
    if (used + width > columns) return false;
    used += width;
    end += cluster.length;
    return true;
  });
  return text.slice(0, end);
};

const takeEnd = (text: string, columns: number): string => {
  if (columns <= 0) return '';
  if (isPrintableAscii(text)) return text.slice(Math.max(0, text.length - columns));
  let over = displayWidth(text) - columns;
  let start = 0;
  eachGrapheme(text, (cluster, width) => {
    if (over <= 0) return false;
    over -= width;
    start += cluster.length;
    return true;
  });
  return text.slice(start);
};

export type TruncateOptions = {
  /** What marks the cut, '…' or '' or '...'; dropped when the room is smaller than the mark. */
  readonly ellipsis?: string;
  /** Where the text is cut; paths read better cut at the start or in the middle. */
  readonly at?: 'end' | 'start' | 'middle';
};

/** The text in at most `columns` columns, cut between grapheme clusters and never inside one. */
export const truncateColumns = (
  text: string,
  columns: number,
  { ellipsis = '', at = 'end' }: TruncateOptions = {},
): string => {
  // A UTF-16 unit takes two columns at most, so a short text needs no measuring.
  if (text.length * 2 <= columns || displayWidth(text) <= columns) return text;
  if (columns <= 0) return '';
  const markWidth = displayWidth(ellipsis);
  const mark = markWidth < columns ? ellipsis : '';
  const room = columns - (mark === '' ? 0 : markWidth);
  if (at === 'start') return mark + takeEnd(text, room);
  if (at === 'end') return takeStart(text, room) + mark;
  const head = Math.ceil(room / 2);
  return takeStart(text, head) + mark + takeEnd(text, room - head);
};

/** The text padded with spaces to `columns`; a longer text comes back as it is. */
export const padColumns = (
  text: string,
  columns: number,
  align: 'left' | 'right' = 'left',
): string => {
  const gap = columns - displayWidth(text);
  if (gap <= 0) return text;
  return align === 'left' ? text + ' '.repeat(gap) : ' '.repeat(gap) + text;
};

/** A table cell: the text cut or padded to exactly `columns` columns. */
export const fitColumns = (
  text: string,
  columns: number,
  { align = 'left', ...cut }: TruncateOptions & { readonly align?: 'left' | 'right' } = {},
): string => padColumns(truncateColumns(text, columns, cut), columns, align);
