/** The process sensor on the running kernel: needs root and clang. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseExecId } from '../../src/events/execId.ts';
import type { EventOf } from '../../src/events/types.ts';
import { type AgentUnderTest, startAgent } from '../driver/agent.ts';
import { type Ended, run } from '../driver/command.ts';
import { until } from '../driver/until.ts';
import { bpfObjectsOf, openWorkshop, type Workshop } from './workshop.ts';

type Exec = EventOf<'process_exec'>;
type Exit = EventOf<'process_exit'>;

let shop: Workshop;
let agent: AgentUnderTest;
/** Runs since before the agent, until its standard input is closed. */
let elder: ChildProcess;

beforeAll(async () => {
  shop = openWorkshop();
  chmodSync(shop.folder, 0o755);
  elder = spawn(shop.victim, ['wait', 'long', ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // The child is a copy of this process until its exec is over.
  await until(() => readFileSync(`/proc/${elder.pid}/cmdline`, 'latin1').includes('long'));
  agent = await startAgent();
});

afterAll(async () => {
  // In this order, so that a start that failed leaves nothing behind.
  shop.remove();
  elder.kill('SIGKILL');
  await agent.stop();
});

const execsOf = (pid: number): Exec[] =>
  agent.events.filter(
    (event): event is Exec => event.kind === 'process_exec' && event.process.pid === pid,
  );
const exitsOf = (pid: number): Exit[] =>
  agent.events.filter(
    (event): event is Exit => event.kind === 'process_exit' && event.process.pid === pid,
  );

/** The only exec and the only exit of a command that has been run; fails when there are more or less. */
async function lifeOf({ pid }: Ended): Promise<{ exec: Exec; exit: Exit }> {
  await agent.catchUp();
  const [execs, exits] = [execsOf(pid), exitsOf(pid)];
  expect(execs).toHaveLength(1);
  expect(exits).toHaveLength(1);
  const [exec, exit] = [execs[0], exits[0]];
  if (!exec || !exit) throw new Error('unreachable');
  expect(exit.process.execId).toBe(exec.process.execId);
  return { exec, exit };
}

describe('life and death', () => {
  test('200 commands: each exec and exit once, with arguments, user, parent, code or signal', async () => {
    const script = 'case $1 in s) kill -$2 $$ ;; *) exit $2 ;; esac';
    const signals = ['TERM', 'KILL', 'USR1', 'HUP'];
    const commands = Array.from({ length: 200 }, (_, i) =>
      i % 5 === 4 ? ['s', signals[((i / 5) % 4) | 0] ?? 'TERM'] : ['c', String(i)],
    );
    const ended: Ended[] = [];
    for (let i = 0; i < commands.length; i += 20)
      ended.push(
        ...(await Promise.all(
          commands
            .slice(i, i + 20)
            .map((args, at) => run('/bin/sh', ['-c', script, `no-${i + at}`, ...args])),
        )),
      );
    await agent.catchUp();
    expect(new Set(ended.map(({ pid }) => pid)).size).toBe(200);
    ended.forEach(({ pid, code, signal }, i) => {
      const [execs, exits] = [execsOf(pid), exitsOf(pid)];
      expect([pid, execs.length, exits.length]).toEqual([pid, 1, 1]);
      const process = execs[0]?.process;
      expect(process).toMatchObject({
        binary: '/bin/sh',
        uid: 0,
        flags: 'execve clone',
        trigon: { argv: ['/bin/sh', '-c', script, `no-${i}`, ...(commands[i] ?? [])] },
      });
      expect(process && parseExecId(process.parentExecId)?.pid).toBe(globalThis.process.pid);
      const exit = exits[0];
      expect(exit?.process.execId).toBe(process?.execId);
      expect(exit?.status).toBe(code ?? 0);
      expect(exit?.signal).toBe(signal ?? undefined);
      expect((exit?.time ?? 0n) >= (execs[0]?.time ?? 0n)).toBe(true);
    });
    const parents = new Set(ended.map(({ pid }) => execsOf(pid)[0]?.process.parentExecId));
    expect(parents.size).toBe(1);
  });

  test('exec ids link a child to its parent', async () => {
    const ended = await run('/bin/sh', ['-c', '/bin/true kid; exit 0', 'family']);
    const { exec } = await lifeOf(ended);
    const kid = await agent.waitForEvent(
      (event) =>
        event.kind === 'process_exec' &&
        event.process.arguments === 'kid' &&
        event.process.parentExecId === exec.process.execId,
    );
    expect(kid).toMatchObject({
      process: { binary: '/bin/true' },
      parent: { pid: ended.pid, binary: '/bin/sh' },
    });
  });

  test('a process that calls exec again: a second exec without "clone", one exit, of the last program', async () => {
    const { pid } = await run('/bin/sh', ['-c', 'exec /bin/true second']);
    await agent.catchUp();
    expect(execsOf(pid).map(({ process }) => [process.binary, process.flags])).toEqual([
      ['/bin/sh', 'execve clone'],
      ['/bin/true', 'execve'],
    ]);
    expect(new Set(execsOf(pid).map(({ process }) => process.execId)).size).toBe(2);
    expect(exitsOf(pid).map(({ process }) => [process.binary, process.arguments])).toEqual([
      ['/bin/true', 'second'],
    ]);
  });

  test('a child that never calls exec: its exit has the program of its parent', async () => {
    const ended = await run('/bin/sh', ['-c', '( exit 7 ); exit 0', 'forker']);
    const { exec } = await lifeOf(ended);
    const exit = await agent.waitForEvent(
      (event) =>
        event.kind === 'process_exit' && event.process.parentExecId === exec.process.execId,
    );
    expect(exit).toMatchObject({
      status: 7,
      process: { binary: '/bin/sh', flags: 'execve', arguments: exec.process.arguments },
    });
    expect(execsOf(('process' in exit && exit.process.pid) || 0)).toEqual([]);
  });

  test('a thread other than the first calls exec: one process goes on under the old number', async () => {
    const { pid } = await shop.access('thread-exec', '/bin/true', 'from a thread');
    await agent.catchUp();
    expect(execsOf(pid).map(({ process }) => [process.binary, process.tid])).toEqual([
      [shop.victim, pid],
      ['/bin/true', pid],
    ]);
    expect(exitsOf(pid).map(({ process, status }) => [process.binary, status])).toEqual([
      ['/bin/true', 0],
    ]);
  });

  test('a process that ran before the agent', async () => {
    elder.stdin?.end();
    const exit = await agent.waitForEvent(
      (event) => event.kind === 'process_exit' && event.process.pid === elder.pid,
    );
    expect(exit).toMatchObject({
      status: 0,
      process: {
        binary: shop.victim,
        flags: 'procFS',
        uid: 0,
        cwd: process.cwd(),
        trigon: { argv: [shop.victim, 'wait', 'long', ''] },
      },
    });
  });
});

describe('what an exec event says', () => {
  test.each([
    ['new lines and escape sequences', ['a\nb', '\x1b[31mred\x1b]0;t\x07', '\r\t\b']],
    ['empty arguments', ['', 'x', '', '']],
    ['spaces and quotes', [' a  b ', '"', "'", '\\', '"a" \'b\'']],
    ['300 arguments', Array.from({ length: 300 }, (_, i) => `${i}`)],
    ['other scripts', ['日本語', '🚀', 'e\u0301', '\u202e']],
  ])('%s stay apart', async (_, args) => {
    const { exec, exit } = await lifeOf(await run('/bin/true', args));
    expect(exec.process.trigon?.argv).toEqual(['/bin/true', ...args]);
    expect(exit.process.trigon?.argv).toEqual(['/bin/true', ...args]);
  });

  test('bytes that are no UTF-8 do not shift the others', async () => {
    const ended = await run('/bin/sh', ['-c', 'exec /bin/true "$(printf \'\\377\\300a\')" after']);
    await agent.catchUp();
    const argv = execsOf(ended.pid)[1]?.process.trigon?.argv;
    expect(argv).toHaveLength(3);
    expect(argv?.[1]).toMatch(/^[^a]+a$/);
    expect(argv?.[2]).toBe('after');
  });

  test('arguments beyond the limit are cut, and the event says so', async () => {
    const { exec } = await lifeOf(await run('/bin/true', ['x'.repeat(5000), 'y'.repeat(5000)]));
    expect(exec.process.flags).toBe('execve truncArgs clone');
    expect(exec.process.trigon?.argv?.map((text) => text.length)).toEqual([
      9,
      5000,
      8192 - 10 - 5001,
    ]);
  });

  test('argv[0] and the file name are two things', async () => {
    const { exec } = await lifeOf(await run('/bin/true', ['x'], { argv0: 'disguise' }));
    expect(exec.process).toMatchObject({
      binary: '/bin/true',
      arguments: 'x',
      trigon: { argv: ['disguise', 'x'] },
    });
  });

  test('a relative file name becomes absolute with the cwd', async () => {
    mkdirSync(shop.path('sub'), { recursive: true });
    copyFileSync('/bin/true', shop.path('mine'));
    chmodSync(shop.path('mine'), 0o755);
    const { exec } = await lifeOf(await run('../mine', [], { cwd: shop.path('sub') }));
    expect(exec.process).toMatchObject({
      binary: shop.path('mine'),
      cwd: shop.path('sub'),
      trigon: { argv: ['../mine'] },
    });
    const root = await lifeOf(await run('bin/true', [], { cwd: '/' }));
    expect(root.exec.process).toMatchObject({
      binary: '/bin/true',
      cwd: '/',
      flags: 'execve rootcwd clone',
    });
  });

  test('a script is named by itself, its arguments begin with the interpreter', async () => {
    const script = shop.file('script', '#!/bin/sh -e\nexit 3\n');
    chmodSync(script, 0o755);
    const { exec, exit } = await lifeOf(await run(script, ['one', 'two words']));
    expect(exec.process).toMatchObject({
      binary: script,
      trigon: { argv: ['/bin/sh', '-e', script, 'one', 'two words'] },
    });
    expect(exit.status).toBe(3);
  });

  test('a failed exec makes no exec event', async () => {
    const script = shop.file('broken', 'not a program');
    const ended = await run('/bin/sh', [
      '-c',
      `${shop.path('missing')} 2>/dev/null; exec ${script}.none 2>/dev/null`,
    ]);
    await agent.catchUp();
    expect(execsOf(ended.pid)).toHaveLength(1);
    expect(ended.code).toBe(127);
  });

  test('the user is the one who executes', async () => {
    const { exec, exit } = await lifeOf(
      await run('/bin/true', ['nobody'], { uid: 65534, gid: 65534 }),
    );
    expect(exec.process.uid).toBe(65534);
    expect(exit.process.uid).toBe(65534);
  });

  test('the container comes from the cgroup', async () => {
    const mount = readFileSync('/proc/mounts', 'latin1')
      .split('\n')
      .map((line) => line.split(' '))
      .find((fields) => fields[2] === 'cgroup2')?.[1];
    if (!mount) throw new Error('no cgroup v2 mount');
    const id = Array.from({ length: 64 }, (_, i) => ((i * 7 + process.pid) % 16).toString(16)).join(
      '',
    );
    const cgroup = join(mount, `docker-${id}.scope`);
    mkdirSync(cgroup);
    try {
      const ended = await run('/bin/sh', [
        '-c',
        `echo $$ > ${cgroup}/cgroup.procs && exec /bin/true contained`,
      ]);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      await agent.catchUp();
      const [outside, inside] = execsOf(ended.pid);
      expect(outside?.process.docker).toBeUndefined();
      expect(inside?.process.docker).toBe(id.slice(0, 31));
      expect(inside?.process.trigon?.runtime).toBe('docker');
      expect(exitsOf(ended.pid)[0]?.process.docker).toBe(id.slice(0, 31));
    } finally {
      // The kernel lets go of the last process a moment after its exit.
      const removed = await until(() => {
        try {
          rmdirSync(cgroup);
          return true;
        } catch {
          return false;
        }
      });
      expect(removed).toBe(true);
    }
  });

  test('a program that is removed while it runs', async () => {
    const program = shop.path('gone');
    copyFileSync('/bin/sh', program);
    chmodSync(program, 0o755);
    const { exec, exit } = await lifeOf(await run(program, ['-c', `rm ${program}; exit 4`]));
    expect(exec.process.binary).toBe(program);
    expect(exit).toMatchObject({ status: 4, process: { binary: program } });
  });
});

describe('an agent of its own', () => {
  test('leaves nothing in the kernel, and lost nothing', async () => {
    const before = new Set(bpfObjectsOf('self'));
    const second = await startAgent();
    const made = bpfObjectsOf('self').filter((name) => !before.has(name));
    for (const kind of ['prog', 'map', 'link'])
      expect(made.some((name) => name.startsWith(kind))).toBe(true);
    const alive = async () => (await shop.access('alive', ...made)).stdout;
    expect(
      (await alive())
        .trim()
        .split('\n')
        .filter((line) => line.includes(':')),
    ).toEqual(made);
    await second.catchUp();
    expect(Object.values(await second.stop())).toSatisfy((counts: number[]) =>
      counts.every((count) => count === 0),
    );
    expect(bpfObjectsOf('self').filter((name) => made.includes(name))).toEqual([]);
    // The kernel frees maps and programs after a grace period.
    expect(await until(async () => (await alive()) === '')).toBe(true);
  });

  test('long arguments of a process that ran before are marked as cut', async () => {
    const late = spawn(shop.victim, ['wait', 'z'.repeat(9000)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await until(() => readFileSync(`/proc/${late.pid}/cmdline`, 'latin1').includes('zzz'));
    const second = await startAgent();
    late.stdin.end();
    const exit = await second.waitForEvent(
      (event) => event.kind === 'process_exit' && event.process.pid === late.pid,
    );
    await second.stop();
    expect(exit).toMatchObject({ process: { flags: 'procFS truncArgs' } });
  });

  test('a ring too small for a burst: what is missing is counted', async () => {
    const second = await startAgent({ ringBytes: 4096 });
    execFileSync('/bin/sh', ['-c', 'i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done']);
    const lost = await second.stop();
    const seen = second.events.filter(
      (event) => event.kind === 'process_exec' && event.process.binary === '/bin/true',
    );
    expect(seen.length + lost.processRing).toBeGreaterThanOrEqual(200);
  });
});
