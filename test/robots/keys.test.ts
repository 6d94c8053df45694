/** Keys of the operator's own, the palette, help, and what is found again the next time. Needs root and a built dist/. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { type AppSession, LAUNCHER, startApp } from '../driver/app.ts';
import { sharedRobot } from '../driver/robot.ts';
import { LIMIT_MS } from '../driver/until.ts';
import { createTarget, type Target } from '../screen/app/target.ts';

const HOME = mkdtempSync(join(tmpdir(), 'trigon-keys-'));
const CONFIG = join(HOME, 'config', 'trigon', 'config.yaml');
const ENV = { XDG_CONFIG_HOME: join(HOME, 'config'), XDG_STATE_HOME: join(HOME, 'state') };

let target: Target | undefined;
const policyName = () => target?.policyName ?? '';

const robot = sharedRobot(
  () => {
    target = createTarget();
    mkdirSync(join(HOME, 'config', 'trigon'), { recursive: true });
    writeFileSync(
      CONFIG,
      'keys:\n  view.zoom: f11\n  stream.pause: [f8, P]\n  view.zom: x\n  policy.arm: ctrl+x\n',
    );
    return ['--policy', target.policy];
  },
  { env: ENV },
);

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  child = undefined;
});
afterAll(() => {
  target?.remove();
  rmSync(HOME, { recursive: true, force: true });
});

const footer = (): string => robot.app.screen().at(-1) ?? '';
/** Of the topmost list, whose rows stand below those that it covers. */
const cursorRow = (of: AppSession = robot.app): string => {
  const at = of.cells().findLastIndex((row, y) => y > 2 && row.every((cell) => cell.isInverse));
  return at < 0 ? '' : (of.screen()[at] ?? '');
};
const activeTab = (): string =>
  (robot.app.cells()[1] ?? [])
    .filter((cell) => cell.isInverse)
    .map((cell) => cell.text)
    .join('')
    .trim();

/** Opens the palette and types, until something is found: policies and processes may still be on their way. */
const palette = async (text: string, of: AppSession = robot.app): Promise<void> => {
  of.command('app.palette');
  await of.waitForText('Esc closes');
  of.type(text);
  const isFound = (screen: string[]) =>
    (screen.at(-1) ?? '').startsWith(` :${text}`) && cursorRow(of).startsWith(' >');
  await of.waitFor(isFound, { timeoutMs: LIMIT_MS });
};

const help = async (text = ''): Promise<void> => {
  robot.app.command('app.help');
  await robot.app.waitForText('The first minute');
  robot.app.type(text);
  await robot.app.waitFor((screen) => screen.some((row) => row.startsWith(` / ${text}`)));
};

describe('keys from the config file', () => {
  test('the new key does it, the old one nothing; the footer has the new one', async () => {
    await robot.app.waitFor((screen) => (screen.at(-1) ?? '').includes('F8 pause'));
    robot.app.press('p', 'z', 'f8');
    await robot.app.waitForText('paused');
    expect(robot.app.text()).toContain('1 Stream');
    robot.app.press('P');
    await robot.app.waitForNoText('paused');
    robot.app.press('f11');
    await robot.app.waitForNoText('1 Stream');
    robot.app.press('f11');
    await robot.app.waitForText('1 Stream');
  });

  test('what is wrong in the file stands in help with its line; the rest is used', async () => {
    await help();
    const rows = robot.app.screen();
    expect(rows.find((row) => row.includes('view.zom'))).toContain(`${CONFIG}:4: keys: `);
    expect(rows.find((row) => row.includes('Ctrl letter'))).toContain(`${CONFIG}:5: keys: `);
    robot.app.type('zoom');
    await robot.app.waitFor(() => /^ {2}>F11 +Zoom/.test(cursorRow()));
  });

  test('at start a notice says that something is wrong', async () => {
    const app = await startApp(['--config', CONFIG], { env: ENV, ready: '2 things are wrong' });
    expect(await app.quit()).toBe(0);
  });
});

describe('the palette', () => {
  test('finds a command by letters, tells its key, and runs it where it works', async () => {
    await palette('kernel thr');
    await robot.app.waitFor(() => /^ >command .*kernel threads.* in Tree {2}K/.test(cursorRow()));
    robot.app.press('enter');
    await robot.app.waitForText('kernel threads are shown');
    expect(activeTab()).toBe('2 Tree');
    robot.app.command('tree.kernelThreads');
    await robot.app.waitForText('kernel threads are hidden');
  });

  test('jumps to a policy', async () => {
    await palette(`policy ${policyName()}`);
    robot.app.press('enter');
    await robot.app.waitFor(() => activeTab() === '4 Policies');
    await robot.app.waitFor(() => cursorRow().includes(policyName()));
  });

  test('switches a policy off and on by its name', async () => {
    await palette(`off ${policyName()}`);
    robot.app.press('enter');
    robot.app.command('view.policies');
    const row = (mode: string) => (screen: string[]) =>
      screen.some((line) => line.trim().startsWith(mode) && line.includes(` ${policyName()} `));
    await robot.app.waitFor(row('off'), { timeoutMs: LIMIT_MS });
    await palette(`on ${policyName()}`);
    robot.app.press('enter');
    await robot.app.waitFor(row('monitor'), { timeoutMs: LIMIT_MS });
  });

  test('never arms: it only opens the dialog that asks', async () => {
    robot.app.command('view.policies');
    await palette(`policy ${policyName()}`);
    robot.app.press('enter');
    await robot.app.waitFor(() => cursorRow().includes(policyName()));
    await palette('policy.arm');
    robot.app.press('enter');
    await robot.app.waitForText('1 of 4');
    robot.app.command('app.back');
    await robot.app.waitForNoText('1 of 4');
    expect(robot.app.text()).not.toContain('ARMED');
  });

  test('finds a process by its command line and goes to it in the tree', async () => {
    const marker = randomUUID();
    child = spawn('/bin/sh', ['-c', 'sleep 100; :', marker], { stdio: 'ignore', detached: true });
    await palette(marker);
    await robot.app.waitFor(() => cursorRow().includes(`process  ${child?.pid} `), {
      timeoutMs: LIMIT_MS,
    });
    robot.app.press('enter');
    // Deep in the tree its arguments may be cut off.
    const row = new RegExp(`^ +${child.pid} .*/sh -c`);
    await robot.app.waitFor(() => activeTab() === '2 Tree' && row.test(cursorRow()));
  });

  test('a word with an argument: the filter is set', async () => {
    await palette('filter binary:nowhere');
    robot.app.press('enter');
    await robot.app.waitFor((screen) => (screen[1] ?? '').includes('binary:nowhere'));
    robot.app.command('app.back');
    await robot.app.waitFor((screen) => !(screen[1] ?? '').includes('binary:nowhere'));
  });

  test('Tab completes a word; Esc closes and nothing was done', async () => {
    await palette('doc');
    robot.app.press('tab');
    await robot.app.waitFor(() => footer().startsWith(' :doctor'));
    robot.app.press('escape');
    await robot.app.waitForNoText('Esc closes');
    expect(activeTab()).toBe('1 Stream');
  });

  test('what was used last stands first the next time', async () => {
    await palette('alerts');
    robot.app.press('enter');
    await robot.app.waitFor(() => activeTab() === '5 Alerts');
    await palette('');
    await robot.app.waitFor(() => cursorRow().includes('Alerts: policy events'));
  });

  test('what can’t be done says why and stays open', async () => {
    await palette('detail.next');
    robot.app.press('enter');
    await robot.app.waitForText('not done: in a detail only');
    expect(footer()).toContain(':detail.next');
  });
});

describe('help', () => {
  test('letters narrow it, Enter runs what is chosen', async () => {
    await help('binaries: counters');
    await robot.app.waitFor(() => cursorRow().includes('Binaries: counters of each program'));
    robot.app.press('enter');
    await robot.app.waitFor(() => activeTab() === '3 Binaries');
    await robot.app.waitForNoText('The first minute');
  });

  test('what can’t be run says why', async () => {
    await help('run the attack again');
    robot.app.press('enter');
    await robot.app.waitForText('not done: in a lab only');
  });

  test('Esc takes the letters away first, then the page; it never quits', async () => {
    await help('zzz');
    await robot.app.waitForText('no command is like that');
    robot.app.press('escape');
    await robot.app.waitForText('The first minute');
    robot.app.command('app.back', 'app.back', 'app.back');
    await robot.app.waitForNoText('The first minute');
    await robot.app.waitForText('F8 pause');
  });
});

describe('settings', () => {
  const home = join(HOME, 'second');
  const env = { XDG_STATE_HOME: home, XDG_CONFIG_HOME: ENV.XDG_CONFIG_HOME };
  const file = join(home, 'trigon', 'state.yaml');
  const start = (...args: string[]) =>
    startApp(args, { columns: 120, rows: 40, env, ready: 'live' });

  test('order, kernel threads, collapsed programs and filters are there after a restart', async () => {
    // Not by its number, which may be the beginning of another's.
    const marker = randomUUID();
    child = spawn('/bin/sh', ['-c', 'sleep 100; :', marker], { stdio: 'ignore', detached: true });
    const first = await start();
    first.command('view.binaries');
    await palette('sort kills', first);
    first.press('enter');
    await first.waitForText('sorted by kills');
    first.command('view.tree', 'tree.kernelThreads');
    await first.waitForText('kernel threads are shown');
    await palette(marker, first);
    await first.waitFor(() => cursorRow(first).includes(`process  ${child?.pid} `));
    first.press('enter');
    await first.waitFor(() => cursorRow(first).includes(` ${child?.pid} `));
    first.command('tree.collapse');
    await first.waitFor(() => cursorRow(first).includes('[+1]'));
    first.command('view.stream', 'row.filter');
    await first.waitForText('Enter applies');
    first.enter('binary:remembered');
    await first.waitFor((screen) => (screen[1] ?? '').includes('binary:remembered'));
    expect(await first.quit()).toBe(0);
    expect(readFileSync(file, 'utf8')).toContain('binary:remembered');

    const second = await start();
    second.command('row.filter');
    await second.waitForText('Enter applies');
    second.press('up');
    await second.waitFor((screen) => (screen.at(-1) ?? '').includes('binary:remembered'));
    second.command('app.back');
    await second.waitForNoText('Enter applies');
    second.command('view.tree', 'tree.kernelThreads');
    await second.waitForText('kernel threads are hidden');
    await palette(marker, second);
    await second.waitFor(() => cursorRow(second).includes(`process  ${child?.pid} `));
    second.press('enter');
    await second.waitFor(() => cursorRow(second).includes('[+1]'));
    second.command('view.binaries');
    await second.waitFor((screen) => /[▼▲]/.test(screen[3] ?? ''));
    second.command('sort.reverse');
    await second.waitForText('sorted by kills, ascending');
    expect(await second.quit()).toBe(0);
  });

  test('a broken file is set aside, told, and everything is as at first', async () => {
    mkdirSync(join(home, 'trigon'), { recursive: true });
    writeFileSync(file, 'filters: [\n');
    const app = await startApp([], {
      ...{ columns: 120, rows: 40, env: { XDG_STATE_HOME: home } },
      ready: 'something is wrong in your files',
    });
    app.command('app.help');
    await app.waitForText('state.yaml.broken');
    app.command('app.back', 'app.quit');
    expect((await app.exit).code).toBe(0);
    expect(readFileSync(`${file}.broken`, 'utf8')).toBe('filters: [\n');
  });

  test('--no-state neither reads nor writes', async () => {
    mkdirSync(join(home, 'trigon'), { recursive: true });
    writeFileSync(file, 'kernelThreads: true\n');
    const app = await start('--no-state');
    app.command('view.tree', 'tree.kernelThreads');
    await app.waitForText('kernel threads are shown');
    expect(await app.quit()).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('kernelThreads: true\n');
  });
});

test('a config file that is not there is a mistake on the command line', async () => {
  const app = await startApp(['--config', '/nowhere.yaml'], { ready: '--config /nowhere.yaml' });
  expect((await app.exit).code).toBe(2);
});

test('trigon man writes the page', () => {
  const { status, stdout } = spawnSync(process.execPath, [LAUNCHER, 'man'], { encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toContain('.TH "TRIGON" "1"');
});
