import { eachGrapheme } from './width.ts';

/** Our own symbols, each one column wide. */
const LOOKALIKES: Readonly<Record<string, string>> = {
  '─': '-',
  '━': '=',
  '│': '|',
  '●': '*',
  '⬢': '#',
  '…': '~',
  '·': '-',
  '•': '*',
  '–': '-',
  '±': '~',
  '×': 'x',
  '’': "'",
  '‹': '<',
  '›': '>',
  '▏': '|',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '→': '>',
  // As ps has it: a letter would be read as one of the title that it stands behind.
  '▲': '+',
  '▼': '-',
  '▶': '>',
  '‖': '=',
  '■': '#',
  '┃': '|',
};

/** A sparkline's, from the lowest; and where there is nothing but ASCII, from little ink to much. */
export const BARS: readonly string[] = [...'▁▂▃▄▅▆▇█'];
export const ASCII_BARS: readonly string[] = [...'.:-=+*#%'];

const isBoxCorner = (cluster: string): boolean => cluster >= '┌' && cluster <= '╋';

const lookalike = (cluster: string): string | undefined =>
  LOOKALIKES[cluster] ??
  ASCII_BARS[BARS.indexOf(cluster)] ??
  (isBoxCorner(cluster) ? '+' : undefined);

const IS_ASCII = /^[\0-\x7f]*$/;

/**
 * A finished line, or several, for terminals that know ASCII only: everything else becomes something of the same width. There
 * it is more than looks: to a terminal that reads bytes as Latin-1, the UTF-8 of a letter may hold a C1 control character.
 */
export function toAscii(line: string): string {
  if (IS_ASCII.test(line)) return line;
  let result = '';
  eachGrapheme(line, (cluster, width) => {
    if (IS_ASCII.test(cluster)) result += cluster;
    else result += lookalike(cluster) ?? '?'.repeat(width);
    return true;
  });
  return result;
}

/** Other programs' text, with its non-ASCII characters as Go escapes, so that it still says what was there. */
export function escapeNonAscii(text: string): string {
  if (IS_ASCII.test(text)) return text;
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const hex = (character.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}
