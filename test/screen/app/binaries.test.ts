/** Counters of real programs, and their order by keys. Needs root and a built dist/. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';
import { LIMIT_MS, until } from '../../driver/until.ts';
import { createTarget, type Target } from './target.ts';

let target: Target;
let folder: string;
let app: AppSession;

beforeAll(async () => {
  target = createTarget();
  folder = mkdtempSync(join(tmpdir(), 'tgbin-'));
  // High enough for all programs of a busy machine: the tests look at rows, and don't scroll for them.
  app = await startApp(['--policy', target.policy], { columns: 160, rows: 400 });
  app.command('view.binaries');
  await app.waitForText('Binary');
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  target.remove();
  rmSync(folder, { recursive: true, force: true });
});

const patient = { timeoutMs: LIMIT_MS };

/** A program that only this test runs. */
const program = (name: string): string => {
  const path = join(folder, name);
  copyFileSync('/bin/bash', path);
  return path;
};

const TITLES = 'Execs Exits Fail Run Files Net Hits Kills Denied Ev/s Seen Binary'.split(' ');

/** The rows' text: the cursor's goes to the edge of the screen. */
const rows = (): string[] =>
  app
    .screen()
    .slice(4, -2)
    .map((row) => row.trim());

/** The row of a program by the titles of its columns; '·' is 0. */
const rowOf = (path: string): Record<string, string> => {
  const words = rows()
    .find((row) => row.endsWith(` ${path}`))
    ?.split(/ +/)
    // The trend, which quiet programs don't have.
    .filter((word) => !/^[▁-█]+$/.test(word));
  return Object.fromEntries(
    (words ?? []).map((word, i) => [TITLES[i] ?? '', word === '·' ? '0' : word]),
  );
};
const head = (): string => app.screen()[3] ?? '';
const names = (): string[] => rows().map((row) => row.split(' ').at(-1) ?? '');
const isAbove = (one: string, other: string): boolean => {
  const [a, b] = [names().indexOf(one), names().indexOf(other)];
  return a >= 0 && b >= 0 && a < b;
};

describe('counters', () => {
  test('a program run five times: five execs and exits, the failed ones counted, none running', async () => {
    const path = program('five');
    for (const code of [0, 0, 0, 1, 2]) await run(path, ['-c', `exit ${code}`]);
    await app.waitFor(() => rowOf(path).Execs === '5' && rowOf(path).Exits === '5', patient);
    expect(rowOf(path)).toMatchObject({ Fail: '2', Run: '0', Hits: '0', Kills: '0' });
    expect(rowOf(path).Seen).toMatch(/^\d+s$/);
  });

  test('while it runs it counts as running', async () => {
    const path = program('running');
    const ended = run(path, ['-c', `while [ ! -e '${folder}/stop' ]; do :; done`]);
    await app.waitFor(() => rowOf(path).Run === '1', patient);
    copyFileSync('/etc/hostname', join(folder, 'stop'));
    await ended;
    await app.waitFor(() => rowOf(path).Run === '0' && rowOf(path).Exits === '1', patient);
  });

  test('policy events are hits and file events', async () => {
    for (let i = 0; i < 3; i++) await target.write('x');
    await app.waitFor(() => rowOf(target.victim).Hits === '3', patient);
    expect(rowOf(target.victim)).toMatchObject({ Execs: '3', Files: '3', Kills: '0' });
  });

  test('events a second, and back to none', async () => {
    const path = program('busy');
    const rate = await until(async () => {
      await run(path, ['-c', 'exit 0']);
      const { 'Ev/s': shown } = rowOf(path);
      return Number(shown) > 0 ? Number(shown) : undefined;
    });
    expect(rate).toBeGreaterThan(0);
    await app.waitFor(() => rowOf(path)['Ev/s'] === '0', patient);
  });
});

describe('order', () => {
  test('sort keys change it, the head says by what, and the cursor stays on its program', async () => {
    const [often, seldom] = [program('often'), program('seldom')];
    for (let i = 0; i < 9; i++) await run(often, ['-c', 'exit 0']);
    for (let i = 0; i < 2; i++) await run(seldom, ['-c', 'exit 1']);
    await app.waitFor(() => rowOf(often).Execs === '9' && rowOf(seldom).Fail === '2', patient);
    expect(head()).toContain('Execs▼');
    await app.waitFor(() => isAbove(often, seldom), patient);
    app.command('sort.reverse');
    await app.waitFor(() => head().includes('Execs▲') && isAbove(seldom, often));
    app.command('sort.next');
    app.press('>');
    await app.waitFor(() => head().includes('Fail▼') && isAbove(seldom, often));
    app.command('sort.previous', 'sort.previous', 'sort.previous');
    await app.waitFor(() => head().includes('Binary▲') && isAbove(often, seldom));
    const cursor = () => {
      const row = app.cells().findIndex((cells) => cells.every((cell) => cell.isInverse));
      return app.screen()[row]?.trim().split(' ').at(-1);
    };
    app.command('move.down', 'move.down');
    await app.waitFor(() => cursor() !== undefined && cursor() === names()[2]);
    const chosen = cursor();
    app.command('sort.reverse');
    await app.waitFor(() => head().includes('Binary▼') && isAbove(seldom, often));
    await app.waitFor(() => cursor() === chosen);
  });
});
