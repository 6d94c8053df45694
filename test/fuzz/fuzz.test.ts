/** A short run of the fuzz with a seed of its own. Needs root and a built dist/. */
import { expect, test } from 'vitest';
import { fuzz } from './fuzz.ts';

const KEYS = 3000;

test(`${KEYS} random keys: it lives, takes keys, leaves no rubbish, and stays small`, async () => {
  const summary = await fuzz({ seed: 7, keys: KEYS, batch: 150, program: 1000 });
  expect(summary.keys).toBe(KEYS);
  expect(summary.checks).toBeGreaterThan(KEYS / 150 / 2);
}, 400_000);
