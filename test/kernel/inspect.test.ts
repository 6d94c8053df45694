/** What an operator is told of one process, on the running kernel: needs root and clang. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenFiles, ProcessDescription } from '../../src/agent/inspect/types.ts';
import type { FromAgent, TreeProcess } from '../../src/agent/messages.ts';
import { NO_DETAIL_OPTIONS } from '../../src/agent/messages.ts';
import { readStat } from '../../src/agent/procfs.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { watchAggregates } from '../driver/aggregates.ts';
import { compileProgram } from '../driver/compile.ts';
import { until } from '../driver/until.ts';

const seen = watchAggregates();
const descriptions = new Map<number, ProcessDescription>();
const files = new Map<number, OpenFiles>();
const children: ChildProcess[] = [];
let agent: AgentUnderTest;
let folder: string;
let elder: ChildProcess;
/** These two ran before the agent. */
let long: ChildProcess;
let headless: ChildProcess;
/** Bytes that the agent read until it was ready. */
let readAtStart: number;
let requests = 0;

function onMessage(message: FromAgent): void {
  seen.onMessage(message);
  if (message.type === 'description') descriptions.set(message.request, message);
  if (message.type === 'open-files') files.set(message.request, message.files);
}

function start(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env });
  children.push(child);
  return child;
}

/** By this process, of which the agent is a thread, since it began. */
const bytesRead = (): number =>
  Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);

/** Runs a deed of fixtures/inspected.c, until it is done. */
async function startInspected(deed: string): Promise<ChildProcess> {
  const child = spawn(join(folder, 'inspected'), [deed], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

async function startHeadless(): Promise<ChildProcess> {
  const child = await startInspected('headless');
  await until(() => readFileSync(`/proc/${child.pid}/stat`, 'latin1').includes(') Z '));
  return child;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-inspect-'));
  const source = fileURLToPath(new URL('fixtures/inspected.c', import.meta.url));
  compileProgram(source, join(folder, 'inspected'), ['-pthread']);
  [long, headless] = await Promise.all([startInspected('long'), startHeadless()]);
  elder = start('/bin/sleep', ['1000'], { ELDER: 'from /proc' });
  const before = bytesRead();
  agent = await startAgent({ detail: { ...NO_DETAIL_OPTIONS, environment: true } }, onMessage);
  readAtStart = bytesRead() - before;
  agent.send({ type: 'watch', topics: ['tree'] });
});
afterAll(async () => {
  for (const child of children) killGroup(child);
  await agent.stop();
  rmSync(folder, { recursive: true, force: true });
});

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

async function rowOf(isIt: (row: TreeProcess) => boolean): Promise<TreeProcess> {
  const row = await until(() => [...seen.tree.values()].find(isIt));
  if (!row) throw new Error('no such process');
  return row;
}

async function describeProcess({ pid, ktime }: TreeProcess): Promise<ProcessDescription> {
  const request = ++requests;
  agent.send({ type: 'describe', request, pid, ktime });
  const description = await until(() => descriptions.get(request));
  if (!description) throw new Error('no description');
  return description;
}

async function filesOf({ pid, ktime }: Pick<TreeProcess, 'pid' | 'ktime'>): Promise<OpenFiles> {
  const request = ++requests;
  agent.send({ type: 'open-files', request, pid, ktime });
  const answer = await until(() => files.get(request));
  if (!answer) throw new Error('no answer');
  return answer;
}

test('environment: as told at the exec, and from /proc of what ran before; the parent’s beside it', async () => {
  const script = 'ADDED=1 /bin/sleep 1001; exit';
  const shell = start('/bin/sh', ['-c', script], { GIVEN: 'a b' });
  const row = await rowOf(({ arguments: args }) => args === '1001');
  const { environment, steps } = await describeProcess(row);
  expect(environment?.own?.variables).toContainEqual({ key: 'ADDED', value: '1' });
  expect(environment?.parent?.variables).toContainEqual({ key: 'GIVEN', value: 'a b' });
  expect(environment?.parent?.variables.map(({ key }) => key)).not.toContain('ADDED');
  expect(steps.at(-1)).toMatchObject({ pid: row.pid, how: 'exec', end: undefined });
  expect(steps.at(-2)).toMatchObject({ pid: shell.pid, how: 'exec', binary: '/bin/sh' });
  const before = await describeProcess(await rowOf(({ pid }) => pid === elder.pid));
  expect(before.environment?.own?.variables).toEqual([{ key: 'ELDER', value: 'from /proc' }]);
  expect(before.steps.at(-1)?.how).toBe('before');
  expect(before.cgroup).toMatch(/^\//);
});

test('open files: of the very process; of another program in it that is said; of one that has ended none', async () => {
  const path = join(folder, 'open');
  const child = start('/bin/sh', ['-c', `exec 7>${path}; read line; exec /bin/sleep 1002`]);
  const row = await rowOf(({ pid, binary }) => pid === child.pid && binary === '/bin/sh');
  const read = await until(async () => {
    const answer = await filesOf(row);
    return answer.kind === 'read' && answer.files.some(({ target }) => target === path) && answer;
  });
  expect(read).toMatchObject({ isOtherProgram: false, more: 0 });
  child.stdin?.write('\n');
  await rowOf(({ pid, arguments: args }) => pid === child.pid && args === '1002');
  expect(await filesOf(row)).toMatchObject({ kind: 'read', isOtherProgram: true });
  killGroup(child);
  await rowOf(({ pid, endedAt }) => pid === child.pid && endedAt !== undefined);
  expect(await filesOf(row)).toEqual({ kind: 'gone' });
  const { steps, cgroup } = await describeProcess(row);
  expect(steps.slice(-2).map(({ binary, end }) => [binary, end?.ending])).toEqual([
    ['/bin/sh', 'SIGKILL'],
    ['/bin/sleep', 'SIGKILL'],
  ]);
  expect(cgroup).toBe('');
});

test('a process that started at another time than the one that is meant', async () => {
  const row = await rowOf(({ pid }) => pid === elder.pid);
  expect(await filesOf({ pid: row.pid, ktime: 5n })).toEqual({ kind: 'gone' });
});

test('of arguments and an environment of 512 MiB only the beginning is read', async () => {
  const row = await rowOf(({ pid }) => pid === long.pid);
  const before = bytesRead();
  const { environment } = await describeProcess(row);
  expect(Math.max(readAtStart, bytesRead() - before)).toBeLessThan(256 << 20);
  expect(environment?.own?.isCut).toBe(true);
  expect(environment?.own?.variables[0]).toEqual({ key: 'FIRST', value: '1' });
  expect(environment?.own?.variables.length).toBeLessThanOrEqual(10_000);
});

test('a connection that no table knows can’t be passed off as a Unix socket', async () => {
  const child = await startInspected('forged');
  const table = readFileSync(`/proc/${child.pid}/net/unix`, 'latin1');
  const inode = /^1: 2 0 0 0001 03 (\d+) \/forged/m.exec(table)?.[1];
  const row = await rowOf(({ pid }) => pid === child.pid);
  // Tables that a busy machine can't read in time are left out, and read the next time.
  const told = await until(async () => {
    const answer = await filesOf(row);
    const known = answer.kind === 'read' ? answer.files : [];
    return known.some(({ socket }) => socket?.local === '@x') && known;
  });
  if (!told) throw new Error('its sockets are not told');
  const connection = told.find(({ target }) => target === `socket:[${inode}]`);
  expect(connection).toMatchObject({ type: 'socket', socket: undefined });
});

test.each([
  ['from before', () => headless],
  ['from later', startHeadless],
])('a process whose main thread has ended lives on: %s', async (_, find) => {
  const child = await find();
  const row = await rowOf(({ pid }) => pid === child.pid);
  expect(row.endedAt).toBeUndefined();
  expect(readStat(row.pid)?.hasEnded).toBe(false);
  const answer = await filesOf(row);
  expect(answer.kind === 'read' && answer.files.slice(0, 3).map(({ fd }) => fd)).toEqual([0, 1, 2]);
  const variables = await until(
    async () => (await describeProcess(row)).environment?.own?.variables,
  );
  expect(variables).toContainEqual({ key: 'PATH', value: process.env.PATH });
  agent.send({ type: 'signal', signal: 'SIGTERM', processes: [row] });
  expect(await until(() => child.signalCode)).toBe('SIGTERM');
  expect(await filesOf(row)).toEqual({ kind: 'gone' });
});
