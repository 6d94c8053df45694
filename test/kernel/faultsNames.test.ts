/** Paths as long as they can be, and longer; names that are no text. Needs root and clang. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import type { EventOf } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { watchAggregates } from '../driver/aggregates.ts';
import { startApp } from '../driver/app.ts';
import { openCgroups } from '../driver/cgroups.ts';
import { run } from '../driver/command.ts';
import { compileProgram } from '../driver/compile.ts';
import { type Headless, startHeadless } from '../driver/headless.ts';
import { until } from '../driver/until.ts';
import { untilRow } from '../screen/app/stream.ts';
import { policyOf } from './stage.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** The longest path that the kernel takes, its end included, is one byte longer (PATH_MAX). */
const LONGEST = 4095;

let shop: Workshop;
let trigon: Headless;
let elder: ChildProcess | undefined;

beforeAll(async () => {
  shop = openWorkshop();
  chmodSync(shop.folder, 0o755);
  const source = fileURLToPath(new URL('fixtures/deep.c', import.meta.url));
  compileProgram(source, shop.path('deep'));
  const spec = { kprobes: [{ call: 'sys_getppid', syscall: true }] };
  const policy = shop.file('policy.yaml', policyOf('of-names', spec));
  trigon = await startHeadless(shop.folder, ['--policy', policy, '--event-types', 'exec,exit']);
});
afterEach(() => {
  elder?.kill('SIGKILL');
  elder = undefined;
});
afterAll(async () => {
  await trigon?.stop();
  // By rm, step by step: a path to the innermost may be too long for the others.
  if (shop) execFileSync('rm', ['-rf', shop.folder]);
});

type Exec = EventOf<'process_exec'>;

/** Of a process that has ended: its execs, as `trigon events -o json` writes them. */
async function execsOf({ pid }: { pid: number }): Promise<Exec[]> {
  const own = () =>
    trigon.lines
      .filter((line) => line.includes(`"pid":${pid},`))
      .map(decodeEvent)
      .filter((event) => 'process' in event && event.process.pid === pid);
  const isOver = await until(() => own().some(({ kind }) => kind === 'process_exit'));
  expect(isOver).toBe(true);
  return own().filter((event) => event.kind === 'process_exec');
}

const lastExecOf = async (ended: { pid: number }): Promise<Exec['process']> => {
  const exec = (await execsOf(ended)).at(-1);
  if (!exec) throw new Error(`no exec of ${ended.pid} was told`);
  return exec.process;
};

describe('long paths', () => {
  test('a program at the longest path there can be', async () => {
    let path = shop.path('long');
    while (path.length < LONGEST - 200) path += `/${'d'.repeat(100)}`;
    path += `/${'p'.repeat(LONGEST - path.length - 1)}`;
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync('/bin/true', path);
    const process = await lastExecOf(await run(path, ['x'], { argv0: 'short' }));
    expect(process.binary).toBe(path);
    expect(process.flags).toBe('execve clone');
    expect(process.trigon?.argv).toEqual(['short', 'x']);
  });

  test('a program at a place that no path leads to: the end of its path, and whole arguments', async () => {
    mkdirSync(shop.path('nest'));
    const name = 'd'.repeat(50);
    const script = 'cp /bin/true here && exec ./here one "two three"';
    const ended = await run(shop.path('deep'), ['100', name, '/bin/sh', '-c', script], {
      cwd: shop.path('nest'),
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const process = await lastExecOf(ended);
    expect(process.binary.endsWith(`/${name}/here`)).toBe(true);
    expect(process.binary.length).toBeLessThanOrEqual(2 * LONGEST);
    expect(process.flags).toContain('errorPathResolutionCwd');
    expect(process.trigon?.argv).toEqual(['./here', 'one', 'two three']);
  });
});

/** Bytes that are no UTF-8: alone, cut off, and one that stands for nothing. */
const BYTES = Buffer.from([0xff, 0x41, 0xc3, 0x42, 0xfe, 0x80]);
const SHOWN = '\uFFFDA\uFFFDB\uFFFD\uFFFD';

/** A path in the workshop whose last name ends in those bytes. */
const inBytes = (...names: string[]): Buffer =>
  Buffer.concat([Buffer.from(`${shop.path(...names)}-`), BYTES]);
/** The bytes as a script of sh can say them. */
const ESCAPED = [...BYTES].map((byte) => `\\${byte.toString(8)}`).join('');

function isRemoved(folder: Buffer): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

describe('names that are no text', () => {
  test('of the program, its folder, an argument and the cgroup: lines of JSON all the same', async () => {
    mkdirSync(inBytes('folder'));
    const program = Buffer.concat([inBytes('folder'), Buffer.from('/run-'), BYTES]);
    copyFileSync('/bin/true', program);
    chmodSync(program, 0o755);
    const cgroups = openCgroups('names');
    const cgroup = Buffer.concat([Buffer.from(`${cgroups.make('of-bytes')}/inner-`), BYTES]);
    mkdirSync(cgroup);
    try {
      const bytes = `bytes=$(printf '${ESCAPED}')`;
      const ended = await run('/bin/sh', [
        '-c',
        `${bytes}; echo $$ > "$1/inner-$bytes/cgroup.procs"; cd "$0/folder-$bytes"; exec "./run-$bytes" "a-$bytes" after`,
        shop.folder,
        dirname(cgroup.toString('latin1')),
      ]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const process = await lastExecOf(ended);
      expect(process.cwd).toBe(shop.path(`folder-${SHOWN}`));
      expect(process.binary).toBe(shop.path(`folder-${SHOWN}`, `run-${SHOWN}`));
      expect(process.trigon?.argv).toEqual([`./run-${SHOWN}`, `a-${SHOWN}`, 'after']);
    } finally {
      await until(() => isRemoved(cgroup));
      await cgroups.remove();
    }
  });

  test('of a process that ran before, also one that is called like a line of /proc', async () => {
    const script = `printf ') Z 1 (${ESCAPED}' > /proc/$$/comm; echo is called so; read word`;
    const started = spawn('/bin/bash', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    elder = started;
    const { pid } = started;
    await new Promise((resolve) => started.stdout.once('data', resolve));
    expect(readFileSync(`/proc/${pid}/comm`, 'latin1')).toMatch(/^\) Z 1 \(\xff/);
    const seen = watchAggregates();
    const agent: AgentUnderTest = await startAgent({}, seen.onMessage);
    try {
      agent.send({ type: 'watch', topics: ['tree'] });
      const row = await until(() => [...seen.tree.values()].find((each) => each.pid === pid));
      expect(row).toMatchObject({ binary: expect.stringMatching(/bash$/), endedAt: undefined });
      expect(row?.parent).toMatch(new RegExp(`^${process.pid}:`));
    } finally {
      await agent.stop();
    }
  });

  test('on the screen, in the stream and in the tree', async () => {
    const program = inBytes('on-screen');
    copyFileSync(shop.victim, program);
    chmodSync(program, 0o755);
    const app = await startApp([], { columns: 200, rows: 40 });
    onTestFinished(() => app.kill('SIGKILL'));
    const isIt = (row: string) => row.includes(`on-screen-${SHOWN}`);
    const act = () =>
      run('/bin/sh', ['-c', `exec "$0-$(printf '${ESCAPED}')" none`, shop.path('on-screen')]);
    expect(await untilRow(app, isIt, act), app.shown()).toBeDefined();
    app.command('view.tree', 'row.filter');
    app.enter('on-screen');
    expect(await untilRow(app, isIt, act), app.shown()).toBeDefined();
    expect(await app.quit()).toBe(0);
  });
});
