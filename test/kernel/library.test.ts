import { readdirSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';

/** What `trigon policy test -o json` prints, as far as it is looked at here. */
type Report = {
  results: {
    policy: string;
    verdict: string;
    why: string;
    obtained: string;
    trigger: { problem?: string } | undefined;
    nearMiss: { events: number; problem?: string } | undefined;
  }[];
};

const names = readdirSync('src/policies/library')
  .map((file) => file.replace('.yaml', ''))
  .toSorted();

let results: Map<string, Report['results'][number]>;

beforeAll(async () => {
  const { stdout, stderr } = await run(process.execPath, [
    LAUNCHER,
    ...['policy', 'test', '--all', '-o', 'json'],
  ]);
  if (stdout === '') throw new Error(stderr);
  const report: Report = JSON.parse(stdout);
  results = new Map(report.results.map((result) => [result.policy, result]));
}, 300_000);

test('every policy of the library is tried', () => {
  expect([...results.keys()].toSorted()).toEqual(names);
});

test.each(names)('%s is seen where this kernel has its hooks, and its near miss is not', (name) => {
  const result = results.get(name);
  if (result?.obtained.startsWith('not here')) {
    expect(result).toMatchObject({ verdict: 'not run', why: expect.stringMatching(/\S/) });
    return;
  }
  expect(result).toMatchObject({ verdict: 'seen', nearMiss: { events: 0 } });
  expect([result?.trigger?.problem, result?.nearMiss?.problem]).toEqual([undefined, undefined]);
});

test('most of them can be had without kprobes, trampolines and LSM programs', () => {
  const seen = [...results.values()].filter(({ verdict }) => verdict === 'seen');
  expect(seen.length).toBeGreaterThanOrEqual(40);
});
