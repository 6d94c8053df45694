/** The limit on process records of a cgroup (bpf/cgroup_rate.h), in cgroups of the test's own: needs root, cgroup v2 and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import type { LostCounts, TreeProcess } from '../../src/agent/messages.ts';
import { readStat } from '../../src/agent/procfs.ts';
import { type Event, type EventOf, hasProcess } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type AggregatesSeen, watchAggregates } from '../driver/aggregates.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** An interval long enough for what the test does while records are held back, on a busy machine. */
const LIMIT = { events: 60, intervalMs: 3000 };
const tree = findMount(readMounts(), 'cgroup2')?.folder ?? '/no cgroup v2 tree';
const busy = join(tree, `trigon-test-busy-${process.pid}`);
const calm = join(tree, `trigon-test-calm-${process.pid}`);

let shop: Workshop;
let agent: AgentUnderTest;
let seen: AggregatesSeen;
let lost: LostCounts | undefined;
const children: ChildProcess[] = [];

beforeAll(() => {
  shop = openWorkshop();
  const source = fileURLToPath(new URL('fixtures/storm.c', import.meta.url));
  compileProgram(source, shop.path('storm'));
  for (const folder of [busy, calm]) mkdirSync(folder);
});

beforeEach(() => {
  seen = watchAggregates();
  lost = undefined;
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  shop.remove();
  for (const folder of [busy, calm]) expect(await until(() => isRemoved(folder))).toBe(true);
});

/** A cgroup can be removed once its last process is collected. */
function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

const start = async (cgroupRate: { events: number; intervalMs: number } | undefined) => {
  agent = await startAgent({ cgroupRate, ringBytes: 16 << 20 }, (message) => {
    seen.onMessage(message);
    if (message.type === 'status') lost = message.lost;
  });
  agent.send({ type: 'watch', topics: ['tree', 'binaries'] });
};

/** A program that nobody else runs. */
function program(name: string, original = '/bin/true'): string {
  copyFileSync(original, shop.path(name));
  chmodSync(shop.path(name), 0o755);
  return shop.path(name);
}

/** The shell moves itself into the cgroup, and becomes the command. */
const inside = (cgroup: string, command: readonly string[]): string[] => [
  '-c',
  'echo $$ > "$0/cgroup.procs" && exec "$@"',
  cgroup,
  ...command,
];

/** Each CPU counts on its own: what is to be held back runs on one that is over the limit. */
const onFirstCpu = (...command: string[]): string[] => ['taskset', '-c', firstCpu, ...command];
const firstCpu =
  /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '0';

const runIn = (cgroup: string, ...command: string[]) => run('/bin/sh', inside(cgroup, command));

/** Runs on until its standard input is closed. */
async function stay(cgroup: string, binary: string): Promise<ChildProcess> {
  const child = spawn('/bin/sh', inside(cgroup, onFirstCpu(binary, '-c', 'read x')), {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  children.push(child);
  expect(await until(() => readStat(child.pid ?? 0)?.comm === basename(binary))).toBe(true);
  return child;
}

const throttlesOf = (cgroup: string): EventOf<'process_throttle'>[] =>
  agent.events.filter(
    (event): event is EventOf<'process_throttle'> =>
      event.kind === 'process_throttle' && event.cgroup === basename(cgroup),
  );

const eventsOf = (binary: string): Event['kind'][] =>
  agent.events.flatMap((event) =>
    hasProcess(event) && event.process.binary === binary ? event.kind : [],
  );

const rowOf = (binary: string): TreeProcess | undefined =>
  [...seen.tree.values()].find((row) => row.binary === binary);

const isThrottled = (type: 'THROTTLE_START' | 'THROTTLE_STOP') => (event: Event) =>
  event.kind === 'process_throttle' && event.type === type && event.cgroup === basename(busy);

/**
 * As the agent's own, in the calm cgroup: whoever else works on this machine may bring the cgroup of the test itself over the limit.
 */
async function catchUp(): Promise<void> {
  const mark = randomUUID();
  await runIn(calm, '/bin/true', mark);
  await agent.waitForEvent(
    (event) => event.kind === 'process_exit' && event.process.arguments === mark,
  );
}

test('a storm is held back, told of and counted; others are not; afterwards everything is as it is', async () => {
  const COUNT = 1500;
  const [drop, other, after] = [program('drop'), program('other'), program('after')];
  const [ends, begins] = [program('ends', '/bin/sh'), program('begins', '/bin/sh')];
  await start(LIMIT);
  const ending = await stay(busy, ends);
  await until(() => rowOf(ends));

  // One of them on each CPU that there is, or on any.
  const storm = Promise.all([
    runIn(busy, ...onFirstCpu(shop.path('storm'), String(COUNT / 2), drop)),
    runIn(busy, shop.path('storm'), String(COUNT / 2), drop),
  ]);
  const began = await agent.waitForEvent(isThrottled('THROTTLE_START'));
  expect(began).toMatchObject({ type: 'THROTTLE_START', nodeName: 'test-node' });
  // Those of the other cgroup come whole.
  for (let i = 0; i < 10; i++) expect((await runIn(calm, other)).code).toBe(0);
  expect((await storm).map(({ code }) => code)).toEqual([0, 0]);
  const [untold] = await Promise.all([
    stay(busy, begins),
    new Promise((resolve) => ending.once('exit', resolve).stdin?.end()),
  ]);

  await agent.waitForEvent(isThrottled('THROTTLE_STOP'));
  await catchUp();
  expect(throttlesOf(busy).map(({ type }) => type)).toEqual(['THROTTLE_START', 'THROTTLE_STOP']);
  expect(throttlesOf(calm)).toEqual([]);
  const both = ['process_exec', 'process_exit'];
  expect(eventsOf(other)).toEqual(Array.from({ length: 10 }, () => both).flat());

  // Of forks, execs and exits each is either told, or counted with those of other cgroups. Forks are no events.
  const told = eventsOf(drop).length;
  expect(told).toBeLessThanOrEqual(COUNT / 2);
  expect(told + (lost?.throttled ?? 0)).toBeGreaterThanOrEqual(2 * COUNT);

  // Neither was told: the agent has found out.
  expect(eventsOf(ends)).toEqual(['process_exec']);
  expect(eventsOf(begins)).toEqual([]);
  expect(await until(() => rowOf(ends)?.endedAt !== undefined)).toBe(true);
  expect(await until(() => rowOf(begins)?.pid === untold.pid)).toBe(true);
  expect(await until(() => seen.binaries.get(drop)?.running === 0)).toBe(true);
  // What was held back counts all the same.
  const isWhole = () => {
    const row = seen.binaries.get(drop);
    return row?.execs === COUNT && row.exits === COUNT;
  };
  expect((await until(isWhole)) || seen.binaries.get(drop)).toBe(true);
  expect(seen.binaries.get(drop)?.untold).toBe(2 * COUNT - told);
  expect(seen.binaries.get(ends)).toMatchObject({ execs: 1, exits: 1, running: 0, untold: 1 });
  expect(seen.binaries.get(begins)).toMatchObject({ execs: 1, exits: 0, running: 1, untold: 1 });
  const running = [...seen.tree.values()].filter(
    (row) => row.endedAt === undefined && row.binary.startsWith(shop.folder),
  );
  expect(running.map(({ binary }) => binary)).toEqual([begins]);

  // Everything flows again, and the process that nobody told of is known with all it has.
  expect((await runIn(busy, after)).code).toBe(0);
  untold.stdin?.end();
  const exit = await agent.waitForEvent(
    (event) => event.kind === 'process_exit' && event.process.pid === untold.pid,
  );
  expect(exit).toMatchObject({ process: { binary: begins, arguments: '-c "read x"' } });
  await catchUp();
  expect(eventsOf(after)).toEqual(both);
  expect((await agent.stop()).processRing).toBe(0);
});

test('below the limit nothing is held back', async () => {
  const few = program('few');
  await start({ events: 100_000, intervalMs: 1000 });
  expect((await runIn(busy, shop.path('storm'), '200', few)).code).toBe(0);
  await agent.catchUp();
  expect(eventsOf(few)).toHaveLength(400);
  expect(agent.events.filter(({ kind }) => kind === 'process_throttle')).toEqual([]);
  expect((await agent.stop()).throttled).toBe(0);
});

test('without the option there is no limit', async () => {
  const all = program('all');
  await start(undefined);
  expect((await runIn(busy, shop.path('storm'), '500', all)).code).toBe(0);
  await agent.catchUp();
  expect(eventsOf(all)).toHaveLength(1000);
  expect((await agent.stop()).throttled).toBe(0);
});

test('exits that are lost for another reason, a full ring, leave no process running either', async () => {
  const flood = program('flood');
  agent = await startAgent({ ringBytes: 4096 }, seen.onMessage);
  agent.send({ type: 'watch', topics: ['tree', 'binaries'] });
  const pidsOf = (kind: Event['kind']) =>
    agent.events.flatMap((event) =>
      event.kind === kind && hasProcess(event) && event.process.binary === flood
        ? event.process.pid
        : [],
    );
  const untold = await until(async () => {
    // Several at once: while events come, the ring is read without a pause.
    const storms = Array.from({ length: 6 }, () => runIn(busy, shop.path('storm'), '300', flood));
    for (const { code } of await Promise.all(storms)) expect(code).toBe(0);
    // Not by an event, which could be lost too.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const exits = new Set(pidsOf('process_exit'));
    const pids = pidsOf('process_exec').filter((pid) => !exits.has(pid));
    return pids.length > 0 ? pids : undefined;
  });
  const rows = () =>
    [...seen.tree.values()].filter(({ binary, pid }) => binary === flood && untold?.includes(pid));
  expect(await until(() => rows().length > 0)).toBe(true);
  expect(await until(() => rows().every(({ endedAt }) => endedAt !== undefined))).toBe(true);
  expect(await until(() => seen.binaries.get(flood)?.running === 0)).toBe(true);
  expect((await agent.stop()).processRing).toBeGreaterThan(0);
});
