import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import {
  displayWidth,
  fitColumns,
  padColumns,
  truncateColumns,
} from '../../../src/ui/text/width.ts';
import { createRandom } from './random.ts';

const PIECES = [
  'a',
  'Z',
  ' ',
  '7',
  '#',
  'é',
  'e\u0301',
  '漢',
  '한',
  '🚀',
  '⚙️',
  '1️⃣',
  '🇩🇪',
  '─',
  '…',
  'ก็',
] as const;

describe('displayWidth', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['漢字', 4],
    ['🚀 go', 5],
    ['e\u0301', 1],
    ['1️⃣', 2],
    ['🇩🇪', 2],
  ])('%j takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  test('controls count as the one column of the U+FFFD that is painted for them', () => {
    expect(displayWidth('a\x1b\x9b\u202e\u200bb')).toBe(6);
  });

  test('agrees with string-width, which it only shortcuts', () => {
    const random = createRandom(1);
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: random.below(12) }, () => random.pick(PIECES)).join('');
      expect(displayWidth(text), JSON.stringify(text)).toBe(stringWidth(text));
    }
  });
});

describe('truncateColumns', () => {
  test('leaves what fits', () => {
    expect(truncateColumns('abc', 3, { ellipsis: '…' })).toBe('abc');
    expect(truncateColumns('漢字', 4)).toBe('漢字');
  });

  test('never cuts a grapheme cluster', () => {
    expect(truncateColumns('漢字', 3)).toBe('漢');
    expect(truncateColumns('ae\u0301b', 2)).toBe('ae\u0301');
    expect(truncateColumns('x🇩🇪y', 2)).toBe('x');
  });

  test('cuts at the end, the start or the middle', () => {
    const path = '/usr/lib/systemd/systemd';
    expect(truncateColumns(path, 10, { ellipsis: '…' })).toBe('/usr/lib/…');
    expect(truncateColumns(path, 10, { ellipsis: '…', at: 'start' })).toBe('…d/systemd');
    expect(truncateColumns(path, 10, { ellipsis: '…', at: 'middle' })).toBe('/usr/…temd');
  });

  test('drops the ellipsis when there is no room for anything else', () => {
    expect(truncateColumns('abc', 1, { ellipsis: '…' })).toBe('a');
    expect(truncateColumns('abc', 0, { ellipsis: '…' })).toBe('');
    expect(truncateColumns('abc', -1)).toBe('');
  });

  test('never exceeds its columns', () => {
    const random = createRandom(2);
    for (let round = 0; round < 2000; round++) {
      const text = Array.from({ length: random.below(12) }, () => random.pick(PIECES)).join('');
      const columns = random.below(14);
      const at = random.pick(['end', 'start', 'middle'] as const);
      const cut = truncateColumns(text, columns, { ellipsis: random.pick(['', '…', '...']), at });
      expect(displayWidth(cut), JSON.stringify([text, columns, at])).toBeLessThanOrEqual(columns);
    }
  });
});

test('padColumns fills up to the columns, on either side', () => {
  expect(padColumns('漢', 4)).toBe('漢  ');
  expect(padColumns('42', 4, 'right')).toBe('  42');
  expect(padColumns('long', 2)).toBe('long');
});

test('fitColumns gives exactly the columns', () => {
  expect(fitColumns('漢字', 3, { ellipsis: '' })).toBe('漢 ');
  expect(fitColumns('abcdef', 4, { ellipsis: '…' })).toBe('abc…');
  expect(fitColumns('7', 3, { align: 'right' })).toBe('  7');
});
