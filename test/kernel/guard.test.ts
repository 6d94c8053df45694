/**
 * Whom no action may hit: the very function that every action asks (bpf/guard.h), asked about every process of this machine, with
 * the list that the agent makes. Nothing is done to anybody. Needs root, clang and tmux.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createBeats } from '../../src/agent/beats.ts';
import { type BpfObject, openObject } from '../../src/agent/bpf/addon.ts';
import { readU32, u32, u64 } from '../../src/agent/bytes.ts';
import { listPids, readExe, readStat } from '../../src/agent/procfs.ts';
import { createSafety } from '../../src/agent/safety.ts';
import { compileBpf } from '../driver/compile.ts';
import { type PtySession, startPty } from '../driver/pty.ts';
import { until } from '../driver/until.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

const fixture = fileURLToPath(new URL('fixtures/guard.bpf.c', import.meta.url));
/** struct verdict of the fixture. */
const VERDICT = { size: 12, pid: 0, isKernelThread: 4, isProtected: 8 } as const;

const NOBODY = 65_534;

let shop: Workshop;
let object: BpfObject;
let bystanders: ChildProcess[] = [];
let terminals: PtySession[] = [];

beforeAll(() => {
  shop = openWorkshop();
  const compiled = shop.path('guard.bpf.o');
  compileBpf(fixture, compiled);
  object = openObject(readFileSync(compiled), 'guard');
  object.setMaxEntries('records', 4096);
  object.load();
});
afterEach(() => {
  for (const child of bystanders) child.kill('SIGKILL');
  for (const terminal of terminals) terminal.kill('SIGKILL');
  bystanders = [];
  terminals = [];
});
afterAll(() => {
  object.close();
  shop.remove();
});

type Verdict = { isKernelThread: boolean; isProtected: boolean };

/** What the guard says of each process. */
function askGuard(): Map<number, Verdict> {
  const bytes = object.readIterator('ask_guard');
  const verdicts = new Map<number, Verdict>();
  for (let at = 0; at + VERDICT.size <= bytes.length; at += VERDICT.size) {
    const read = (field: number) => readU32(bytes.subarray(at + field));
    verdicts.set(read(VERDICT.pid), {
      isKernelThread: read(VERDICT.isKernelThread) !== 0,
      isProtected: read(VERDICT.isProtected) !== 0,
    });
  }
  return verdicts;
}

/** Lets the agent's own code say who is protected, when these are its processes. */
const protect = (...own: number[]) =>
  createSafety(
    { sharedMap: object.map, readTerminals: () => object.readIterator('list_terminals') },
    () => own,
    createBeats(),
  ).protect();

const isProtected = (pid: number): boolean | undefined => askGuard().get(pid)?.isProtected;

/** A process in a session of its own that does nothing. */
async function startBystander(): Promise<number> {
  const child = spawn(shop.victim, ['wait'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  bystanders.push(child);
  const pid = child.pid ?? 0;
  await until(() => readExe(pid) === shop.victim);
  return pid;
}

function ancestorsOf(pid: number): number[] {
  const parent = readStat(pid)?.parent ?? 0;
  return parent > 0 ? [parent, ...ancestorsOf(parent)] : [];
}

test('the agent, its guardian and all their ancestors; a bystander is not', async () => {
  const [guardian, bystander] = [await startBystander(), await startBystander()];
  protect(process.pid, guardian);
  const verdicts = askGuard();
  expect(ancestorsOf(process.pid).length).toBeGreaterThan(1);
  for (const pid of [process.pid, guardian, ...ancestorsOf(process.pid), ...ancestorsOf(guardian)])
    expect([pid, verdicts.get(pid)?.isProtected]).toEqual([pid, true]);
  expect(verdicts.get(bystander)).toEqual({ isKernelThread: false, isProtected: false });
  // A process that is no longer one of ours is no longer spared.
  protect(process.pid);
  expect([isProtected(guardian), isProtected(process.pid)]).toEqual([false, true]);
});

test('PID 1 and all kernel threads, whatever the list says', () => {
  for (const { key } of object.map('protected_processes').entries())
    object.map('protected_processes').delete(key);
  const verdicts = askGuard();
  const kernelThreads = [...verdicts].filter(([, { isKernelThread }]) => isKernelThread);
  expect(kernelThreads.length).toBeGreaterThan(0);
  expect(kernelThreads.filter(([, verdict]) => !verdict.isProtected)).toEqual([]);
  // PF_KTHREAD as /proc tells it.
  for (const [pid] of kernelThreads) expect([pid, readExe(pid)]).toEqual([pid, '']);
  expect(verdicts.get(1)?.isProtected).toBe(true);
  const spared = [...verdicts].filter(
    ([pid, verdict]) => pid > 1 && !verdict.isKernelThread && verdict.isProtected,
  );
  expect(spared).toEqual([]);
});

test('a process that took the number of a protected one is not', async () => {
  const bystander = await startBystander();
  const ticks = BigInt(readStat(bystander)?.startTicks ?? 0);
  const list = object.map('protected_processes');
  list.set(u32(bystander), u64(ticks));
  expect(isProtected(bystander)).toBe(true);
  for (const other of [ticks - 1n, ticks + 1n, 0n]) {
    list.set(u32(bystander), u64(other));
    expect([other, isProtected(bystander)]).toEqual([other, false]);
  }
});

test('what runs on the terminal of the agent, from its first moment on; what has left it is not', async () => {
  const shell = startPty('/bin/sh', ['-c', 'read word; sleep 60 & setsid sleep 60 & wait']);
  terminals.push(shell);
  await until(() => (readStat(shell.pid)?.tty ?? 0) !== 0);
  protect(process.pid, shell.pid);
  // Started after the agent has looked around.
  shell.type('\n');
  const started = await until(() => {
    const pids = listPids().filter(
      (pid) => readStat(pid)?.parent === shell.pid && readExe(pid).endsWith('/sleep'),
    );
    return pids.length === 2 ? pids : undefined;
  });
  const ttys = new Map(started?.map((pid) => [pid, readStat(pid)?.tty ?? 0]));
  const verdictsNow = () => {
    const verdicts = askGuard();
    return [...ttys].map(([pid, tty]) => [tty !== 0, verdicts.get(pid)?.isProtected]).sort();
  };
  const during = verdictsNow();
  // The agent is elsewhere now.
  protect(process.pid);
  const after = verdictsNow();
  for (const pid of ttys.keys()) process.kill(pid, 'SIGKILL');
  expect(during).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(after).toEqual([
    [false, false],
    [true, false],
  ]);
});

test('the tmux that the agent runs in: its server, its client on another terminal, and who started that', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tgtmux-'));
  const socket = join(folder, 'socket');
  let stranger = 0;
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', socket, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // A shell on a terminal starts the client, as sshd's would; the server leaves them and belongs to nobody.
    const command = `tmux -S ${socket} -f /dev/null new-session ${shop.victim} wait; true`;
    const shell = startPty('/bin/sh', ['-c', command]);
    terminals.push(shell);
    const numberOf = (format: string) => () => {
      try {
        return Number(tmux('display-message', '-p', '-t', '0', format));
      } catch {
        return 0; // not up yet
      }
    };
    const inPane = (await until(numberOf('#{pane_pid}'))) ?? 0;
    const client = (await until(() => Number(tmux('list-clients', '-F', '#{client_pid}')))) ?? 0;
    const server = numberOf('#{pid}')();
    expect(ancestorsOf(inPane)).toContain(server);
    expect(ancestorsOf(inPane)).not.toContain(client);
    expect(ancestorsOf(client)).toContain(shell.pid);
    const bystander = await startBystander();
    // Anybody can run tmux, and have it do what they like.
    const strangers = join(folder, 'stranger');
    mkdirSync(strangers);
    chmodSync(folder, 0o711);
    chownSync(strangers, NOBODY, NOBODY);
    stranger = Number(
      execFileSync(
        'tmux',
        [
          ...['-S', join(strangers, 'socket'), '-f', '/dev/null', 'new-session', '-d', '-P'],
          ...['-F', '#{pid}', 'sleep 600'],
        ],
        {
          uid: NOBODY,
          gid: NOBODY,
          cwd: '/',
          env: { PATH: process.env.PATH, SHELL: '/bin/sh' },
          encoding: 'utf8',
        },
      ),
    );
    expect(readExe(stranger)).toBe(readExe(server));
    const verdictsOf = (...pids: number[]) => {
      const verdicts = askGuard();
      return pids.map((pid) => verdicts.get(pid)?.isProtected);
    };
    // As long as the agent is not in it, it is a program like any other, but for what the agent runs in itself.
    const before = verdictsOf(inPane, server);
    expect(before).toEqual([false, false]);
    protect(process.pid, inPane);
    expect(verdictsOf(inPane, server, client, shell.pid, bystander, stranger)).toEqual([
      ...[true, true, true, true],
      ...[false, false],
    ]);
  } finally {
    if (readExe(stranger).endsWith('tmux')) process.kill(stranger, 'SIGKILL');
    try {
      tmux('kill-server');
    } catch {
      // It ended with its only program.
    }
    rmSync(folder, { recursive: true, force: true });
  }
});
