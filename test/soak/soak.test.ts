/**
 * A short run of the soak with a seed of its own: that rules hit whom they mean, that nothing is lost, and what is left. It is too short to
 * say anything about memory. Needs root, clang and a built dist/.
 */
import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('20 seconds of mixed load: nothing is lost, nothing is left, rules hit whom they mean', async () => {
  const { failures, counts, rests } = await soak({ seconds: 20, seed: 7, perSecond: 200 });
  expect(failures).toEqual([]);
  expect(rests.length).toBeGreaterThanOrEqual(2);
  expect(counts['victims killed']).toBeGreaterThan(5);
  expect(counts['victims refused']).toBeGreaterThan(0);
}, 300_000);
