import { expect, test } from 'vitest';
import {
  createLabelCounter,
  MOST_GROUPS,
  MOST_PAIRS,
  OTHER_BINARIES,
} from '../../../../src/agent/metrics/labelCounter.ts';

const sum = (counts: readonly { count: number }[]) =>
  counts.reduce((total, { count }) => total + count, 0);

test('policies that come and go, each with a name of its own, fill no memory; nothing is left uncounted', () => {
  const counter = createLabelCounter(false, 10 * MOST_GROUPS);
  for (let at = 0; at < 5 * MOST_GROUPS; at++) counter.add(`policy-${at}`, '/bin/true');
  const counts = counter.list();
  expect(counts).toHaveLength(MOST_GROUPS + 1);
  expect(counts.at(-1)).toEqual({
    group: OTHER_BINARIES,
    binary: '',
    count: 4 * MOST_GROUPS,
  });
  expect(sum(counts)).toBe(5 * MOST_GROUPS);
});

test('those that came first stay, whoever comes later: a counter never falls', () => {
  const counter = createLabelCounter(true);
  for (let at = 0; at < 2 * MOST_PAIRS; at++) counter.add('exec', `/tmp/${at}`);
  counter.add('exec', '/tmp/0');
  const counts = counter.list();
  expect(counts[0]).toEqual({ group: 'exec', binary: '/tmp/0', count: 2 });
  expect(counts.at(-1)).toEqual({ group: 'exec', binary: OTHER_BINARIES, count: MOST_PAIRS });
});
