import { expect, test } from 'vitest';
import { isMeant } from '../../../../src/agent/policies/workloads.ts';
import type { LabelSelector, Workload } from '../../../../src/policies/model.ts';

const labels = (
  matchLabels: Record<string, string>,
  matchExpressions: LabelSelector['matchExpressions'] = [],
): LabelSelector => ({ matchLabels, matchExpressions, position: { line: 1, column: 1 } });

const workload = (change: Partial<Workload>): Workload => ({
  pod: undefined,
  container: undefined,
  host: false,
  node: undefined,
  ...change,
});

const web = { labels: { name: 'web', repo: 'nginx' }, podLabels: { app: 'shop' } };

test.each<[string, Partial<Workload>, boolean]>([
  ['the host alone', { host: true }, false],
  ['every pod', { pod: labels({}) }, true],
  ['the pod', { pod: labels({ app: 'shop' }) }, true],
  ['another pod', { pod: labels({ app: 'bank' }) }, false],
  ['the container in any pod', { container: labels({ name: 'web' }) }, true],
  [
    'the container in another pod',
    { pod: labels({ app: 'bank' }), container: labels({ name: 'web' }) },
    false,
  ],
  ['the container by its image', { container: labels({ repo: 'nginx' }) }, true],
])('%s', (_, change, expected) => {
  expect(isMeant(workload(change), web)).toBe(expected);
});

test.each<[LabelSelector['matchExpressions'][number]['operator'], string, string[], boolean]>([
  ['In', 'app', ['bank', 'shop'], true],
  ['In', 'tier', ['front'], false],
  ['NotIn', 'app', ['shop'], false],
  ['NotIn', 'tier', ['front'], true],
  ['Exists', 'app', [], true],
  ['Exists', 'tier', [], false],
  ['DoesNotExist', 'app', [], false],
  ['DoesNotExist', 'tier', [], true],
])('%s %s %j', (operator, key, values, expected) => {
  const pod = labels({}, [{ key, operator, values }]);
  expect(isMeant(workload({ pod }), web)).toBe(expected);
});
