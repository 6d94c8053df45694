import { expect, test } from 'vitest';
import { displayWidth } from '../../../src/ui/text/width.ts';
import { isTooSmall, tooSmallLines } from '../../../src/ui/views/tooSmall.ts';
import { DARK, plain, policy } from './samples.ts';

test('60×15 will do, less will not', () => {
  expect(isTooSmall({ columns: 60, rows: 15 })).toBe(false);
  expect(isTooSmall({ columns: 59, rows: 15 })).toBe(true);
  expect(isTooSmall({ columns: 60, rows: 14 })).toBe(true);
});

test('what is armed is told before anything else, in danger’s colour', () => {
  const now = Date.now();
  expect(tooSmallLines([policy()], now, DARK, 40).map(plain)).toEqual([
    'trigon needs 60×15; q quits',
  ]);
  const armed = policy({ mode: 'enforce', armedUntil: now + 90_000 });
  const lines = tooSmallLines([armed], now, DARK, 40);
  expect(lines[0]).toContain(DARK['status.danger'].open);
  expect(lines.map(plain)).toEqual(['1 ARMED 01:30: ! disarms', 'trigon needs 60×15; q quits']);
  for (const line of tooSmallLines([armed], now, DARK, 12))
    expect(displayWidth(plain(line))).toBeLessThanOrEqual(12);
});
