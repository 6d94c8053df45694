import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../driver/until.ts';

const MODULE = fileURLToPath(new URL('../../bench/interrupt.ts', import.meta.url));

/**
 * As the benchmarks: a program that ends when it is asked to; one whose child outlives it; and a folder. It prints the numbers of
 * them. With `stubborn` a program that only SIGKILL ends.
 */
const SCRIPT = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { endInOrder } from ${JSON.stringify(MODULE)};
const [folder, kind] = process.argv.slice(2);
endInOrder(() => rmSync(folder, { recursive: true, force: true }), (text) => console.error(text));
const scripts = ['echo $$; exec sleep 1000', 'setsid sleep 1000 & echo $!; wait'];
if (kind === 'stubborn') scripts.push('trap "" TERM; echo $$; while :; do sleep 0.05; done');
for (const script of scripts) {
  const child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  process.stdout.write(String((await once(child.stdout, 'data'))[0]));
}
process.stdout.write('ready\\n');
if (kind === 'throws') throw new Error('of the benchmarks');
setInterval(() => {}, 1000);
`;

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

let pids: number[] = [];
let folder = '';
afterEach(() => {
  for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(kind = ''): Promise<ChildProcess> {
  folder = mkdtempSync(join(tmpdir(), 'trigon-interrupt-'));
  const child = spawn(process.execPath, ['--input-type=module', '-', folder, kind], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stdin.end(SCRIPT);
  await until(() => output.includes('ready') || child.exitCode !== null);
  pids = output
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
  expect(pids.length).toBeGreaterThan(1);
  return child;
}

async function expectNothingLeft(): Promise<void> {
  expect(existsSync(folder)).toBe(false);
  expect(await until(() => !pids.some(isRunning))).toBe(true);
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  '%s ends what was started, also what has lost its parent, and removes the folder',
  async (signal, code) => {
    const child = await start();
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([code, null]);
    await expectNothingLeft();
  },
);

test('a second signal ends at once what does not end', async () => {
  const child = await start('stubborn');
  child.kill('SIGINT');
  await until(() => !isRunning(pids[0] ?? 0));
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([130, null]);
  await expectNothingLeft();
});

test('an exception leaves as little behind', async () => {
  const child = await start('throws');
  if (child.exitCode === null) await once(child, 'close');
  expect(child.exitCode).toBe(1);
  await expectNothingLeft();
});
