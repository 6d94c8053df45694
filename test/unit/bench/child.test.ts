import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type Child, describeEnding, endChild, followChild } from '../../bench/child.ts';
import { until } from '../../driver/until.ts';

const started: Child[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill();
});

/** A shell in a process group of its own; resolves when it has said its first line, to that too. */
async function startShell(script: string): Promise<{ child: Child; line: string }> {
  const shell = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const child = followChild(shell);
  started.push(child);
  const [line] = await once(shell.stdout, 'data');
  return { child, line: String(line).trim() };
}

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('one that was killed long ago has ended: nobody waits for it', async () => {
  const { child } = await startShell('echo up; kill -SEGV $$');
  const ending = await child.ended;
  expect(ending).toEqual({ code: null, signal: 'SIGSEGV' });
  expect(child.ending()).toEqual(ending);
  expect(await endChild(child)).toEqual(ending);
});

test('one that ends when it is asked to is not killed', async () => {
  const { child } = await startShell('trap "exit 3" INT; echo up; while :; do sleep 0.01; done');
  expect(child.ending()).toBeUndefined();
  expect(await endChild(child, 'SIGINT')).toEqual({ code: 3, signal: null });
});

test('one that ignores the signal is killed after the limit, and what it started with it', async () => {
  const { child, line } = await startShell('trap "" TERM; sleep 1000 & echo $!; wait; wait');
  expect(isRunning(Number(line))).toBe(true);
  expect(await endChild(child, 'SIGTERM', 100)).toEqual({ code: null, signal: 'SIGKILL' });
  expect(await until(() => !isRunning(Number(line)))).toBe(true);
});

test('one that does not exist has ended before it began', async () => {
  const child = followChild(spawn('/no/such/program'));
  const ending = await endChild(child);
  expect(describeEnding(ending)).toBe('not started: spawn /no/such/program ENOENT');
});

test.each([
  [{ code: 1, signal: null }, 'exit code 1'],
  [{ code: null, signal: 'SIGKILL' as const }, 'killed by SIGKILL'],
  // A launcher tells of its program's end as a shell does.
  [{ code: 139, signal: null }, 'killed by SIGSEGV'],
])('an ending in words: %j', (ending, words) => {
  expect(describeEnding(ending)).toBe(words);
});
