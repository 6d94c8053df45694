/** Which cgroups the kernel side is told of: workloads.ts with a map that keeps what it is given. */
import { beforeEach, expect, test } from 'vitest';
import { createWorkloads, type Workloads } from '../../../../src/agent/policies/workloads.ts';
import type { Workload } from '../../../../src/policies/model.ts';

const ofApp = (app: string, host = false): Workload => ({
  pod: { matchLabels: { app }, matchExpressions: [], position: { line: 1, column: 1 } },
  container: undefined,
  host,
  node: undefined,
});
const shop = { labels: {}, podLabels: { app: 'shop' } };
const bank = { labels: {}, podLabels: { app: 'bank' } };
const idOf = (cgroup: bigint) => cgroup.toString(16).padStart(64, '0');

let entries: Set<string>;
let workloads: Workloads;
beforeEach(() => {
  entries = new Set();
  const text = (key: Uint8Array) => Buffer.from(key).toString('hex');
  workloads = createWorkloads({
    set: (key) => void entries.add(text(key)),
    delete: (key) => entries.delete(text(key)),
  });
});

test('a container that is known late is the host’s until then', () => {
  workloads.add(1, ofApp('shop'));
  workloads.seen(7n, idOf(7n), undefined);
  expect(entries.size).toBe(0);
  workloads.learn(idOf(7n), shop);
  expect(entries.size).toBe(1);
  // What is known is better than nothing; something else is better than that.
  workloads.learn(idOf(7n), undefined);
  expect(entries.size).toBe(1);
  workloads.learn(idOf(7n), bank);
  expect(entries.size).toBe(0);
});

test('a selector that asks for nothing means a container before it is known', () => {
  const every = { matchLabels: {}, matchExpressions: [], position: { line: 1, column: 1 } };
  const host = { pod: undefined, container: undefined, host: true, node: undefined };
  workloads.add(1, { ...host, container: every, host: false });
  // Told by the containers that it leaves out.
  workloads.add(2, host);
  workloads.seen(7n, idOf(7n), undefined);
  expect(entries.size).toBe(2);
});

test('policies that come later are told of all; those that go leave nothing', () => {
  workloads.seen(7n, idOf(7n), shop);
  workloads.seen(8n, idOf(8n), bank);
  workloads.add(1, ofApp('shop'));
  workloads.add(2, ofApp('shop', true));
  expect(entries.size).toBe(2);
  workloads.remove(1);
  workloads.remove(2);
  expect(entries.size).toBe(0);
});

test('nothing can be known: no label is there', () => {
  workloads.add(1, ofApp('shop', true));
  workloads.seen(7n, idOf(7n), undefined);
  expect(entries.size).toBe(0);
  workloads.learn(idOf(7n), undefined);
  expect(entries.size).toBe(1);
});

test('cgroups without processes are forgotten, the second time that they have none', () => {
  workloads.add(1, ofApp('shop'));
  workloads.seen(7n, idOf(7n), shop);
  workloads.seen(8n, idOf(8n), shop);
  workloads.keep(new Set([8n]));
  expect(entries.size).toBe(2);
  workloads.keep(new Set([8n]));
  expect([entries.size, workloads.size]).toEqual([1, 1]);
});

test('10,000 short-lived containers: what is kept is bounded, and nothing of the others is left', () => {
  workloads.add(1, ofApp('shop'));
  for (let cgroup = 1n; cgroup <= 10_000n; cgroup++)
    workloads.seen(cgroup, idOf(cgroup), cgroup % 2n === 0n ? shop : undefined);
  expect(workloads.size).toBe(8192);
  expect(entries.size).toBe(4096);
  workloads.keep(new Set());
  workloads.keep(new Set());
  expect([entries.size, workloads.size]).toEqual([0, 0]);
  workloads.seen(7n, idOf(7n), shop);
  expect(entries.size).toBe(1);
});
