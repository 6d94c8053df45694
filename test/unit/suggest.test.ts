import { expect, test } from 'vitest';
import { suggest } from '../../src/suggest.ts';

const NAMES = ['theme', 'colors', 'export', 'export-file-perm', 'fps'];

test('what was probably meant', () => {
  expect(suggest('thme', NAMES)).toBe('theme');
  expect(suggest('expotr', NAMES)).toBe('export');
  expect(suggest('export-file', NAMES)).toBe('export-file-perm');
  expect(suggest('x', NAMES)).toBeUndefined();
  expect(suggest('password', NAMES)).toBeUndefined();
});

test('a text that is as long as a file is compared with nothing', () => {
  const known = Array.from({ length: 300 }, (_, index) => `option-number-${index}`);
  expect(suggest('o'.repeat(1 << 20), known)).toBeUndefined();
});
