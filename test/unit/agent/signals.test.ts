import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { JournalEntry } from '../../../src/agent/journal.ts';
import type { ProcessEntry } from '../../../src/agent/processTable.ts';
import { readStat } from '../../../src/agent/procfs.ts';
import { createHandSignals } from '../../../src/agent/signals.ts';
import type { Process } from '../../../src/events/types.ts';
import { until } from '../../driver/until.ts';
import { createWorld } from './world.ts';

let children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});

const NS_PER_TICK = 10_000_000n;

/** A process of the test's own, as the table would have it. */
function startSleep(): { child: ChildProcess; entry: ProcessEntry } {
  const child = spawn('/bin/sleep', ['1000'], { detached: true, stdio: 'ignore' });
  children.push(child);
  const pid = child.pid ?? 0;
  const start = BigInt(readStat(pid)?.startTicks ?? 0) * NS_PER_TICK + 5n;
  const world = createWorld({});
  world.old(pid, 1, '/bin/sleep', start);
  const entry = world.table.findLive(pid);
  if (!entry) throw new Error('no entry');
  return { child, entry };
}

type Change = { readOnly?: boolean; binary?: string };

function optionsOf(
  journal: JournalEntry[],
  { readOnly = false, binary = '/bin/sleep' }: Change = {},
) {
  const process: Process = {
    ...{
      execId: '',
      pid: 0,
      uid: 0,
      cwd: '',
      binary,
      arguments: '1000',
      flags: '',
      parentExecId: '',
    },
  };
  return {
    read: () => process,
    bootToWall: () => 0n,
    own: () => [globalThis.process.pid],
    readOnly,
    onJournal: (entry: JournalEntry) => void journal.push(entry),
  };
}

function setUp(entries: readonly ProcessEntry[], change: Change = {}) {
  const journal: JournalEntry[] = [];
  const live = new Map(entries.map((entry) => [entry.tgid, entry]));
  const find = (pid: number) => live.get(pid);
  const signals = createHandSignals({
    ...optionsOf(journal, change),
    table: { find, findLive: find },
  });
  return { signals, journal, live };
}

const ROOT = { user: 'root' };
const refOf = ({ tgid, ktime }: ProcessEntry) => ({ pid: tgid, ktime });
const ended = (child: ChildProcess) => until(() => child.signalCode);

test('a signal arrives, and is written down with who sent it', async () => {
  const { child, entry } = startSleep();
  const { signals, journal } = setUp([entry]);
  expect(signals.find(refOf(entry)).refusal).toBeUndefined();
  expect(signals.send('SIGTERM', [refOf(entry)], ROOT)).toEqual({
    level: 'info',
    text: `SIGTERM sent to sleep (${child.pid})`,
  });
  expect(await ended(child)).toBe('SIGTERM');
  expect(journal).toMatchObject([
    { action: 'signalled', detail: `SIGTERM to ${child.pid}, /bin/sleep`, by: { user: 'root' } },
  ]);
});

test('the number is another process’s now: that one is not hit', () => {
  const { child, entry } = startSleep();
  const before = { ...entry, start: entry.start - 3n * NS_PER_TICK };
  const { signals, journal } = setUp([before]);
  expect(signals.send('SIGKILL', [refOf(before)], ROOT)).toEqual({
    level: 'warning',
    text: `SIGKILL not sent to sleep (${child.pid}): it has ended, and another process has its number now`,
  });
  expect(journal).toEqual([]);
  expect(readStat(child.pid ?? 0)?.hasEnded).toBe(false);
});

test('one that has ended, and that the table doesn’t know yet', async () => {
  const { child, entry } = startSleep();
  child.kill('SIGKILL');
  await ended(child);
  expect(setUp([entry]).signals.send('SIGTERM', [refOf(entry)], ROOT).text).toContain(
    'it has ended',
  );
});

test('one that the table has as ended, as replaced by another of its number, or does not know', () => {
  const { entry } = startSleep();
  const { signals, live } = setUp([entry]);
  const other = { ...entry, start: entry.start + 100n * NS_PER_TICK };
  const isLive = (now: ProcessEntry | undefined) =>
    createHandSignals({ ...optionsOf([]), table: { find: () => entry, findLive: () => now } });
  expect(isLive(undefined).find(refOf(entry)).refusal).toBe('it has ended');
  expect(isLive(other).find(refOf(entry)).refusal).toBe('it has ended');
  expect(isLive(entry).find(refOf(entry)).refusal).toBeUndefined();
  live.clear();
  expect(signals.find(refOf(entry)).refusal).toContain('not known');
});

test('refused: the first process, ourselves, whom we run below, everything when read-only', () => {
  const world = createWorld({});
  for (const pid of [1, process.pid, process.ppid]) {
    const start = BigInt(readStat(pid)?.startTicks ?? 0) * NS_PER_TICK;
    world.old(pid, 0, '/x', start);
  }
  world.old(2, 0);
  const entries = world.table.listLive();
  const { signals, journal } = setUp(entries);
  const refusal = (pid: number) => signals.find({ pid, ktime: 0n }).refusal;
  expect(refusal(1)).toContain('first process');
  expect(refusal(2)).toContain('kernel thread');
  expect(refusal(process.pid)).toContain('Trigon itself');
  expect(refusal(process.ppid)).toMatch(/first process|Trigon runs below it/);
  // Whoever skips the question is refused as well. SIGCONT, in case one of them is not.
  const all = entries.map(refOf);
  expect(signals.send('SIGCONT', all, ROOT)).toMatchObject({ level: 'warning' });
  expect(journal).toEqual([]);
  const { entry } = startSleep();
  const readOnly = setUp([entry], { readOnly: true });
  expect(readOnly.signals.find(refOf(entry)).refusal).toContain('--read-only');
  expect(readOnly.signals.send('SIGTERM', [refOf(entry)], ROOT).level).toBe('warning');
});

test('several at once: how many got it, and why one did not', async () => {
  const [one, two] = [startSleep(), startSleep()];
  const { signals, journal } = setUp([one.entry, two.entry]);
  const gone = { pid: 4_000_000, ktime: 5n };
  expect(signals.send('SIGTERM', [refOf(one.entry), gone, refOf(two.entry)], ROOT)).toEqual({
    level: 'warning',
    text: 'SIGTERM sent to 2 processes, not to 1: pid 4000000: this process is not known any more',
  });
  expect(await ended(one.child)).toBe('SIGTERM');
  expect(await ended(two.child)).toBe('SIGTERM');
  expect(journal.length).toBe(2);
});

test('hostile names are escaped, in the notice and in the journal', () => {
  const { entry } = startSleep();
  const { signals, journal } = setUp([entry], { binary: '/tmp/a\x1b]0;x\x07\nb' });
  const { text } = signals.send('SIGCONT', [refOf(entry)], ROOT);
  expect(text).toMatch(/^[ -~]*$/);
  expect(journal[0]?.detail).toMatch(/^[ -~]*$/);
});

test('more than a thousand at once: none is hit, and that is said', async () => {
  const { child, entry } = startSleep();
  const { signals, journal } = setUp([entry]);
  const all = Array.from({ length: 1001 }, () => refOf(entry));
  expect(signals.send('SIGKILL', all, ROOT)).toEqual({
    level: 'warning',
    text: 'SIGKILL sent to nobody: 1001 processes are more than 1000, the most at once',
  });
  expect(journal).toEqual([]);
  expect(signals.send('SIGTERM', all.slice(0, 1), ROOT).level).toBe('info');
  expect(await ended(child)).toBe('SIGTERM');
});

/** While this process can open no file. */
function withoutDescriptors(action: () => void): void {
  const limits = execFileSync('prlimit', ['--nofile', '--noheadings', '--raw', '-o', 'SOFT,HARD'], {
    encoding: 'utf8',
  });
  const [soft, hard] = limits.trim().split(/\s+/);
  const limit = (most: number | string | undefined) =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${most}:${hard}`]);
  limit(Math.max(...readdirSync('/proc/self/fd').map(Number)) + 50);
  const fds: number[] = [];
  try {
    expect(() => {
      for (;;) fds.push(openSync('/dev/null', 'r'));
    }).toThrow('EMFILE');
    action();
  } finally {
    fds.forEach(closeSync);
    limit(soft);
  }
}

test('when /proc can’t be read nobody is hit, since nobody knows whom to spare', () => {
  const { entry } = startSleep();
  const { signals, journal } = setUp([entry]);
  withoutDescriptors(() => {
    expect(signals.find(refOf(entry)).refusal).toMatch(/\/proc: EMFILE/);
    expect(signals.send('SIGKILL', [refOf(entry)], ROOT)).toMatchObject({
      level: 'warning',
      text: expect.stringContaining('EMFILE'),
    });
  });
  expect(journal).toEqual([]);
  expect(readStat(entry.tgid)?.hasEnded).toBe(false);
});
