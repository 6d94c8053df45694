/** What every operator does all day, by keys, in the real program. Needs root and a built dist/. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { type CommandId, keyOf, VIEWS } from '../../src/ui/commands.ts';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import { arm, NAME_PROMPT } from '../screen/app/arming.ts';
import { untilRow } from '../screen/app/stream.ts';
import { createTarget, type Target } from '../screen/app/target.ts';

let target: Target | undefined;
const children: ChildProcess[] = [];
const robot = sharedRobot(() => {
  target = createTarget();
  return ['--policy', target.policy];
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  target?.remove();
});

const victim = (): Target => {
  if (!target) throw new Error('the program was not started');
  return target;
};
const header = () => robot.app.screen()[0] ?? '';
const footer = () => robot.app.screen().at(-1) ?? '';
const body = () => robot.app.screen().slice(3, -2);
const hasRow = (pattern: RegExp) => robot.app.screen().some((row) => pattern.test(row));
const untilScreen = (isSo: (screen: string[]) => boolean) =>
  robot.app.waitFor(isSo, { timeoutMs: LIMIT_MS });
const untilHeader = (text: string) => untilScreen(([first = '']) => first.includes(text));

const activeTab = () =>
  (robot.app.cells()[1] ?? [])
    .filter((cell) => cell.isInverse)
    .map((cell) => cell.text)
    .join('')
    .trim();
const untilTab = (title: string) => untilScreen(() => activeTab().includes(title));

/** The row with the cursor. */
const cursorRow = (): string => {
  const { app } = robot;
  const at = app
    .cells()
    .slice(3, -2)
    .findIndex((row) => row.every((cell) => cell.isInverse));
  return at < 0 ? '' : (body()[at] ?? '');
};

const open = async (id: CommandId, title: string) => {
  robot.app.command(id);
  await untilTab(title);
};

const setFilter = async (text: string) => {
  robot.app.command('row.filter');
  robot.app.enter(text);
  await untilScreen((screen) => (screen[1] ?? '').includes(text));
};

/** Pauses the stream, and waits until the view stands still: what had come before is painted, and an event since then only counted. */
const pause = async () => {
  robot.app.command('stream.pause');
  await untilHeader('paused');
  await run('/bin/true');
  await untilScreen(() => /[1-9][\d,]* newer/.test(footer()));
};

/** The policies with the cursor on the test's own, which stands first. */
const onOwnPolicy = async () => {
  const { app } = robot;
  await open('view.policies', 'Policies');
  app.command('move.first');
  await untilScreen(() => cursorRow().includes(victim().policyName));
};

test('digits and Tab go through the views, and Shift-Tab goes back', async () => {
  const { app } = robot;
  for (const { command, title } of VIEWS) await open(command, title);
  app.command('view.next');
  await untilTab('Stream');
  app.command('view.next');
  await untilTab('Tree');
  app.command('view.previous', 'view.previous');
  await untilTab('Alerts');
});

test('help lies over the view, and Esc leads back to it', async () => {
  const { app } = robot;
  await open('view.binaries', 'Binaries');
  app.command('app.help');
  await app.waitForText('Next view');
  app.command('app.back');
  await app.waitForNoText('Next view');
  expect(activeTab()).toContain('Binaries');
});

test('paused, the stream stands still while events come in; resumed, they are there', async () => {
  const { app } = robot;
  await pause();
  const before = body();
  const marker = randomUUID();
  const shown = footer();
  for (let round = 0; round < 3; round++) await run('/bin/true', [marker]);
  await untilScreen(() => footer() !== shown && /[1-9][\d,]* newer/.test(footer()));
  expect(body()).toEqual(before);
  app.command('stream.pause');
  await untilHeader('live');
  expect(
    await untilRow(
      app,
      (row) => row.includes(marker),
      () => run('/bin/true', [marker]),
    ),
  ).toBeDefined();
});

test('a move up stops following, F follows again', async () => {
  const { app } = robot;
  expect(
    await untilRow(
      app,
      () => body().every((row) => row !== ''),
      () => run('/bin/true'),
    ),
  ).toBeDefined();
  // One key alone: of several the row might be that of the first.
  app.command('move.up');
  await untilScreen(() => cursorRow() !== '');
  const chosen = cursorRow();
  await run('/bin/true');
  await untilScreen(() => /newer/.test(footer()));
  expect(cursorRow()).toBe(chosen);
  app.command('stream.follow');
  await app.waitForNoText(' newer');
});

test('a family in the tree: fold, unfold, to the parent', async () => {
  const { app } = robot;
  const marker = randomUUID();
  const child = spawn('/bin/sh', ['-c', `: ${marker}; sleep 600 & wait`], {
    detached: true,
    stdio: 'ignore',
  });
  children.push(child);
  await open('view.tree', 'Tree');
  await setFilter(`pid:${child.pid}`);
  const parent = new RegExp(`${child.pid} .*${marker}`);
  await untilScreen(() => hasRow(parent));
  app.command('app.back');
  await setFilter(marker);
  app.command('move.last');
  await untilScreen(() => cursorRow().includes(marker));
  app.command('app.back');
  await untilScreen(() => cursorRow().includes(marker));
  const isChild = (row: string) => row.includes('sleep 600') && !row.includes(marker);
  const below = () => body()[body().indexOf(cursorRow()) + 1] ?? '';
  app.command('tree.expand');
  await untilScreen(() => isChild(below()));
  app.command('tree.toggle');
  await untilScreen(() => cursorRow().includes('[+') && !isChild(below()));
  app.command('tree.toggle');
  await untilScreen(() => isChild(below()));
  app.command('move.down');
  await untilScreen(() => isChild(cursorRow()));
  app.command('tree.parent');
  await untilScreen(() => cursorRow().includes(marker));
  process.kill(-(child.pid ?? 0), 'SIGKILL');
});

test('kernel threads are shown and hidden', async () => {
  const { app } = robot;
  await open('view.tree', 'Tree');
  const isShown = () => hasRow(/\[kthreadd\]/);
  app.command('move.first');
  const before = isShown();
  app.command('tree.kernelThreads', 'move.last');
  await untilScreen(() => hasRow(/\[k\w+/) !== before);
  app.command('tree.kernelThreads', 'move.first');
  await untilScreen(() => isShown() === before);
});

test('an alert leads to its events in the stream', async () => {
  const { app } = robot;
  const { policyName, write, victim: program } = victim();
  expect((await write('alert')).signal).toBe(null);
  await open('view.alerts', 'Alerts');
  await untilScreen(() => hasRow(new RegExp(`${policyName}.* [1-9]`)));
  await setFilter(policyName);
  app.command('move.first');
  await untilScreen(() => cursorRow().includes(policyName));
  app.command('alerts.events');
  await untilTab('Stream');
  await untilScreen(() => body().some((row) => row.includes(program)));
  expect(body().filter((row) => row.trim() !== '' && !row.includes(program))).toEqual([]);
});

test('a policy is switched off and on again; in monitor it counts and lets live', async () => {
  const { app } = robot;
  await onOwnPolicy();
  app.command('policy.toggle');
  await untilScreen(() => / off /.test(cursorRow()));
  const before = cursorRow();
  expect(await victim().survives()).toBe(true);
  app.command('policy.toggle');
  await untilScreen(() => / monitor /.test(cursorRow()));
  expect(await victim().survives()).toBe(true);
  // Seen, and would have been killed: both have grown.
  const numbers = (row: string) => (row.match(/\b\d+\b/g) ?? []).map(Number);
  const sum = (row: string) => numbers(row).reduce((total, number) => total + number, 0);
  await untilScreen(() => sum(cursorRow()) > sum(before));
});

test('a search narrows the library while it is typed, and Esc shows all again', async () => {
  const { app } = robot;
  await open('view.policies', 'Policies');
  app.command('policy.search');
  app.type('preload');
  await untilScreen(() => hasRow(/ preload-writes /) && !hasRow(/ bpf-pins /));
  app.press('enter');
  await untilScreen(() => hasRow(/ preload-writes /));
  for (let level = 0; level < 3; level++) app.command('app.back');
  await untilScreen(() => hasRow(new RegExp(` ${victim().policyName} `)));
});

test('a policy of the library is tested where it stands', async () => {
  const { app } = robot;
  await open('view.policies', 'Policies');
  app.command('policy.search');
  app.type('cron-writes');
  app.press('enter');
  app.command('move.first');
  await untilScreen(() => cursorRow().includes('cron-writes'));
  app.command('policy.test');
  await untilScreen(() => hasRow(/Test of cron-writes/) && hasRow(/^ *seen +\S/));
});

test('arming is given up at each step, and nothing is armed', async () => {
  const { app } = robot;
  const steps = ['1 of 4', '2 of 4', '3 of 4', NAME_PROMPT];
  for (const [last] of steps.entries()) {
    await onOwnPolicy();
    app.command('policy.arm');
    for (const [at, words] of steps.slice(0, last + 1).entries()) {
      await app.waitForText(words);
      if (at < 2) await app.waitForText('Enter goes on');
      if (at < last) app.press('enter');
    }
    if (last === 3) {
      app.enter('some-other-policy');
      await app.waitForText(NAME_PROMPT);
    }
    for (let level = 0; level < steps.length; level++) app.command('app.back');
    await app.waitForNoText(' of 4');
    expect(header()).not.toContain('ARMED');
  }
  expect(await victim().survives()).toBe(true);
});

test('armed it kills, in every view one sees it, and ! disarms at once', async () => {
  const { app } = robot;
  await arm(app, victim());
  expect((await victim().write('too late')).signal).toBe('SIGKILL');
  for (const { command, title } of VIEWS) {
    await open(command, title);
    expect(header()).toContain('1 ARMED');
    expect(app.screen()[2]).toContain(' ARMED ');
  }
  app.command('policy.disarmAll');
  await untilScreen(([first = '']) => !first.includes('ARMED'));
  expect(await victim().survives()).toBe(true);
});

test('a terminal made tiny and large again shows what it showed', async () => {
  const { app } = robot;
  await open('view.policies', 'Policies');
  await untilScreen(() => hasRow(new RegExp(victim().policyName)));
  app.resize(30, 8);
  await untilScreen((screen) => screen.length === 8 && screen.join('').includes('needs 60'));
  app.resize(120, 40);
  await untilScreen((screen) => screen.length === 40 && hasRow(new RegExp(victim().policyName)));
  // The frame may come in pieces.
  await untilScreen(() => activeTab().includes('Policies'));
});

test('zoom gives the view more rows, and takes them back', async () => {
  const { app } = robot;
  const tabs = () => hasRow(/1 Stream +2 Tree/);
  await untilScreen(tabs);
  app.command('view.zoom');
  await untilScreen(() => !tabs());
  app.command('view.zoom');
  await untilScreen(tabs);
});

test('drawn anew, not a cell of a paused stream is another', async () => {
  const { app } = robot;
  await pause();
  const cells = () => app.cells().slice(3, -2);
  const before = cells();
  const drawn = app.raw().length;
  app.command('app.redraw');
  expect(await until(() => app.raw().length > drawn + 1000)).toBe(true);
  await untilHeader('paused');
  expect(cells()).toEqual(before);
  app.command('stream.pause');
  await untilHeader('live');
});

test('what is pasted is text and no keys', async () => {
  const { app } = robot;
  app.paste('4q!zp');
  app.command('row.filter');
  app.paste('binary:q4');
  await untilScreen(() => footer().includes('binary:q4'));
  expect(activeTab()).toContain('Stream');
  expect(header()).toContain('live');
  app.command('app.back');
  app.press(keyOf('view.tree'));
  await untilTab('Tree');
});
