/** Ctrl-S in the real program, as it runs under sudo: whose files they are, what is in them, what is never done. */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeEvent } from '../../src/events/json.ts';
import { type AppSession, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { until } from '../driver/until.ts';

/** Whoever called sudo: nobody, so that it is seen when root's rights are used. */
const USER = 65_534;

const folder = mkdtempSync(join(tmpdir(), 'trigon-save-'));
chownSync(folder, USER, USER);
const rootsFolder = mkdtempSync(join(tmpdir(), 'trigon-root-'));
chmodSync(rootsFolder, 0o755);
afterAll(() => {
  rmSync(folder, { recursive: true });
  rmSync(rootsFolder, { recursive: true });
});

const robot = sharedRobot(() => ['--no-state', '--config', 'none'], {
  cwd: folder,
  env: { SUDO_UID: String(USER), SUDO_GID: String(USER) },
});

const inFolder = (name: string) => join(folder, name);

/** Types another name in place of the one that is offered. */
async function saveAs(app: AppSession, format: string, name: string): Promise<void> {
  app.command('row.save');
  const item = () => app.screen().flatMap((row) => row.match(`^ (\\d)  ${format} `)?.[1] ?? []);
  await app.waitFor(() => item().length > 0);
  app.press(...item());
  await app.waitForText('file: ');
  app.press('ctrl+u');
  app.enter(name);
}

async function narrowTo(app: AppSession, mark: string): Promise<void> {
  app.command('app.back', 'row.filter');
  app.enter(`event:exec ${mark}`);
  await app.waitFor((screen) => screen.slice(3).some((row) => row.includes(`/bin/true ${mark}`)));
}

test('the stream as JSON lines: just the events that the filter leaves, for nobody else to read', async () => {
  const { app } = robot;
  for (const word of ['one', 'two', 'three']) await run('/bin/true', [`save-a-${word}`]);
  await narrowTo(app, 'save-a-three');
  await narrowTo(app, 'save-a-');
  await app.waitForText('3 of');
  await saveAs(app, 'JSON lines', 'events.jsonl');
  await app.waitForText('saved 3 events');
  const { mode, uid, gid } = statSync(inFolder('events.jsonl'));
  expect([mode & 0o7777, uid, gid]).toEqual([0o600, USER, USER]);
  const lines = readFileSync(inFolder('events.jsonl'), 'utf8').trimEnd().split('\n');
  const events = lines.map(decodeEvent);
  expect(
    events.map((event) => 'process' in event && [event.kind, event.process?.arguments]),
  ).toEqual(['one', 'two', 'three'].map((word) => ['process_exec', `save-a-${word}`]));
});

test('tags that were forgotten don’t decide what is saved: the menu offers both, and says how many of how many', async () => {
  const { app } = robot;
  for (const word of ['one', 'two', 'three']) await run('/bin/true', [`save-t-${word}`]);
  await narrowTo(app, 'save-t-three');
  await narrowTo(app, 'save-t-');
  await app.waitForText('3 of');
  app.command('move.first', 'row.tag');
  await app.waitForText('1 tagged');
  app.press(':');
  app.enter('save all.jsonl');
  await app.waitForText('saved 3 events');
  expect(readFileSync(inFolder('all.jsonl'), 'utf8').trimEnd().split('\n')).toHaveLength(3);
  await saveAs(app, 'Tagged as JSON lines', 'tagged.jsonl');
  await app.waitFor(() => /saved 1 tagged of [\d,]+ events/.test(app.text()));
  expect(readFileSync(inFolder('tagged.jsonl'), 'utf8')).toContain('save-t-one');
  app.command('row.untag');
  await app.waitForText('untagged 1');
});

test('by default in the folder where Trigon was started, under a name with view and time', async () => {
  const { app } = robot;
  app.command('row.save');
  await app.waitForText('JSON lines');
  app.press('2');
  await app.waitForText('file: ./trigon-stream-2');
  app.press('enter');
  await app.waitForText('saved ');
  const names = readdirSync(folder).filter((name) => name.startsWith('trigon-stream-'));
  expect(names).toEqual([expect.stringMatching(/^trigon-stream-\d{8}T\d{6}\.txt$/)]);
});

test('a file that exists stays, unless it is to be replaced', async () => {
  const { app } = robot;
  writeFileSync(inFolder('there.txt'), 'mine');
  await saveAs(app, 'Text', 'there.txt');
  await app.waitForText('there.txt exists');
  app.press('enter');
  await app.waitForText('file: there.txt');
  expect(readFileSync(inFolder('there.txt'), 'utf8')).toBe('mine');
  app.press('enter');
  await app.waitForText('there.txt exists');
  app.press('down', 'enter');
  await app.waitForText('saved ');
  expect(readFileSync(inFolder('there.txt'), 'utf8')).toContain('process');
  expect(statSync(inFolder('there.txt')).uid).toBe(USER);
});

test('a link is not followed: what it leads to stays as it is', async () => {
  const { app } = robot;
  const target = join(rootsFolder, 'target');
  writeFileSync(target, 'precious');
  symlinkSync(target, inFolder('link.txt'));
  await saveAs(app, 'Text', 'link.txt');
  await app.waitForText('this is a link or a device');
  expect(readFileSync(target, 'utf8')).toBe('precious');
  expect(lstatSync(inFolder('link.txt')).isSymbolicLink()).toBe(true);
});

test('where the user may not write we do not, though we are root; a link to a folder is no way round', async () => {
  const { app } = robot;
  await saveAs(app, 'Text', join(rootsFolder, 'new.txt'));
  await app.waitForText('may not write there');
  app.press('ctrl+u');
  symlinkSync(rootsFolder, inFolder('way'));
  app.enter('way/new.txt');
  await app.waitForText('may not write there');
  app.press('ctrl+u');
  app.enter('nowhere/new.txt');
  await app.waitForText('there is no such folder');
  app.press('ctrl+u');
  mkdirSync(inFolder('sub'));
  app.enter('sub');
  await app.waitForText('this is a folder');
  app.press('escape');
  await app.waitForNoText('file: ');
  expect(existsSync(join(rootsFolder, 'new.txt'))).toBe(false);
});

test('the tree as text and as JSON', async () => {
  const { app } = robot;
  app.command('view.tree');
  await app.waitForText('PID');
  await saveAs(app, 'Text', 'tree.txt');
  await app.waitFor((screen) => screen.some((row) => /saved \d+ processes/.test(row)));
  const text = readFileSync(inFolder('tree.txt'), 'utf8');
  expect(text.split('\n')[0]).toMatch(/PID +User .*Process$/);
  expect(text).toMatch(new RegExp(`^ +${process.pid} root `, 'm'));
  expect(text).not.toContain('\x1b');
  app.command('app.back');
  await saveAs(app, 'JSON lines', 'tree.jsonl');
  expect(await until(() => existsSync(inFolder('tree.jsonl')))).toBe(true);
  const rows: { pid: number }[] = readFileSync(inFolder('tree.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ pid }) => pid)).toContain(process.pid);
});

test('binaries and policies as tables, an open detail as JSON', async () => {
  const { app } = robot;
  app.command('view.binaries');
  await app.waitForText('Execs');
  await saveAs(app, 'Text', 'binaries.txt');
  await app.waitFor((screen) => screen.some((row) => /saved \d+ programs/.test(row)));
  expect(readFileSync(inFolder('binaries.txt'), 'utf8')).toMatch(/Execs.*Binary/);
  await run('/bin/true', ['save-detail']);
  app.command('view.stream');
  await narrowTo(app, 'save-detail');
  app.command('row.detail');
  await app.waitForText('next tab');
  await saveAs(app, 'JSON', 'detail.json');
  await app.waitForText('saved 1 line');
  const event = decodeEvent(readFileSync(inFolder('detail.json'), 'utf8').trim());
  expect('process' in event && event.process?.arguments).toBe('save-detail');
});

test('somebody called sudo, and it can’t be told who: nothing is saved as root in their place', async () => {
  const own = mkdtempSync(join(tmpdir(), 'trigon-who-'));
  const app = await startApp(['--no-state', '--config', 'none'], {
    ...{ cwd: own, env: { SUDO_UID: 'alice', SUDO_GID: String(USER) } },
  });
  try {
    app.command('row.save');
    await app.waitForText('not saved: SUDO_UID is no user number');
    expect(readdirSync(own)).toEqual([]);
  } finally {
    await app.quit();
    rmSync(own, { recursive: true });
  }
});

test('nothing half-done is left in the folder', () => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});
