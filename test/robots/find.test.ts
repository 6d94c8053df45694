/** Jumping to what holds a text, in everything that has rows or lines. Needs root and a built dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { until } from '../driver/until.ts';
import { untilRow } from '../screen/app/stream.ts';

const robot = sharedRobot();

/** A word that only this scenario's processes have in their arguments. */
let marker: string;
beforeEach(() => {
  marker = `m${randomUUID().slice(0, 8)}`;
});
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const screen = () => robot.app.screen();
const body = () => screen().slice(3, -2);
const tabs = () => screen()[1] ?? '';
const footer = () => screen().at(-1) ?? '';

/** The row with the cursor, nearly all of which is inverted: matches in it are marked. */
const cursorRow = () => {
  const { app } = robot;
  const at = app
    .cells()
    .findIndex((row, y) => y > 2 && row.filter(({ isInverse }) => isInverse).length > 60);
  return at < 0 ? '' : (app.screen()[at] ?? '');
};

/** What is marked on the screen, match by match. */
const marks = (): string[] =>
  robot.app
    .cells()
    .slice(3, -2)
    .flatMap((row) => {
      const letters = row.map(({ bg, text }) => (bg.kind === 'default' ? '\0' : text));
      return letters.join('').split('\0').filter(Boolean);
    });

async function find(text: string): Promise<void> {
  const { app } = robot;
  app.command('find.open');
  await app.waitForText('Enter jumps to the next match');
  app.type(text);
  await app.waitFor(() => footer().includes(`find: ${text}`));
  app.press('enter');
  await app.waitForNoText('Enter jumps');
}

/** Events with the marker and each word, in this order, and many others behind them. */
async function words(...all: string[]): Promise<void> {
  for (const word of all) await run('/bin/true', [marker, word]);
  for (let i = 0; i < 30; i++) await run('/bin/echo', ['between', String(i)]);
  // On a busy machine it may scroll by between two frames.
  const last = randomUUID();
  await untilRow(
    robot.app,
    (row) => row.includes(last),
    () => run('/bin/echo', [last]),
  );
}

const cursorAt = (text: string) => robot.app.waitFor(() => cursorRow().includes(text));

test('in the stream: first the newest, then back and forth, around the end with a notice', async () => {
  const { app } = robot;
  await words('alpha', 'beta');
  await find(`event:exec ${marker}`);
  await cursorAt(`${marker} beta`);
  expect(tabs()).toContain(`find: event:exec ${marker}`);
  app.command('find.previous');
  await cursorAt(`${marker} alpha`);
  app.command('find.previous');
  await app.waitForText('the beginning was passed: on from the end');
  await cursorAt(`${marker} beta`);
  app.command('find.next');
  await app.waitForText('the end was passed: on from the beginning');
  await cursorAt(`${marker} alpha`);
  app.command('app.back');
  await app.waitFor(() => !tabs().includes('find:'));
  expect(cursorRow()).toContain(`${marker} alpha`);
});

test('matches are marked wherever they are seen, until Esc', async () => {
  const { app } = robot;
  await words('alpha', 'beta');
  await find(`${marker} beta`);
  await app.waitFor(() => marks().includes(marker) && marks().includes('beta'));
  app.command('app.back');
  await app.waitFor(() => marks().every((mark) => !mark.includes(marker)));
});

test('following stops at what was found, and End follows again', async () => {
  const { app } = robot;
  await words('alpha');
  await find(marker);
  await cursorAt(`${marker} alpha`);
  for (let i = 0; i < 50; i++) await run('/bin/echo', ['later', String(i)]);
  await app.waitForText('newer');
  expect(cursorRow()).toContain(`${marker} alpha`);
  app.command('move.last');
  await app.waitForNoText('newer');
});

test('while paused it looks at what was there, not at what comes', async () => {
  const { app } = robot;
  await words('before');
  app.command('stream.pause');
  await app.waitForText('paused');
  await run('/bin/true', [marker, 'after']);
  await app.waitForText('newer');
  await find(`event:exec ${marker}`);
  await cursorAt(`${marker} before`);
  app.command('find.next');
  await app.waitForText('this is the only match');
  app.command('stream.pause');
  await app.waitFor(() => !(screen()[0] ?? '').includes('paused'));
  // It follows again, as it did before the pause: the newest match is behind.
  app.command('find.previous');
  await cursorAt(`${marker} after`);
  app.command('move.last');
});

test('under a filter only what it leaves is found', async () => {
  const { app } = robot;
  await words('alpha', 'beta');
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.enter(`event:exit ${marker}`);
  await app.waitFor(() => tabs().includes('filter: event:exit'));
  await find('alpha');
  await cursorAt(`${marker} alpha`);
  expect(cursorRow()).toContain(' exit ');
  expect(tabs()).toContain('find: alpha');
});

test('what isn’t there is said, and what is no filter is looked for as it is written', async () => {
  const { app } = robot;
  await words('odd(word');
  await find(`no-${marker}`);
  await app.waitForText(`nothing here matches no-${marker}`);
  await find('odd(word');
  await cursorAt('odd(word');
});

test('earlier texts are found by the arrows', async () => {
  const { app } = robot;
  await words('alpha');
  await find(marker);
  await cursorAt(marker);
  app.command('find.open');
  await app.waitForText('Enter jumps');
  app.press('up');
  await app.waitFor(() => footer().includes(`find: ${marker}`));
  app.command('app.back');
  await app.waitForNoText('Enter jumps');
  expect(tabs()).toContain(`find: ${marker}`);
});

test('in the tree: a process below a collapsed one is found and brought into sight', async () => {
  const { app } = robot;
  const child = spawn('/bin/sleep', ['60.125'], { detached: true, stdio: 'ignore' });
  children.push(child);
  app.command('view.tree');
  await app.waitFor(() => body().some((row) => /^ +1 /.test(row)));
  app.command('move.first', 'tree.toggle');
  await app.waitFor(() => body().some((row) => row.includes('[+')));
  // The tree may not have heard of it yet.
  await until(async () => {
    await find(`pid=${child.pid} sleep`);
    return await until(() => cursorRow().includes('60.125'), { limitMs: 1000 });
  });
  expect(cursorRow()).toContain(` ${child.pid} `);
});

test('in Binaries and Policies the cursor goes to the row', async () => {
  const { app } = robot;
  await run('/bin/true', [marker]);
  app.command('view.binaries');
  await app.waitFor(() => body().some((row) => row.includes('/bin/true')));
  await find('execs>0 binary=true');
  await cursorAt('/bin/true');
  app.command('view.policies');
  await app.waitFor(() => /\d+ policies/.test(footer()));
  await find('name:kernel-module');
  await cursorAt('kernel-module');
});

test('in a detail it goes to the line that holds the text', async () => {
  const { app } = robot;
  await untilRow(
    app,
    (row) => row.includes(marker),
    () => run('/bin/true', [marker]),
  );
  await find(`event:exec ${marker}`);
  await cursorAt(marker);
  app.command('row.detail');
  await app.waitForText('Ancestry');
  await find('exec id');
  await app.waitFor(() => marks().includes('exec id'));
  await app.waitFor(() => body().some((row) => row.startsWith('›exec id')));
  await find(`no-${marker}`);
  await app.waitForText(`nothing here matches no-${marker}`);
  app.command('app.back');
  await app.waitForNoText('Ancestry');
});

test('in a policy’s file it goes from line to line', async () => {
  const { app } = robot;
  app.command('view.policies');
  await app.waitFor(() => /\d+ policies/.test(footer()));
  app.command('move.first', 'policy.open');
  await app.waitForText('kind: TracingPolicy');
  await find('selectors');
  await app.waitFor(() => marks().includes('selectors'));
  await find('kind: tracingpolicy');
  await app.waitFor(() => marks().includes('kind: TracingPolicy'));
  app.command('app.back');
});
