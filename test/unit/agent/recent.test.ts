import { expect, test } from 'vitest';
import { createRecent } from '../../../src/agent/recent.ts';

test('forgets what was used longest ago', () => {
  const recent = createRecent<string, number | undefined>(2);
  recent.set('a', 1);
  recent.set('b', undefined);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect(recent.has('b')).toBe(false);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 4);
  recent.set('d', undefined);
  expect(recent.has('a')).toBe(false);
  expect(recent.get('c')).toBe(4);
  expect(recent.has('d')).toBe(true);
});
