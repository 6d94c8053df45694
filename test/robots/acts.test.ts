/** What the operator does to processes by hand, and what the mouse does: the real program, keys and clicks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { type AppSession, appSession, LAUNCHER, startApp } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type PtySession, startPty } from '../driver/pty.ts';
import { sharedRobot } from '../driver/robot.ts';
import { LIMIT_MS, until } from '../driver/until.ts';
import { untilRow } from '../screen/app/stream.ts';

const robot = sharedRobot(() => ['--no-state', '--config', 'none']);

const MOUSE_ON = '\x1b[?1000h';
const MOUSE_OFF = '\x1b[?1000l';

let victims: ChildProcess[] = [];
const sessions: PtySession[] = [];
afterEach(() => {
  for (const victim of victims) victim.kill('SIGKILL');
  victims = [];
  for (const session of sessions.splice(0)) session.kill('SIGKILL');
});

let last = 470_000 + (process.pid % 1000) * 10;

/** A process of the test's own, in a session of its own; its argument is seen nowhere else. */
function startVictim(): { child: ChildProcess; mark: string; ended(): Promise<unknown> } {
  last += 1;
  const child = spawn('/bin/sleep', [String(last)], { detached: true, stdio: 'ignore' });
  victims.push(child);
  return {
    child,
    mark: String(last),
    ended: () => until(() => child.signalCode ?? (child.exitCode !== null && 'exit')),
  };
}

/** The stream, narrowed to the start of the process with this argument. */
async function narrowTo(app: AppSession, mark: string): Promise<void> {
  app.command('view.stream', 'app.back');
  // Else the row may be seen that the filter of before had found, while this one still searches.
  await app.waitForNoText('filter: ');
  app.command('row.filter');
  app.enter(`event:exec ${mark}`);
  await app.waitFor(
    ([, tabs = '', , ...rows]) =>
      tabs.includes('filter: event:exec') && rows.some((row) => row.includes(`sleep ${mark}`)),
    { timeoutMs: LIMIT_MS },
  );
}

async function openMenu(app: AppSession, mark: string): Promise<void> {
  await narrowTo(app, mark);
  app.command('row.signal');
  await app.waitForText('asks it to end');
}

/** The column and row of a text, from 0. */
function placeOf(app: AppSession, text: string): { column: number; row: number } {
  const row = app.screen().findIndex((line) => line.includes(text));
  if (row < 0) throw new Error(`${text} is not on the screen:\n${app.shown()}`);
  return { column: app.screen()[row]?.indexOf(text) ?? 0, row };
}

const click = (app: AppSession, { column, row }: { column: number; row: number }) =>
  app.type(`\x1b[<0;${column + 1};${row + 1}M\x1b[<0;${column + 1};${row + 1}m`);

async function withMouse(app: AppSession, act: () => Promise<void>): Promise<void> {
  app.command('app.mouse');
  await app.waitForText('mouse on');
  // The notice stands where the hints are.
  app.command('app.back');
  await app.waitForNoText('mouse on');
  try {
    await act();
  } finally {
    app.command('app.back', 'app.back', 'app.mouse');
    await app.waitForText('mouse off');
  }
}

test('SIGTERM by hand: the menu says whom, the process ends by it, footer and journal tell of it', async () => {
  const { app } = robot;
  const { child, mark, ended } = startVictim();
  await openMenu(app, mark);
  expect(app.text()).toContain(`signal for ${child.pid} of root`);
  expect(app.text()).toContain(`/sleep ${mark}`);
  app.press('down', 'enter');
  expect(await ended()).toBe('SIGTERM');
  await app.waitForText(`SIGTERM sent to sleep (${child.pid})`);
  app.command('app.back', 'row.filter');
  app.enter('event:journal');
  await app.waitForText(`SIGTERM to ${child.pid}`);
  expect(app.text()).toMatch(/signalled.*by root/);
});

test('Enter alone sends nothing: Cancel comes first', async () => {
  const { app } = robot;
  const { child, mark } = startVictim();
  await openMenu(app, mark);
  app.press('enter');
  await app.waitForNoText('asks it to end');
  // A signal that can be seen to arrive later than one that was sent by mistake would have.
  await openMenu(app, mark);
  app.press('5');
  app.press('enter');
  await app.waitForText(`SIGCONT sent to sleep (${child.pid})`);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});

test('a digit only moves the cursor; Enter then sends what it is on', async () => {
  const { app } = robot;
  const { child, mark, ended } = startVictim();
  await openMenu(app, mark);
  app.press('3');
  await app.waitForText('3 of 10');
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  app.press('enter');
  expect(await ended()).toBe('SIGKILL');
});

test('a process that has ended gets nothing, and the menu says so', async () => {
  const { app } = robot;
  const { mark, child, ended } = startVictim();
  await narrowTo(app, mark);
  child.kill('SIGKILL');
  await ended();
  // Until Trigon has heard of it, it runs.
  app.command('app.back', 'row.filter');
  app.enter(`event:exit ${mark}`);
  await app.waitFor(
    ([, tabs = '', , ...rows]) =>
      tabs.includes('event:exit') && rows.some((row) => row.includes(`sleep ${mark}`)),
  );
  app.command('row.signal');
  await app.waitForText('it has ended');
  expect(app.text()).not.toMatch(/^ \d {2}SIG/m);
});

test('it ends while the menu is open: nothing is sent, and that is said', async () => {
  const { app } = robot;
  const { mark, child, ended } = startVictim();
  await openMenu(app, mark);
  child.kill('SIGKILL');
  await ended();
  app.press('down', 'enter');
  await app.waitForText('SIGTERM not sent to');
  await app.waitForText('it has ended');
});

test('from the tree: the first process and our own ancestors are refused, with the reason', async () => {
  const { app } = robot;
  app.command('view.tree');
  await app.waitForText('PID');
  app.command('move.first', 'row.signal');
  await app.waitForText('signal for 1 ');
  await app.waitForText('it is the first process');
  expect(app.text()).not.toMatch(/^ \d {2}SIG/m);
  app.command('app.back', 'row.filter');
  app.enter(`pid:${process.pid}`);
  app.command('move.last', 'row.signal');
  await app.waitForText(`signal for ${process.pid} `);
  await app.waitForText('Trigon runs below it');
  app.press('down', 'enter', 'escape');
  await app.waitForNoText('signal for');
  app.command('app.back');
});

test('from an open detail too', async () => {
  const { app } = robot;
  const { mark, ended } = startVictim();
  await narrowTo(app, mark);
  app.command('row.detail');
  await app.waitForText('next tab');
  app.command('row.signal');
  await app.waitForText('asks it to end');
  app.press('3');
  app.press('enter');
  expect(await ended()).toBe('SIGKILL');
});

test('tagged processes of the tree, all at once', async () => {
  const { app } = robot;
  const [first, second, other] = [startVictim(), startVictim(), startVictim()];
  app.command('view.tree');
  await app.waitForText('PID');
  for (const { child, mark } of [first, second]) {
    app.command('app.back', 'row.filter');
    app.enter(`pid:${child.pid}`);
    await app.waitForText(`sleep ${mark}`);
    app.command('move.last', 'tree.tag');
  }
  app.command('row.signal');
  await app.waitForText('signal for whom?');
  app.press('3', 'enter');
  await app.waitForText('signal for 2 tagged processes: ');
  await app.waitForText('asks it to end');
  app.press('down', 'enter');
  await app.waitForText('SIGTERM sent to 2 processes');
  expect(await first.ended()).toBe('SIGTERM');
  expect(await second.ended()).toBe('SIGTERM');
  expect([other.child.exitCode, other.child.signalCode]).toEqual([null, null]);
  app.command('row.untag', 'app.back');
});

test('--read-only: no signal at all', async () => {
  const app = await startApp(['--no-state', '--config', 'none', '--read-only']);
  sessions.push(app);
  const { child, mark } = startVictim();
  await narrowTo(app, mark);
  app.command('row.signal');
  await app.waitForText('--read-only');
  app.press('down', 'enter', 'escape');
  await app.waitForNoText('signal for');
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  expect(await app.quit()).toBe(0);
});

test('the mouse is off at first; M switches it on and off, and says how text is selected then', async () => {
  const { app } = robot;
  const before = app.raw().length;
  app.command('app.mouse');
  await app.waitForText('hold Shift');
  expect(app.raw().slice(before)).toContain(`${MOUSE_ON}\x1b[?1006h`);
  app.command('app.mouse');
  await app.waitForText('mouse off');
  expect(app.raw().lastIndexOf(MOUSE_OFF)).toBeGreaterThan(app.raw().lastIndexOf(MOUSE_ON));
});

test('a click on a tab shows its view, a click on a hint does what its key does', async () => {
  const { app } = robot;
  await withMouse(app, async () => {
    click(app, placeOf(app, 'Tree'));
    await app.waitForText('PID');
    click(app, placeOf(app, 'Stream'));
    await app.waitForNoText('PID');
    // A frame may come in pieces, and a notice may stand there first.
    await app.waitForText('p pause');
    click(app, placeOf(app, 'p pause'));
    await app.waitFor((screen) => (screen[0] ?? '').includes('paused'));
    await app.waitForText('p resume');
    click(app, placeOf(app, 'p resume'));
    await app.waitFor((screen) => (screen[0] ?? '').includes('live'));
  });
});

test('a click on a row takes the cursor there, the second one opens it', async () => {
  const { app } = robot;
  await run('/bin/true', ['click-one']);
  await untilRow(
    app,
    (row) => row.includes('click-two'),
    () => run('/bin/true', ['click-two']),
  );
  await withMouse(app, async () => {
    // What others do would scroll it away.
    app.command('row.filter');
    app.enter('event:exec click-');
    await app.waitFor(
      ([, tabs = '', , ...rows]) =>
        tabs.includes('filter: event:exec click-') &&
        rows.filter((row) => row.trim() !== '').length > 2 &&
        rows.slice(0, -2).every((row) => row.trim() === '' || row.includes('click-')),
    );
    app.command('stream.pause');
    await app.waitFor((screen) => (screen[0] ?? '').includes('paused'));
    const place = placeOf(app, 'click-two');
    click(app, place);
    await app.waitFor(() => app.cells()[place.row]?.[40]?.isInverse === true);
    expect(app.text()).not.toContain('next tab');
    click(app, place);
    await app.waitForText('next tab');
    expect(app.text()).toContain('click-two');
  }).finally(() => app.command('app.back', 'stream.pause'));
});

test('the wheel moves by three rows; a click on a title sorts, the next one reverses', async () => {
  const { app } = robot;
  await withMouse(app, async () => {
    app.command('view.tree');
    await app.waitForText('PID');
    app.command('move.first');
    const cursorRow = () => app.cells().findIndex((row) => row[40]?.isInverse === true);
    await app.waitFor(() => cursorRow() === 4);
    app.type('\x1b[<65;20;10M\x1b[<65;20;10M\x1b[<64;20;10M');
    await app.waitFor(() => cursorRow() === 7);
    app.command('view.binaries');
    await app.waitForText('Execs');
    const exits = { column: placeOf(app, 'Exits').column + 2, row: 3 };
    click(app, exits);
    await app.waitForText('sorted by exits, descending');
    click(app, exits);
    await app.waitForText('sorted by exits, ascending');
  });
});

test('a click in the signal menu only takes the cursor there', async () => {
  const { app } = robot;
  const { child, mark } = startVictim();
  await withMouse(app, async () => {
    await openMenu(app, mark);
    click(app, placeOf(app, 'SIGKILL'));
    await app.waitForText('3 of 10');
    click(app, placeOf(app, 'SIGKILL'));
    click(app, placeOf(app, 'Enter send'));
    app.type('\x1b[<65;5;36M');
    await app.waitForText('6 of 10');
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
  });
});

test('clicks while it is off, and on nothing, do nothing', async () => {
  const { app } = robot;
  await withMouse(app, async () => {
    const before = app.screen()[1];
    click(app, { column: 119, row: 0 });
    click(app, { column: 60, row: 2 });
    click(app, { column: 500, row: 500 });
    app.command('app.help');
    await app.waitForText('Views');
    app.command('app.back');
    await app.waitForNoText('Program');
    expect(app.screen()[1]).toBe(before);
  });
});

test.each([
  ['with its guardian', LAUNCHER],
  ['without a guardian', LAUNCHER.replace('/bin/', '/dist/')],
])(
  '%s: --mouse, Ctrl-Z and fg: off for the shell, on again, off at the end',
  async (_how, program) => {
    const shell = startPty('/bin/bash', ['--norc', '-i'], { columns: 100, rows: 30 });
    sessions.push(shell);
    const app = appSession(shell);
    const isOn = () => shell.raw().lastIndexOf(MOUSE_ON) > shell.raw().lastIndexOf(MOUSE_OFF);
    shell.type(`'${process.execPath}' '${program}' --no-state --config none --mouse\r`);
    await app.waitForText('live');
    expect(isOn()).toBe(true);
    app.command('app.suspend');
    await app.waitForText('Stopped');
    expect(isOn()).toBe(false);
    shell.resize(80, 24);
    shell.type('fg\r');
    await shell.waitFor((screen) => /live/.test(screen[0] ?? '') && /quit/.test(screen[23] ?? ''), {
      timeoutMs: LIMIT_MS,
    });
    expect(isOn()).toBe(true);
    click(app, placeOf(app, 'Alerts'));
    await app.waitForText('no policy');
    app.command('app.quit');
    await app.waitForText('trigon: ');
    expect(isOn()).toBe(false);
  },
);
