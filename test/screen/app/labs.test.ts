/** A lab from its first step to its last, by keys only; its attacks are real, and so is their end. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type AppSession, LAUNCHER, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { until } from '../../driver/until.ts';

let app: AppSession;
afterEach(() => app.kill('SIGKILL'));

const step = (number: number) => app.waitForText(`step ${number}/10`);

/** Runs the attack and waits for what becomes of it; then goes on. */
async function attack(...shows: string[]): Promise<void> {
  app.command('lab.next');
  for (const text of shows) await app.waitForText(text);
  app.command('lab.next');
}

async function armSelected(name: string): Promise<void> {
  app.command('policy.arm');
  // The agent is asked first what it would do.
  await app.waitForText('SIGKILL any program');
  for (const page of [1, 2, 3]) {
    await app.waitForText(`${page} of 4`);
    app.press('enter');
  }
  await app.waitForText('4 of 4');
  app.enter(name);
  await app.waitFor((screen) => (screen[0] ?? '').includes('1 ARMED'));
}

describe('trigon lab recon', () => {
  test('is played to its end', async () => {
    app = await startApp(['lab', 'recon'], { columns: 140, rows: 40 });
    await app.waitForText('Looking around');
    await step(1);
    app.command('lab.next');
    await step(2);
    await attack('did all it wanted', 'Done.');
    await step(3);

    app.command('lab.next');
    await app.waitForText('That one tells of connections');
    app.command('lab.hint');
    await app.waitForText('Hint 1');
    app.command('lab.choose', 'lab.next');
    await app.waitForText('Yes: it tells');
    app.command('lab.next');

    await step(4);
    await app.waitForText('lab-account-files in monitor');
    app.command('lab.next');
    await step(4);
    app.command('view.policies');
    await app.waitForText('lab-etc-writes');
    app.command('policy.toggle');
    await app.waitForText('Done.');
    app.command('lab.next');
    await step(5);
    await attack('Seen by lab-account-files', 'did all it wanted');
    await step(6);
    app.command('lab.next');

    await step(7);
    await armSelected('lab-account-files');
    await app.waitForText('Done.');
    app.command('lab.next');
    await step(8);
    await attack('was killed by SIGKILL', 'Seen by lab-account-files');
    await step(9);
    await app.waitForText('nothing armed');
    app.command('policy.disarmAll');
    await app.waitForText('Done.');
    app.command('lab.next');
    await step(10);
    app.command('lab.next');
    await app.waitForText('That was the lab');
    expect(await app.quit()).toBe(0);
    expect(app.bufferType()).toBe('normal');
  });

  test('the same attack can be run again, and the view keeps its keys', async () => {
    app = await startApp(['lab', 'recon'], { columns: 140, rows: 40 });
    app.command('lab.next', 'lab.next');
    await app.waitForText('did all it wanted');
    app.command('lab.again');
    await app.waitForText('did all it wanted');
    app.command('app.help');
    await app.waitForText('The first minute');
    await app.waitForText('step 2/10');
    app.command('app.back', 'view.tree');
    await app.waitForText('fold all');
    expect(await app.quit()).toBe(0);
  });

  test.each([
    [80, 24],
    [60, 15],
  ])('at %i×%i the narrator stands below the view', async (columns, rows) => {
    app = await startApp(['lab', 'recon'], { columns, rows });
    await step(1);
    const screen = app.screen();
    const head = screen.findIndex((line) => line.includes('step 1/10'));
    expect(head).toBeGreaterThan(screen.findIndex((line) => line.includes('Stream')) + 3);
    expect(screen.some((line) => line.includes('n go on'))).toBe(true);
    // The end of the text is a few keys away.
    for (let i = 0; i < 8; i++) app.command('lab.down');
    await app.waitForText('events only');
  });
});

test('killed in the middle of an attack, it leaves nothing of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trigon-lab-test-'));
  try {
    const file = join(folder, 'slow.yaml');
    writeFileSync(file, SLOW);
    app = await startApp(['lab', file], { columns: 120, rows: 30 });
    await app.waitForText('step 1/1');
    app.command('lab.next');
    const pid = app.appPid();
    expect(await until(() => runsSleeper(pid))).toBe(true);
    process.kill(pid, 'SIGKILL');
    expect(await until(() => !runsSleeper(pid))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The attack's program lies below a folder with the number of the program that runs the lab. */
const runsSleeper = (pid: number): boolean =>
  readdirSync('/proc').some((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(
        `/tmp/trigon-lab-${pid}/sleeper`,
      );
    } catch {
      return false; // no process, or it has ended
    }
  });

const SLOW = `apiVersion: trigon/v1
kind: Lab
name: slow
title: An attack that takes its time
level: beginner
minutes: 1
scripts:
  attack: |
    as \${LAB}/sleeper
    rest 9
steps:
  - run: attack
`;

test('without a lab its keys mean what they mean elsewhere, and its commands say why they can’t be run', async () => {
  app = await startApp([], { columns: 120, rows: 30 });
  app.command('lab.next');
  await app.waitForText('find:');
  app.command('app.back');
  await app.waitForNoText('find:');
  app.command('app.help');
  await app.waitForText('letters narrow the list');
  app.type('run the attack again');
  await app.waitForText('(in a lab only)');
  app.press('enter');
  await app.waitForText('not done: in a lab only');
  app.command('app.back', 'app.back');
  await app.waitForNoText('letters narrow the list');
  expect(await app.quit()).toBe(0);
});

test('without a terminal there is no lab', async () => {
  const { code, stderr } = await run(process.execPath, [LAUNCHER, 'lab', 'recon']);
  expect(code).toBe(1);
  expect(stderr).toContain('not a terminal');
});
