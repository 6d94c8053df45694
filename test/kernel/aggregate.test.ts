/** The process tree, the counters of binaries and descriptions, on the running kernel: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TreeProcess } from '../../src/agent/messages.ts';
import { readStat } from '../../src/agent/procfs.ts';
import type { Process } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { watchAggregates } from '../driver/aggregates.ts';
import { type Ended, run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { isPolicyEvent, policyText } from './policyFile.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const seen = watchAggregates();
let shop: Workshop;
let agent: AgentUnderTest;
let secret: string;
/** Runs since before the agent, until its standard input is closed. */
let elder: ChildProcess;
/** Ends what the tests have started and left running. */
const endings: (() => void)[] = [];

beforeAll(async () => {
  shop = openWorkshop();
  secret = shop.file('data/secret', 'original');
  elder = start(program('/bin/sh', 'elder'), ['-c', 'read x; exit 3', 'elder', 'args']);
  await until(() => readStat(elder.pid ?? 0)?.comm === 'elder');
  const selector = {
    args: [[0, 'Equal', [secret]]],
    binaries: ['In', [shop.victim]],
    actions: ['Sigkill'],
  } as const;
  const path = shop.file('p.yaml', policyText('p', [selector]));
  agent = await startAgent({ policies: [{ path, mode: 'monitor' }] }, seen.onMessage);
  agent.send({ type: 'watch', topics: ['tree', 'binaries'] });
});

afterAll(async () => {
  for (const end of endings) end();
  shop.remove();
  await agent.stop();
});

/** A copy of a program that nobody else runs. */
function program(original: string, name: string): string {
  copyFileSync(original, shop.path(name));
  chmodSync(shop.path(name), 0o755);
  return shop.path(name);
}

/** Starts a program that runs on; it dies with the test at the latest. */
function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  endings.push(() => child.kill('SIGKILL'));
  return child;
}

const rowOf = (binary: string): TreeProcess | undefined =>
  [...seen.tree.values()].find((row) => row.binary === binary);

/** The row of the only process that ran this binary, once it satisfies the condition. */
async function waitForRow(
  binary: string,
  condition: (row: TreeProcess) => boolean = () => true,
): Promise<TreeProcess> {
  const row = await until(() => {
    const found = rowOf(binary);
    return found && condition(found) ? found : undefined;
  });
  if (!row) throw new Error(`never: ${condition} on ${binary}: ${rowOf(binary)?.key}`);
  return row;
}

const parentPid = ({ parent }: TreeProcess): number | undefined =>
  parent === undefined ? undefined : seen.tree.get(parent)?.pid;

type Family = { outer: TreeProcess; inner: TreeProcess; sleeper: TreeProcess };

/** A shell that runs a shell that runs sleep, each under a name of its own. */
async function startFamily(name: string): Promise<Family> {
  const outer = program('/bin/sh', `${name}-outer`);
  const inner = program('/bin/sh', `${name}-inner`);
  const sleeper = program('/bin/sleep', `${name}-sleeper`);
  start(outer, ['-c', '"$1" -c \'"$1" 1000 & wait\' inner "$2" & wait', 'outer', inner, sleeper]);
  const rows = {
    sleeper: await waitForRow(sleeper),
    inner: await waitForRow(inner),
    outer: await waitForRow(outer),
  };
  // Nobody else knows of it when the shells above are gone.
  endings.push(() => killQuietly(rows.sleeper.pid));
  return rows;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

let requests = 0;
async function describeProcess(pid: number, ktime: bigint): Promise<Process[]> {
  const request = ++requests;
  agent.send({ type: 'describe', request, pid, ktime });
  const lineage = await until(() => seen.descriptions.get(request));
  if (!lineage) throw new Error('no description');
  return lineage;
}

function procAncestry(pid: number): number[] {
  const parent = readStat(pid)?.parent;
  return parent ? [pid, ...procAncestry(parent)] : [pid];
}

describe('tree', () => {
  test('is whole at first: what ran before is there, with its start and its parents as /proc says', async () => {
    const row = await waitForRow(shop.path('elder'));
    expect(row).toMatchObject({
      pid: elder.pid,
      uid: 0,
      arguments: '-c "read x; exit 3" elder args',
      endedAt: undefined,
      isKernelThread: false,
    });
    expect(parentPid(row)).toBe(process.pid);
    expect(Math.abs(row.startedAt - Date.now())).toBeLessThan(3_600_000);
    expect(seen.counts.tree.resets).toBe(1);
    elder.stdin?.end();
    const ended = await waitForRow(row.binary, ({ endedAt }) => endedAt !== undefined);
    expect(ended).toMatchObject({ key: row.key, ending: '3', events: 1 });
  });

  test('every row hangs where /proc says', async () => {
    const wrong = (): string[] =>
      [...seen.tree.values()].flatMap((row) => {
        const stat = row.endedAt === undefined ? readStat(row.pid) : undefined;
        if (!stat || stat.parent === (parentPid(row) ?? 0)) return [];
        return [`${row.pid} ${row.binary}: ${parentPid(row)}, not ${stat.parent}`];
      });
    // Whatever else happens on the machine may be half told at any one moment.
    await until(() => wrong().length === 0);
    expect(wrong()).toEqual([]);
    expect(seen.tree.size).toBeGreaterThan(3);
  });

  test('kernel threads are marked, others are not', async () => {
    const row = [...seen.tree.values()].find(({ pid }) => pid === 2);
    if (readStat(2)?.comm === 'kthreadd')
      expect(row).toMatchObject({ isKernelThread: true, binary: '[kthreadd]' });
    const own = [...seen.tree.values()].find(({ pid }) => pid === process.pid);
    expect(own?.isKernelThread).toBe(false);
  });

  test('a shell in a shell: nested; the middle one is killed: it stays, its child moves', async () => {
    const { outer, inner, sleeper } = await startFamily('nested');
    expect([sleeper, inner, outer].map(parentPid)).toEqual([inner.pid, outer.pid, process.pid]);
    expect(sleeper).toMatchObject({ arguments: '1000', endedAt: undefined, ending: undefined });

    process.kill(inner.pid, 'SIGKILL');
    const killed = await waitForRow(inner.binary, ({ endedAt }) => endedAt !== undefined);
    expect(killed).toMatchObject({ key: inner.key, ending: 'SIGKILL', parent: outer.key });
    const moved = await waitForRow(sleeper.binary, ({ parent }) => parent !== inner.key);
    expect(moved.key).toBe(sleeper.key);
    expect(readStat(sleeper.pid)?.parent).toBe(parentPid(moved));
    expect(parentPid(moved)).not.toBe(inner.pid);
    expect(seen.tree.has(inner.key)).toBe(true);
  });

  test('exec keeps the key', async () => {
    const [before, after] = [program('/bin/sh', 'before'), program('/bin/cat', 'after')];
    const child = start(before, ['-c', 'read x; exec "$1"', 'sh', after]);
    const first = await waitForRow(before);
    child.stdin?.write('go\n');
    const second = await waitForRow(after);
    expect(second).toMatchObject({ key: first.key, pid: child.pid, startedAt: first.startedAt });
    expect(second.ktime).toBeGreaterThan(first.ktime);
    expect(rowOf(before)).toBeUndefined();
    expect(second.events).toBe(2);
  });

  test('a child that is forked only has the program of its parent and a row of its own', async () => {
    const shell = program('/bin/sh', 'forker');
    const child = start(shell, ['-c', 'exec 3<&0; (read x <&3; exit 6) & wait; exit 7']);
    await until(
      () => [...seen.tree.values()].filter(({ binary }) => binary === shell).length === 2,
    );
    const rows = [...seen.tree.values()].filter(({ binary }) => binary === shell);
    const outer = rows.find(({ pid }) => pid === child.pid);
    const inner = rows.find(({ pid }) => pid !== child.pid);
    expect(inner).toMatchObject({ parent: outer?.key, events: 0 });
    child.stdin?.end();
    const told = () => rows.map(({ key }) => seen.tree.get(key)?.ending);
    await until(() => !told().includes(undefined));
    expect(told().sort()).toEqual(['6', '7']);
  });
});

describe('binaries', () => {
  test('50 runs, some of which fail, and three that go on', async () => {
    const shell = program('/bin/sh', 'counted');
    const going = [1, 2, 3].map(() => start(shell, ['-c', 'read x; exit 0']));
    const ended: Ended[] = [];
    for (let i = 0; i < 50; i++)
      ended.push(await run(shell, ['-c', i % 10 === 9 ? 'kill -9 $$' : `exit ${i % 5}`]));
    // By signal 5; with 0: 10, with another code: 35.
    const wanted = { execs: 53, exits: 50, failures: 40, running: 3, events: 103, hits: 0 };
    const counters = () => seen.binaries.get(shell);
    await until(() => counters()?.exits === 50);
    expect(counters()).toMatchObject(wanted);
    expect(ended.filter(({ code }) => code !== 0)).toHaveLength(40);
    for (const child of going) child.stdin?.end();
    await until(() => counters()?.running === 0);
    expect(counters()).toMatchObject({ running: 0, exits: 53, failures: 40, events: 106 });
  });

  test('exec moves a process from one binary to the other', async () => {
    const [from, to] = [program('/bin/sh', 'from'), program('/bin/cat', 'to')];
    const child = start(from, ['-c', 'read x; exec "$1"', 'sh', to]);
    await until(() => seen.binaries.get(from)?.running === 1);
    child.stdin?.write('go\n');
    await until(() => seen.binaries.get(to)?.running === 1);
    expect(seen.binaries.get(from)).toMatchObject({ running: 0, execs: 1, exits: 0 });
    child.stdin?.end();
    await until(() => seen.binaries.get(to)?.exits === 1);
    expect(seen.binaries.get(to)).toMatchObject({ running: 0, execs: 1, exits: 1, failures: 0 });
  });
});

describe('describe', () => {
  test('a process and its ancestors up to the first', async () => {
    const { outer, inner, sleeper } = await startFamily('described');
    const lineage = await describeProcess(sleeper.pid, sleeper.ktime);
    expect(lineage.map(({ pid }) => pid)).toEqual(procAncestry(sleeper.pid));
    expect(lineage.slice(0, 4).map(({ pid }) => pid)).toEqual([
      sleeper.pid,
      inner.pid,
      outer.pid,
      process.pid,
    ]);
    expect(lineage.at(-1)?.pid).toBe(1);
    expect(lineage[0]).toMatchObject({
      binary: sleeper.binary,
      arguments: '1000',
      uid: 0,
      processCredentials: { uid: 0 },
      user: { name: 'root' },
    });
    expect(lineage[0]?.ns?.pid?.inum).toBeGreaterThan(0);
    expect(lineage[0]?.parentExecId).toBe(lineage[1]?.execId);
  });

  test('one that has ended, with the parent that it had', async () => {
    const ended = await run('/bin/sh', ['-c', 'exit 0', 'gone']);
    await agent.catchUp();
    const exec = agent.events.find(
      (event) => event.kind === 'process_exec' && event.process.pid === ended.pid,
    );
    const row = await until(() =>
      [...seen.tree.values()].find(({ pid, endedAt }) => pid === ended.pid && endedAt),
    );
    const lineage = await describeProcess(ended.pid, row?.ktime ?? 0n);
    expect(lineage[0]).toMatchObject({ arguments: '-c "exit 0" gone' });
    expect(lineage[0]?.execId).toBe(exec?.kind === 'process_exec' && exec.process.execId);
    expect(lineage[1]?.pid).toBe(process.pid);
  });

  test('one that nobody knows', async () => {
    expect(await describeProcess(2 ** 22 - 1, 5n)).toEqual([]);
  });
});

describe('policy events', () => {
  test('count for their process and its binary, kills too', async () => {
    const harmless = await shop.access('read', secret);
    expect(harmless).toMatchObject({ code: 0 });
    agent.send({
      type: 'arm',
      policy: 0,
      seconds: undefined,
      added: [],
      fuse: { limit: 20, seconds: 10 },
    });
    await agent.waitForPolicy('p', ({ mode }) => mode === 'enforce');
    const victim = await shop.access('write', secret);
    agent.send({ type: 'disarm-all' });
    expect(victim).toMatchObject({ signal: 'SIGKILL' });
    await agent.catchUp();

    const hits = agent.events.filter(isPolicyEvent);
    const hitsOf = (pid: number) => hits.filter((event) => event.process.pid === pid).length;
    const rowOfPid = (wanted: number) =>
      until(() => [...seen.tree.values()].find(({ pid, endedAt }) => pid === wanted && endedAt));
    expect(hitsOf(harmless.pid)).toBeGreaterThan(0);
    expect(await rowOfPid(harmless.pid)).toMatchObject({
      hits: hitsOf(harmless.pid),
      kills: 0,
      events: hitsOf(harmless.pid) + 2,
      ending: '0',
    });
    expect(await rowOfPid(victim.pid)).toMatchObject({
      hits: hitsOf(victim.pid),
      kills: 1,
      ending: 'SIGKILL',
    });
    await until(() => seen.binaries.get(shop.victim)?.exits === 2);
    expect(seen.binaries.get(shop.victim)).toMatchObject({
      execs: 2,
      exits: 2,
      failures: 1,
      running: 0,
      hits: hits.length,
      files: hits.length,
      network: 0,
      kills: 1,
      denials: 0,
      events: hits.length + 4,
    });
  });
});

test('a topic that is taken up again comes whole; one that is left is silent', async () => {
  const before = { tree: { ...seen.counts.tree }, binaries: { ...seen.counts.binaries } };
  agent.send({ type: 'watch', topics: ['tree'] });
  await run(shop.victim, ['pipe']);
  await until(() => seen.counts.tree.messages > before.tree.messages + 1);
  const { messages } = seen.counts.binaries;
  await agent.status('p');
  await agent.status('p');
  expect(seen.counts.binaries.messages).toBe(messages);
  expect(seen.counts.tree.resets).toBe(before.tree.resets);
  agent.send({ type: 'watch', topics: ['tree', 'binaries'] });
  await until(() => seen.counts.binaries.resets > before.binaries.resets);
  expect(seen.counts.binaries.resets).toBe(before.binaries.resets + 1);
  expect(seen.counts.tree.resets).toBe(before.tree.resets);
  expect(seen.binaries.get(shop.victim)?.running).toBe(0);
});
