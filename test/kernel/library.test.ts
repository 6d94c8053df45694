/** The whole library on this kernel, by `trigon policy test --all`: each policy is seen to fire where it has a hook. */
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { TestedPolicy } from '../../src/cli/policyTestTable.ts';
import { run } from '../driver/command.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/trigon.mjs', import.meta.url));

let results: TestedPolicy[];
let code: number | null;
beforeAll(async () => {
  const ended = await run(LAUNCHER, ['policy', 'test', '--all', '-o', 'json']);
  expect(ended.stderr).toBe('');
  results = JSON.parse(ended.stdout).results;
  code = ended.code;
});

/** What went wrong, as a table that says it: an empty one passes. */
const those = (isWrong: (result: TestedPolicy) => boolean) =>
  results
    .filter(isWrong)
    .map(({ policy, verdict, obtained, why }) => `${policy}: ${verdict}, ${obtained}: ${why}`);

test('there are 40 policies or more', () => {
  expect(results.length).toBeGreaterThanOrEqual(40);
});

test('each that has a hook here is seen to fire, and no near miss is', () => {
  expect(
    those(({ verdict, obtained }) => verdict !== 'seen' && !obtained.startsWith('not here')),
  ).toEqual([]);
  expect(code).toBe(0);
});

test('each brings a trigger and a near miss, and all of their deeds can be done', () => {
  expect(those(({ why }) => why.includes('trigon/trigger'))).toEqual([]);
  expect(
    those(
      ({ verdict, trigger, nearMiss }) =>
        verdict === 'seen' &&
        (nearMiss === undefined ||
          nearMiss.problem !== undefined ||
          trigger?.problem !== undefined),
    ),
  ).toEqual([]);
});

test('each that is not run says why', () => {
  expect(those(({ why }) => why === '')).toEqual([]);
});
