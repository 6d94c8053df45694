import { expect, test } from 'vitest';
import { containerFact, podOf } from '../../../../src/agent/enrichment/containerFacts.ts';
import { keptLabels } from '../../../../src/agent/enrichment/json.ts';
import { readPods } from '../../../../src/agent/enrichment/pods.ts';
import { readDocker } from '../../../../src/agent/enrichment/stateFiles.ts';

const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, 'v']));
const ID = 'ab'.repeat(32);
const count = (labels: object | undefined) => Object.keys(labels ?? {}).length;

test('64 labels of 8 KiB together; one that has no room is left out', () => {
  expect(Object.keys(keptLabels(many))).toEqual(Array.from({ length: 64 }, (_, i) => `k${i}`));
  const large = { a: 'ü'.repeat(4000), b: 'x'.repeat(200), c: 'x' };
  expect(Object.keys(keptLabels(large))).toEqual(['a', 'c']);
});

test('wherever labels come from', () => {
  expect(count(containerFact(ID, { labels: many }).labels)).toBe(64);
  const names = { 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.namespace': 'n' };
  expect(count(podOf(names, many)?.podLabels)).toBe(64);
  // Those that name the pod count, wherever they stand.
  const docker = readDocker(ID, { Config: { Labels: { ...many, ...names } } });
  expect(docker.pod).toMatchObject({ name: 'p', namespace: 'n' });
  expect(count(docker.labels)).toBe(64);
  const pods = readPods({
    items: [
      {
        metadata: { name: 'p', namespace: 'n', labels: many },
        status: { containerStatuses: [{ name: 'c', containerID: `containerd://${ID}` }] },
      },
    ],
  });
  expect(count(pods.get(ID)?.pod?.podLabels)).toBe(64);
});
