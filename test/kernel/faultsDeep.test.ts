/** A chain of 10,000 processes, each the child of the one before: needs root, clang and a built dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { NOTHING_LOST } from '../../src/agent/lost.ts';
import { decodeEvent } from '../../src/events/json.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type AggregatesSeen, watchAggregates } from '../driver/aggregates.ts';
import { startApp } from '../driver/app.ts';
import { compileProgram } from '../driver/compile.ts';
import { startHeadless } from '../driver/headless.ts';
import { residentMemory } from '../driver/proc.ts';
import { until } from '../driver/until.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const DEPTH = 10_000;
/** Programs among them: fixtures/chain.c. */
const PROGRAMS = DEPTH / 8 + 1;
/** What Trigon takes of memory at most, with that many processes to show. */
const MOST_MEMORY = 450 << 20;

let shop: Workshop;
let binary: string;
let chain: ChildProcess;
let agent: AgentUnderTest;
let seen: AggregatesSeen;
/** Number of the last process of the chain. */
let last: number;

beforeAll(async () => {
  shop = openWorkshop();
  binary = shop.path('chain');
  const source = fileURLToPath(new URL('fixtures/chain.c', import.meta.url));
  // Static: each of them is smaller, and starts faster.
  compileProgram(source, binary, ['-static']);
  seen = watchAggregates();
  agent = await startAgent({ ringBytes: 64 << 20 }, seen.onMessage);
  agent.send({ type: 'watch', topics: ['tree'] });
  const child = spawn(binary, [String(DEPTH)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  chain = child;
  let told = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    told += text;
  });
  if (!(await until(() => told.endsWith('\n'), { limitMs: 50_000 })))
    throw new Error('the chain has no end');
  last = Number(told);
  await agent.catchUp();
}, 90_000);
afterAll(async () => {
  if (chain?.pid) process.kill(-chain.pid, 'SIGKILL');
  await agent?.stop();
  shop?.remove();
});

test('told as it grows: no program is missing, and none is told twice', async () => {
  const execs = agent.events.flatMap((event) =>
    event.kind === 'process_exec' && event.process.binary === binary ? [event] : [],
  );
  expect(execs).toHaveLength(PROGRAMS);
  expect(execs.at(-1)?.process).toMatchObject({ pid: last, arguments: `link ${DEPTH} ${DEPTH}` });
  expect(new Set(execs.map(({ process }) => process.execId)).size).toBe(PROGRAMS);
});

test('in the tree all hang together', async () => {
  const rows = () =>
    [...seen.tree.values()].filter((row) => row.binary === binary && row.endedAt === undefined);
  expect(await until(() => rows().length === DEPTH)).toBe(true);
  const parents = new Map(rows().map(({ key, parent }) => [key, parent]));
  let length = 0;
  const end = rows().find(({ pid }) => pid === last);
  for (let key = end?.key; key !== undefined && parents.has(key); key = parents.get(key)) length++;
  expect(length).toBe(DEPTH);
});

test('there before: --follow takes in all of them, up to the last', {
  timeout: 90_000,
}, async () => {
  const spec = { kprobes: [{ call: 'sys_getppid', syscall: true }] };
  const policy = shop.file('policy.yaml', policyOf('of-the-deep', spec));
  const follow = ['--pid', String(chain.pid), '--follow', '--event-types', 'exit'];
  const trigon = await startHeadless(shop.folder, [
    ...['--policy', policy, '--enable-ancestors', 'base', ...follow],
  ]);
  try {
    process.kill(last, 'SIGKILL');
    const line = await until(() => trigon.lines.find((text) => text.includes(`"pid":${last},`)));
    const event = decodeEvent(line ?? '');
    if (event.kind !== 'process_exit') throw new Error(`not its exit: ${event.kind}`);
    expect(event.process.arguments).toBe(`link ${DEPTH} ${DEPTH}`);
    // Of ancestors there is an end.
    expect(event.ancestors?.length).toBeGreaterThan(10);
    expect(event.ancestors?.length).toBeLessThan(100);
    expect(residentMemory(trigon.pid)).toBeLessThan(MOST_MEMORY);
  } finally {
    await trigon.stop();
  }
});

test('on the screen: found, shown with its ancestors, folded and unfolded', {
  timeout: 150_000,
}, async () => {
  const app = await startApp([], { columns: 140, rows: 40 });
  onTestFinished(() => app.kill('SIGKILL'));
  const next = `link ${DEPTH - 8} ${DEPTH}`;
  app.command('view.tree');
  await app.waitForText('running');
  app.command('move.last');
  app.command('row.filter');
  app.enter(`args:"${next}"`);
  // It, and those that were forked from it and run nothing else.
  await app.waitFor((screen) => / 8 of [\d,]+ match/.test(screen.at(-1) ?? ''), PATIENT);
  app.command('move.last', 'row.detail');
  await app.waitForText('exec id');
  await app.waitForText(next);
  app.command('app.back', 'app.back');
  await app.waitForNoText('match');
  app.command('tree.toggleAll');
  await app.waitForText('[+');
  app.command('tree.toggleAll');
  await app.waitForNoText('[+');
  expect(residentMemory(app.appPid())).toBeLessThan(MOST_MEMORY);
  expect(await app.quit()).toBe(0);
});

const PATIENT = { timeoutMs: 30_000 };

test('nothing was lost', async () => {
  expect(await agent.stop()).toEqual(NOTHING_LOST);
});
