/** Screen-reader mode: lines that are only ever appended, and all that a screen says in words. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AppSession, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { until } from '../driver/until.ts';

/** Where it is started: to a terminal the name is an order to call itself otherwise. */
const hostileFolder = mkdtempSync(join(tmpdir(), 'reader\x1b]0;PWNED\x07-'));

let app: AppSession;
let from = 0;

/** What was said since the scenario began. */
const said = (): string[] => app.raw().slice(from).split(/\r?\n/);

/** Whatever else runs on this host isn't said. */
async function onlyOf(mark: string): Promise<void> {
  app.command('row.filter');
  app.enter(mark);
  await heard(`filter ${mark}`);
}

/** Resolves with the line. */
async function heard(what: string | RegExp): Promise<string> {
  const isIt = (line: string) => (typeof what === 'string' ? line.includes(what) : what.test(line));
  const line = await until(() => said().find(isIt));
  if (line === undefined) throw new Error(`not said: ${what}; but:\n${said().join('\n')}`);
  return line;
}

beforeAll(async () => {
  app = await startApp(['--screen-reader', '--no-state', '--config', 'none'], {
    ...{ columns: 100, rows: 40, ready: 'Live.' },
    env: { TRIGON_POLICY_PATH: 'none' },
    cwd: hostileFolder,
  });
});
beforeEach(async () => {
  for (let level = 0; level < 4; level++) app.command('app.back');
  from = app.raw().length;
  // Drawing anew is saying anew where one is.
  app.command('view.stream', 'app.redraw');
  await heard('Stream:');
  from = app.raw().length;
});
afterAll(async () => {
  expect(await app.quit()).toBe(0);
  expect(app.raw()).toMatch(/trigon: \d+ events in/);
  expect(app.raw()).not.toMatch(/[\x1b\x07]/);
  rmSync(hostileFolder, { recursive: true });
});

test('at the start: what this is, and which keys help', () => {
  const [first = '', second = ''] = app.raw().split(/\r?\n/);
  expect(`${first} ${second}`).toContain('Trigon on ');
  expect(`${first} ${second}`).toMatch(/p pauses.*\? lists all keys.*q quits/);
});

test('where something was saved is said, and no name on the way is an order to the terminal', async () => {
  await run('/bin/true', ['kept-by-reader']);
  await onlyOf('event:exec kept-by-reader');
  app.command('row.save');
  await heard('2 Text');
  app.press('2');
  await heard('file: ./trigon-stream-');
  app.press('enter');
  expect(await heard('Note: saved')).toContain('reader\\x1b]0;PWNED\\a-');
  expect(readdirSync(hostileFolder)).toEqual([expect.stringMatching(/^trigon-stream-/)]);
});

test('new events are said once, in their order, without emoji', async () => {
  await onlyOf('event:exec reader-');
  await run('/bin/true', ['reader-one']);
  await heard('reader-one');
  await run('/bin/true', ['reader-two']);
  await heard('reader-two');
  const lines = said().filter((line) => line.includes('process /bin/true reader-'));
  expect(lines.map((line) => line.replace(/.*(reader-\w+).*/, '$1'))).toEqual([
    'reader-one',
    'reader-two',
  ]);
  // Of these: before the filter other programs may have been said, in whatever script.
  expect(lines.join('\n')).toMatch(/^[\n -~]*$/);
});

test('of many events a second only some are said, and how many more there were', async () => {
  const isCut = () => said().some((line) => /^and \d+ more events$/.test(line));
  // A busy machine may take its time for so many.
  const isHeard = await until(async () => {
    const marks = Array.from({ length: 60 }, (_, at) => `reader-many-${at}`);
    await Promise.all(marks.map((mark) => run('/bin/true', [mark])));
    return until(isCut, { limitMs: 2000 });
  });
  expect(isHeard).toBe(true);
});

test('hostile text is said as escapes', async () => {
  // What is left of many events would come first.
  await onlyOf('event:exec hostile-');
  await run('/bin/true', ['hostile-\x1b]0;gotcha\x07-\u202e-end']);
  const line = await heard(/hostile-.*-end/);
  expect(line).toMatch(/^[ -~]*$/);
  expect(line).toContain('gotcha');
});

test('signs and letters of other programs are said as they are, in an event and in its detail', async () => {
  await onlyOf('event:exec reader-signs');
  const args = ['reader-signs', 'a >> b | c', '+', '-', '~', 'é日', '│'];
  await run('/bin/true', args);
  const line = await heard(/process .*reader-signs/);
  // Whichever of them are quoted or padded.
  const words = (text: string) => text.split(/["\s]+/).join(' ');
  for (const arg of args) expect(words(line.slice(line.indexOf('reader-signs')))).toContain(arg);
  from = app.raw().length;
  app.command('move.first');
  app.press('enter');
  const isSaid = () => args.every((arg) => words(said().slice(1).join(' ')).includes(arg));
  try {
    expect(await until(isSaid)).toBe(true);
  } finally {
    // New events are said again.
    app.command('app.back', 'stream.follow');
  }
});

test('help says keys that are signs by their names', async () => {
  app.command('view.tree', 'app.help');
  await heard(/; Up Down move; /);
  app.type('expand');
  await heard(/\bPlus\b/);
  await heard(/\bRight\b/);
});

test('the page of a policy is said side by side no more; Space says the mode', async () => {
  app.command('view.policies');
  await heard('Policies:');
  app.command('move.first');
  const row = await heard(/^[\w-]+: off/);
  const name = row.split(':')[0] ?? '';
  app.command('policy.toggle');
  await heard(new RegExp(`^${name}: monitor$`));
  app.command('policy.toggle');
  await heard(new RegExp(`^${name}: off$`));
  app.press('enter');
  await heard(/; its file.*Tab: the other side$/);
  await heard(/^\d+ apiVersion: /);
  app.press('tab');
  await heard(/; on this host.*Tab: the other side$/);
  expect(said().join('\n')).not.toMatch(/[│─]/);
});

test('p pauses: nothing more is said until it goes on', async () => {
  app.command('stream.pause');
  await heard('Paused');
  await run('/bin/true', ['reader-paused']);
  app.command('view.tree');
  await heard('Tree:');
  app.command('view.stream');
  await heard('Stream:');
  expect(said().filter((line) => line.includes('reader-paused'))).toEqual([]);
  app.command('stream.pause');
  await heard('Live again.');
  await heard(/reader-paused|more events/);
});

test('moving says the row that the cursor is on, each once', async () => {
  app.command('view.tree');
  await heard('Tree:');
  app.command('move.first');
  const first = await heard(/: pid 1, user root, running for /);
  expect(first).toContain('level 1');
  app.command('move.down');
  await heard(/level 2/);
  expect(said().filter((line) => /: pid 1,/.test(line)).length).toBeLessThanOrEqual(2);
});

test('a table is said by the names of its columns', async () => {
  await run('/bin/true', ['reader-table']);
  app.command('view.binaries');
  await heard('Binaries:');
  app.command('row.filter');
  app.enter('true');
  app.command('move.down', 'move.first');
  await heard(/true: .*execs \d+, exits \d+/);
});

test('a menu: its title, its items, and what is chosen as it changes', async () => {
  await onlyOf('event:exec sleep 478811');
  const child = spawn('/bin/sleep', ['478811'], { detached: true, stdio: 'ignore' });
  try {
    await heard('process /bin/sleep 478811');
    app.command('row.signal');
    await heard(`signal for ${child.pid}`);
    await heard('1 Cancel');
    await heard(/^2 SIGTERM asks it to end/);
    app.press('down');
    await heard(/^chosen: 2 SIGTERM/);
    app.press('enter');
    await heard(`Note: SIGTERM sent to sleep (${child.pid})`);
    expect(await until(() => child.signalCode)).toBe('SIGTERM');
  } finally {
    child.kill('SIGKILL');
  }
});

test('what is typed is said when typing rests, with the verdict; saving tells path and rows', async () => {
  const path = join('/tmp', `trigon-reader-${process.pid}.txt`);
  try {
    app.command('view.tree', 'row.save');
    await heard(/^1 Text \d+ processes/);
    app.press('1');
    await heard(/file: .*trigon-tree-/);
    app.press('ctrl+u');
    app.type(path);
    await heard(`file: ${path}`);
    app.press('enter');
    await heard(new RegExp(`Note: saved \\d+ processes, \\d+ bytes, to ${path}`));
    expect(existsSync(path)).toBe(true);
  } finally {
    rmSync(path, { force: true });
  }
});

test('help is said, and Esc says where one is again', async () => {
  app.command('app.help');
  await heard('Views');
  app.command('app.back');
  await heard(/^Stream:/);
});
