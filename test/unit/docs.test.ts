import { expect, test } from 'vitest';
import { stalePages } from '../../scripts/docs.ts';

test('the generated pages of docs/ are up to date: npm run docs', () => {
  expect(stalePages()).toEqual([]);
});
