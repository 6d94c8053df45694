/** An analyst who wants to know all about a process. Needs root and a built dist/. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { run } from '../driver/command.ts';
import { sharedRobot } from '../driver/robot.ts';

const robot = sharedRobot(() => ['--enable-process-environment-variables']);

let folder: string;
let server: Server;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-detail-'));
  server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(() => {
  for (const child of children.splice(0)) killGroup(child.pid);
  robot.app.resize(120, 40);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that a child of ours has started. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

const newMarker = (): string => `d${randomUUID().slice(0, 8)}`;

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  children.push(child);
  return child;
}

/** Opens the detail of the only event that the filter leaves. */
async function open(filter: string): Promise<void> {
  const { app } = robot;
  app.command('row.filter');
  app.enter(filter);
  // The scenario before may still be on the screen, and while the filter is typed it is tried already.
  const isShown = (screen: string[]) =>
    (screen[1] ?? '').includes(`filter: ${filter.slice(0, 20)}`) &&
    /Enter detail.* 1 of [\d,]+ match *$/.test(screen.at(-1) ?? '');
  await app.waitFor(isShown, { timeoutMs: 30_000 });
  app.command('row.detail');
  await app.waitForText('exec id');
}

/** The detail's tabs stand in the fourth row, the active one inverted. */
const activeTab = (): string =>
  (robot.app.cells()[3] ?? [])
    .filter((cell) => cell.isInverse)
    .map(({ text }) => text)
    .join('')
    .trim();

async function tab(title: string): Promise<void> {
  const { app } = robot;
  for (let i = 0; i < 10 && activeTab() !== title; i++) {
    const before = activeTab();
    app.command('view.next');
    await app.waitFor(() => activeTab() !== before);
  }
  expect(activeTab()).toBe(title);
}

const body = (): string[] => robot.app.screen().slice(6, -2);
/** The entry with the cursor, told by its sign and by being inverted. */
const focused = (): string => {
  const row = robot.app.screen().findIndex((line, index) => index > 4 && line.startsWith('›'));
  expect(robot.app.cells()[row]?.[3]?.isInverse).toBe(true);
  return (robot.app.screen()[row] ?? '').slice(1).trim();
};

/** Down to an entry below. */
async function focusOn(wanted: RegExp): Promise<void> {
  const { app } = robot;
  await app.waitFor((screen) => screen.some((line) => line.startsWith('›')));
  for (let i = 0; i < 60; i++) {
    if (wanted.test(focused())) return;
    await down();
  }
  throw new Error(`no entry ${wanted}:\n${app.shown()}`);
}

async function down(): Promise<void> {
  const { app } = robot;
  // Where the cursor is, and on what; the footer tells of scrolling through lines that are all alike. Nothing else: what was asked
  // for before may still be on its way.
  const seen = () => {
    const screen = app.screen();
    const row = screen.findIndex((line) => line.startsWith('›'));
    return [row, screen[row], screen.at(-1)].join('\n');
  };
  const before = seen();
  app.command('move.down');
  await app.waitFor(() => seen() !== before);
}

/** Copies what the menu offers under this name, which must be the first when none is given. */
async function copied(what?: string): Promise<string> {
  const { app } = robot;
  const before = app.clipboard().length;
  app.command('row.copy');
  await app.waitForText('─ Copy ─');
  const rows = app.screen();
  const item = what ? rows.find((row) => new RegExp(`^ (\\d) {2}${what} `).test(row)) : ' 1';
  app.press(item?.trim()[0] ?? '');
  await app.waitFor(() => app.clipboard().length > before);
  await app.waitForNoText('─ Copy ─');
  return app.clipboard().at(-1) ?? '';
}

test('the cursor goes from field to field, and copying takes the one that it is on', async () => {
  const marker = newMarker();
  await run('/bin/true', [marker, 'two words'], { cwd: folder });
  await open(`${marker} event:exec`);
  expect(focused()).toMatch(/^event +exec$/);
  await focusOn(/^directory/);
  expect(await copied()).toBe(folder);
  await focusOn(/^pid/);
  expect(await copied()).toMatch(/^\d+$/);
});

test('arguments: one that is hostile comes out of a shell as it went into the process', async () => {
  const marker = newMarker();
  const hostile = `-n $(id) 'x' "y" \\ \x1b[2J; a=b`;
  await run('/bin/true', [marker, hostile, 'last']);
  await open(`${marker} event:exec`);
  await tab('Arguments');
  await focusOn(/^2 /);
  const word = await copied('shell word');
  expect(execFileSync('/bin/bash', ['-c', `printf %s ${word}`, 'sh'])).toEqual(
    Buffer.from(hostile),
  );
  await focusOn(/^3 +last/);
  expect(await copied()).toBe('last');
  expect(
    execFileSync('/bin/bash', ['-c', `printf '%s\\n' ${await copied('command line')}`]).toString(),
  ).toBe(`/bin/true\n${marker}\n${hostile}\nlast\n`);
});

test('ancestry: who started it, which program took the place of which; Enter goes there and Esc back', async () => {
  const marker = newMarker();
  start('/bin/sh', ['-c', `exec /bin/bash -c '/bin/sleep 1000 ; exit' ${marker}`]);
  await open(`binary:/bin/sleep ppid>1 event:exec time>=${recently()} args=1000`);
  await tab('Ancestry');
  await robot.app.waitForText('→ /bin/bash');
  const rows = body();
  const at = rows.findIndex((row) => row.includes('→ /bin/bash'));
  expect(rows[at - 1]).toMatch(/exec +.*\/bin\/sh -c "exec/);
  expect(rows[at - 2]).toMatch(new RegExp(`^ +${process.pid} .*runs`));
  expect(focused()).toMatch(/runs +exec +└─\/bin\/sleep 1000/);
  robot.app.command('move.up', 'row.detail');
  await robot.app.waitFor(
    (screen) => (screen[4] ?? '').includes('process') && (screen[4] ?? '').includes('/bin/bash'),
  );
  expect(activeTab()).toBe('Ancestry');
  expect(robot.app.screen()[3]).not.toContain('JSON');
  robot.app.command('app.back');
  await robot.app.waitFor((screen) => (screen[4] ?? '').includes('/bin/sleep 1000'));
  expect(focused()).toContain('/bin/bash');
});

/** A moment ago, as filters read times. */
function recently(): string {
  const date = new Date(Date.now() - 5000);
  return date.toTimeString().slice(0, 8);
}

const environment = {
  PATH: '/bin:/usr/bin',
  CHANGED: 'old',
  REMOVED: 'x',
  DB_PASSWORD: 'hush-hush',
};

async function runWithEnvironment(): Promise<string> {
  const marker = newMarker();
  const script = `ADDED=yes CHANGED=new env -u REMOVED /bin/true ${marker}; :`;
  await run('/bin/sh', ['-c', script], { env: environment });
  return `${marker} binary=/bin/true event:exec`;
}

test('environment: what differs from the parent’s, and everything', async () => {
  const { app } = robot;
  await open(await runWithEnvironment());
  await tab('Environment');
  await app.waitForText('+ ADDED=yes');
  expect(app.text()).toMatch(/~ CHANGED=new\n +was old/);
  expect(app.text()).toContain('- REMOVED=x');
  expect(app.text()).toContain('PATH=/bin:/usr/bin');
  app.command('detail.difference');
  await app.waitForNoText('PATH=');
  expect(app.text()).toContain('+ ADDED=yes');
  app.command('detail.difference');
  await app.waitForText('PATH=');
  await focusOn(/^~ CHANGED/);
  expect(await copied()).toBe('new');
});

test('secrets are hidden, in the menu and the JSON too, until they are asked for', async () => {
  const { app } = robot;
  await open(await runWithEnvironment());
  await tab('Environment');
  await app.waitForText('DB_PASSWORD=••••');
  await focusOn(/DB_PASSWORD/);
  app.command('row.copy');
  await app.waitForText('1  name');
  expect(app.text()).not.toContain('hush');
  app.command('app.back');
  await tab('JSON');
  app.command('move.last');
  expect(app.raw()).not.toContain('hush-hush');
  app.command('detail.reveal');
  await app.waitForText('hush-hush');
  await tab('Environment');
  await app.waitForText('DB_PASSWORD=hush-hush');
  await focusOn(/DB_PASSWORD/);
  expect(await copied()).toBe('hush-hush');
  app.command('detail.reveal');
  await app.waitForText('DB_PASSWORD=••••');
});

test('open files: a file and a socket of it, read again, and when it has ended', async () => {
  const { app } = robot;
  const marker = newMarker();
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const file = join(folder, 'a log');
  const script = `exec 7>>'${file}' 8<>/dev/tcp/127.0.0.1/${port}; read line; exec 7>&-; read line; # ${marker}`;
  const child = start('/bin/bash', ['-c', script]);
  await open(`${marker} event:exec`);
  await tab('Files');
  const shown = [
    new RegExp(`7 +w +file +"${file}" +append`),
    new RegExp(`8 +rw +socket +tcp 127.0.0.1:\\d+ -> 127.0.0.1:${port} +established`),
  ];
  // Looked at in one: each look asks for the files anew.
  await app.waitFor(
    () => {
      app.command('detail.refresh');
      return shown.every((line) => line.test(app.text()));
    },
    { timeoutMs: 20_000 },
  );
  await focusOn(/^7 /);
  expect(await copied()).toBe(file);
  child.stdin?.write('\n');
  await app.waitFor(() => {
    app.command('detail.refresh');
    return !/^[› ]+7 +w/m.test(app.text());
  });
  child.stdin?.write('\n');
  await app.waitFor(
    () => {
      app.command('detail.refresh');
      return app.text().includes('has ended: its open files');
    },
    { timeoutMs: 20_000 },
  );
});

test('related events: its own and its children’s; Enter opens one, Esc comes back', async () => {
  const { app } = robot;
  const marker = newMarker();
  await run('/bin/sh', ['-c', `/bin/true one-${marker}; /bin/ls /nowhere-${marker}; :`]);
  await open(`binary=/bin/sh ${marker} event:exec`);
  await tab('Related');
  await app.waitForText(`one-${marker}`);
  await app.waitForText(`/nowhere-${marker}`);
  expect(focused()).toMatch(/^● .*process .*\/bin\/sh/);
  await focusOn(/exit .*\/bin\/ls/);
  app.command('row.detail');
  await app.waitForText('exit code');
  expect(app.screen()[4]).toContain('/bin/ls');
  app.command('app.back');
  await app.waitFor(() => activeTab() === 'Related');
  expect(focused()).toMatch(/exit .*\/bin\/ls/);
});

test('a field becomes the filter of the stream', async () => {
  const { app } = robot;
  const marker = newMarker();
  const directory = mkdtempSync(join(folder, 'with "quotes" '));
  await run('/bin/true', [marker], { cwd: directory });
  await open(`${marker} event:exec`);
  await focusOn(/^directory/);
  app.command('detail.filter');
  await app.waitFor((screen) => (screen[1] ?? '').includes('cwd='));
  await app.waitFor((screen) => / 2 of .*match/.test(screen.at(-1) ?? ''));
  expect(app.text()).toContain('exit');
  app.command('row.detail');
  await app.waitForText('exec id');
  await focusOn(/^exec id/);
  app.command('detail.filter');
  await app.waitForText('no event can be found by this');
});

test('namespaces: one of its own, not its parent’s', async () => {
  const { app } = robot;
  const marker = newMarker();
  start('/usr/bin/unshare', [
    '--uts',
    '--fork',
    '/bin/sleep',
    `1000`,
    '0',
    marker.replace(/\D/g, '') || '1',
  ]);
  await open(`binary:sleep args:"1000 0" event:exec time>=${recently()}`);
  await tab('Namespaces');
  await app.waitForText('cgroup');
  await app.waitFor(() => body().some((row) => /ns uts +\d+ {2}its own/.test(row)));
  expect(body().join('\n')).toMatch(/ns net +\d+ {2}the host’s, as its parent’s/);
  await focusOn(/^ns uts/);
  expect(await copied()).toMatch(/^\d+$/);
});

test('from the tree: all tabs but the event’s', async () => {
  const { app } = robot;
  const marker = newMarker();
  start('/bin/sh', ['-c', 'read line', marker]);
  app.command('view.tree', 'row.filter');
  app.enter(marker);
  await app.waitForText(`read line`);
  app.command('move.last', 'row.detail');
  await app.waitForText('exec id');
  expect(app.screen()[3]).toMatch(/Fields +Arguments +Ancestry .* Related *$/);
  await tab('Arguments');
  await app.waitForText(`3  ${marker}`);
  await tab('Files');
  await app.waitForText('open at');
  expect(app.text()).toMatch(/ 0 +r.* +socket/);
});

test('on a small terminal: short titles, then one at a time; nothing is out of reach', async () => {
  const { app } = robot;
  const marker = newMarker();
  await run('/bin/true', [marker, 'x'.repeat(2000), 'end']);
  await open(`${marker} event:exec`);
  app.resize(80, 24);
  await app.waitFor((screen) => /Fields +Args +Ancestry +Env/.test(screen[3] ?? ''));
  app.resize(60, 15);
  await app.waitForText('1 of 9; Tab: Arguments');
  app.command('view.next');
  await app.waitForText('2 of 9; Tab: Ancestry');
  await app.waitForText(`0  /bin/true`);
  for (let i = 0; i < 12 && !app.text().includes('›3  end'); i++) await down();
  expect(focused()).toBe('3  end');
  app.command('move.first');
  await app.waitForText(`0  /bin/true`);
});

test('with the mouse: tabs, entries, and a second click opens what Enter would', async () => {
  const { app } = robot;
  const marker = newMarker();
  await run('/bin/sh', ['-c', `/bin/true ${marker}; :`]);
  await open(`binary=/bin/true ${marker} event:exec`);
  const click = (row: number, column: number) =>
    app.type(`\x1b[<0;${column + 1};${row + 1}M\x1b[<0;${column + 1};${row + 1}m`);
  app.command('app.mouse');
  click(3, (app.screen()[3] ?? '').indexOf('Ancestry'));
  await app.waitForText('PROGRAM');
  expect(activeTab()).toBe('Ancestry');
  await app.waitFor((screen) => screen.some((row) => row.startsWith('›')));
  const shell = app.screen().findIndex((row) => row.includes('/bin/sh -c'));
  click(shell, 80);
  await app.waitFor((screen) => screen[shell]?.startsWith('›') === true);
  click(shell, 80);
  await app.waitFor((screen) => /^ process \d+ \/bin\/sh/.test(screen[4] ?? ''));
  app.command('app.mouse', 'app.back');
  await app.waitFor((screen) => (screen[4] ?? '').includes(marker));
});
