import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { toAscii } from '../../../src/ui/text/ascii.ts';
import { ROOT } from './samples.ts';

/** Characters beyond ASCII that our own code writes, without its comments. */
function ownSymbols(): string[] {
  const folder = join(ROOT, 'src', 'ui');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const code = files
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
  return [...new Set(code.match(/[^\0-\x7f]/gu))];
}

test('every symbol of ours has something like it in ASCII, of the same width', () => {
  const symbols = ownSymbols();
  expect(symbols).toContain('⬢');
  const lost = symbols.filter((symbol) => toAscii(symbol).includes('?'));
  expect(lost).toEqual([]);
  for (const symbol of symbols) expect(toAscii(symbol)).toHaveLength(stringWidth(symbol));
});

test('what we do not know keeps its width', () => {
  expect(toAscii('a漢🚀e\u0301z')).toBe('a?????z');
});
