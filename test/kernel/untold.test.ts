/** What is lost is counted all the same (bpf/untold.h), and by whom: needs root, cgroup v2 and clang. */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import type {
  FromAgent,
  LostCounts,
  PolicyStatus,
  UntoldCounts,
} from '../../src/agent/messages.ts';
import { hasProcess } from '../../src/events/types.ts';
import { tg_limit as LIMIT } from '../../src/generated/layouts.ts';
import { startAgent } from '../driver/agent.ts';
import { type AggregatesSeen, watchAggregates } from '../driver/aggregates.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const TINY_RING = 4096;
const crowd = join(
  findMount(readMounts(), 'cgroup2')?.folder ?? '/no cgroup v2 tree',
  `trigon-test-crowd-${process.pid}`,
);

let shop: Workshop;
let seen: AggregatesSeen;
let others: UntoldCounts | undefined;
let lost: LostCounts | undefined;

const onMessage = (message: FromAgent) => {
  seen.onMessage(message);
  if (message.type === 'binaries') others = message.others ?? others;
  if (message.type === 'status') lost = message.lost;
};

beforeAll(() => {
  shop = openWorkshop();
  for (const name of ['storm', 'calls', 'many']) {
    const source = fileURLToPath(new URL(`fixtures/${name}.c`, import.meta.url));
    compileProgram(source, shop.path(name));
  }
  mkdirSync(crowd);
});
beforeEach(() => {
  seen = watchAggregates();
  others = undefined;
  lost = undefined;
});
afterAll(async () => {
  shop.remove();
  const isRemoved = () => {
    try {
      rmdirSync(crowd);
      return true;
    } catch {
      return false;
    }
  };
  expect(await until(isRemoved)).toBe(true);
});

/** A program that nobody else runs. */
function program(name: string, original: string): string {
  copyFileSync(original, shop.path(name));
  chmodSync(shop.path(name), 0o755);
  return shop.path(name);
}

/** Several at once: while events come, the ring is read without a pause. */
async function storm(binary: string, times: number): Promise<void> {
  const each = Array.from({ length: 6 }, () =>
    run(shop.path('storm'), [String(times / 6), binary]),
  );
  for (const { code } of await Promise.all(each)) expect(code).toBe(0);
}

test('execs, exits and failures of a program are exact, whatever a ring that is too small loses', async () => {
  const [good, bad] = [program('good', '/bin/true'), program('bad', '/bin/false')];
  const agent = await startAgent({ ringBytes: TINY_RING }, onMessage);
  agent.send({ type: 'watch', topics: ['binaries'] });
  await Promise.all([storm(good, 1800), storm(bad, 600)]);

  const isWhole = (binary: string, count: number) => () => {
    const row = seen.binaries.get(binary);
    return row?.execs === count && row.exits === count && row;
  };
  const rows = [await until(isWhole(good, 1800)), await until(isWhole(bad, 600))];
  expect(
    rows.map((row) => row || [seen.binaries.get(good), seen.binaries.get(bad), others]),
  ).toMatchObject([
    { execs: 1800, exits: 1800, failures: 0, events: 3600 },
    { execs: 600, exits: 600, failures: 600, events: 1200 },
  ]);
  // There is something to be made good, and it is no more than was lost: what was told is told apart.
  const told = (binary: string) =>
    agent.events.filter((event) => hasProcess(event) && event.process.binary === binary).length;
  const untold = seen.binaries.get(good)?.untold ?? 0;
  expect(untold).toBeGreaterThan(0);
  expect(untold + told(good)).toBeLessThanOrEqual(3600);
  expect(await until(() => seen.binaries.get(good)?.running === 0)).toBe(true);
  expect((await agent.stop()).processRing).toBeGreaterThanOrEqual(untold);
});

test('names without a slash in front, and long ones', async () => {
  mkdirSync(shop.path('deep'));
  const relative = program('deep/relative', '/bin/true');
  const agent = await startAgent({ ringBytes: TINY_RING }, onMessage);
  agent.send({ type: 'watch', topics: ['binaries'] });
  const away = { cwd: shop.path('deep'), stdio: 'ignore' } as const;
  const noise = storm(program('noise', '/bin/true'), 900);
  for (const name of ['./relative', '../deep/relative', 'relative'])
    for (let i = 0; i < 3; i++)
      expect(spawnSync(shop.path('storm'), ['20', name], away).status).toBe(0);
  await noise;
  const row = await until(() => {
    const known = seen.binaries.get(relative);
    return known?.execs === 180 && known.exits === 180 && known;
  });
  expect(row || [seen.binaries.get(relative), others]).toMatchObject({ execs: 180, exits: 180 });
  await agent.stop();
});

/** Tells of each call of one program. */
const watchPolicy = (binary: string) =>
  [
    'apiVersion: cilium.io/v1alpha1',
    'kind: TracingPolicy',
    'metadata: {name: calls}',
    'spec:',
    '  kprobes:',
    '  - call: sys_getppid',
    '    syscall: true',
    '    selectors:',
    `    - matchBinaries: [{operator: In, values: [${JSON.stringify(binary)}]}]`,
    '',
  ].join('\n');

test('what a policy matched is exact, and each match is posted or counted as lost', async () => {
  const CALLS = 50_000;
  const calls = shop.path('calls');
  const agent = await startAgent(
    {
      ringBytes: TINY_RING,
      policies: [{ path: shop.file('calls.yaml', watchPolicy(calls)), mode: 'monitor' }],
    },
    onMessage,
  );
  agent.send({ type: 'watch', topics: ['binaries', 'alerts'] });
  expect((await run(calls, [String(CALLS)])).code).toBe(0);

  const isWhole = ({ counts }: PolicyStatus) => counts.matched === CALLS;
  const { counts } = await agent.waitForPolicy('calls', isWhole);
  expect(counts.lost).toBeGreaterThan(0);
  expect(counts.posted + counts.lost).toBe(CALLS);
  const row = await until(() => {
    const known = seen.binaries.get(calls);
    return known?.hits === CALLS && known.execs === 1 && known.exits === 1 && known;
  });
  expect(row || [seen.binaries.get(calls), others]).toMatchObject({
    hits: CALLS,
    execs: 1,
    exits: 1,
  });
  // Rows are of what was told.
  const told = () =>
    [...seen.alerts.values()].reduce(
      (sum, { policy, count }) => sum + (policy === 'calls' ? count : 0),
      0,
    );
  expect(await until(() => told() === counts.posted)).toBe(true);
  expect((await agent.stop()).policyRing).toBe(counts.lost);
});

test('more programs than are counted one by one: the sum of the others is exact', async () => {
  const AT_A_TIME = 50;
  mkdirSync(shop.path('crowd'));
  let made = 0;
  const runMore = async (count: number) => {
    const from = made;
    for (; made < from + count; made++) symlinkSync('/bin/true', shop.path('crowd', `p${made}`));
    const args = [shop.path('crowd'), String(from), String(made), crowd];
    expect((await run(shop.path('many'), args)).code).toBe(0);
  };
  const agent = await startAgent({ cgroupRate: { events: 1, intervalMs: 60_000 } }, onMessage);
  agent.send({ type: 'watch', topics: ['binaries'] });
  // What the limit lets pass is told of the first; the second has `many` itself counted by its number, while there is room.
  await runMore(1);
  await runMore(1);
  await runMore(LIMIT.TG_MAX_UNTOLD + 100);
  expect(await until(() => (others?.execs ?? 0) >= 100)).toBe(true);
  // Other programs of this machine may be among the others: not each time.
  const rounds: number[][] = [];
  const isExact = await until(async () => {
    const [before, wasLost] = [others, lost?.throttled ?? 0];
    await runMore(AT_A_TIME);
    // Their forks are lost too.
    await until(() => (lost?.throttled ?? 0) >= wasLost + 3 * AT_A_TIME);
    await until(() => (others?.exits ?? 0) - (before?.exits ?? 0) >= AT_A_TIME);
    const more = [
      (others?.execs ?? 0) - (before?.execs ?? 0),
      (others?.exits ?? 0) - (before?.exits ?? 0),
    ];
    rounds.push(more);
    return more.every((count) => count === AT_A_TIME);
  });
  expect(isExact || rounds).toBe(true);
  await agent.stop();
}, 120_000);
