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
  '×': 'x',
  '’': "'",
  '‹': '<',
  '›': '>',
  '▏': '|',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '→': '>',
  '▲': '^',
  '▼': 'v',
};

const isBoxCorner = (cluster: string): boolean => cluster >= '┌' && cluster <= '╋';
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
    else result += LOOKALIKES[cluster] ?? (isBoxCorner(cluster) ? '+' : '?'.repeat(width));
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
