import { expect, test } from 'vitest';
import { createDeaths } from '../../../../src/agent/enrichment/deaths.ts';

const HOUR = 3_600_000;

test('five deaths in a row and it rests for an hour; then they are forgotten', () => {
  const deaths = createDeaths();
  expect(deaths.mayStart(0)).toBe(true);
  for (let i = 0; i < 4; i++) {
    expect(deaths.died(i * 20_000)).toBe(false);
    expect(deaths.mayStart(i * 20_000 + 9999)).toBe(false);
    expect(deaths.mayStart(i * 20_000 + 10_000)).toBe(true);
  }
  expect(deaths.died(80_000)).toBe(true);
  expect(deaths.mayStart(80_000 + HOUR - 1)).toBe(false);
  expect(deaths.mayStart(80_000 + HOUR)).toBe(true);
  expect(deaths.died(80_000 + HOUR)).toBe(false);
});

test('deaths now and then never add up', () => {
  const deaths = createDeaths();
  for (let i = 0; i < 50; i++) expect(deaths.died(i * HOUR)).toBe(false);
});
