/** Copying through the terminal, as over SSH. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type AppSession, startApp } from '../../driver/app.ts';
import { run } from '../../driver/command.ts';

const DISPLAYS = {
  DISPLAY: undefined,
  WAYLAND_DISPLAY: undefined,
  TMUX: undefined,
  STY: undefined,
};
const marker = `m${randomUUID().slice(0, 8)}`;
const sessions: AppSession[] = [];

async function start(env: Record<string, string | undefined>): Promise<AppSession> {
  const app = await startApp([], { columns: 120, rows: 30, env: { ...DISPLAYS, ...env } });
  sessions.push(app);
  await run('/bin/sh', ['-c', 'exit 3', marker, "it's; rm -rf $HOME", '\x1b]0;x\x07']);
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.enter(`${marker} event:exec`);
  await app.waitFor((screen) => / [1-9][\d,]* of [\d,]+ match/.test(screen.at(-1) ?? ''));
  await app.waitForText(marker);
  return app;
}

let app: AppSession;
beforeAll(async () => {
  app = await start({ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' });
});
afterAll(() => {
  for (const session of sessions) session.kill('SIGKILL');
});
afterEach(async () => {
  app.command('app.back');
  app.command('row.filter');
  await app.waitForText('Enter applies');
  app.enter('');
  await app.waitForNoText('Enter applies');
});

/** Of the menu, which lies below all else. */
const cursorRow = (): string => {
  const at = app.cells().findLastIndex((row) => row.every((cell) => cell.isInverse));
  return at < 0 ? '' : (app.screen()[at] ?? '');
};

const choose = async (what: string): Promise<string> => {
  app.command('row.copy');
  await app.waitForText('─ Copy ');
  const digit = app
    .screen()
    .map((row) => /^ (\d) {2}(.{14})/.exec(row))
    .find((match) => match?.[2]?.trim() === what)?.[1];
  const before = app.clipboard().length;
  app.press(digit ?? '?');
  await app.waitForText(`copied the ${what} by OSC 52, `);
  await app.waitFor(() => app.clipboard().length === before + 1);
  const text = app.clipboard().at(-1) ?? '';
  expect(app.text()).toContain(`OSC 52, ${Buffer.byteLength(text)} bytes`);
  expect(text).not.toMatch(/\p{Cc}/u);
  return text;
};

test('the command line is quoted for a shell: it does what it did, and nothing else', async () => {
  const text = await choose('command line');
  const { stdout } = await run('/bin/bash', ['-c', `set -- ${text}; printf '%s\\n' "$@"`]);
  expect(stdout).toContain(`${marker}\nit's; rm -rf $HOME\n\x1b]0;x\x07\n`);
});

test('JSON, line, binary and pid', async () => {
  expect(JSON.parse(await choose('JSON')).process_exec.process.trigon.argv[3]).toBe(marker);
  expect(await choose('line')).toContain(marker);
  expect(await choose('binary')).toBe('/bin/sh');
  expect(await choose('pid')).toMatch(/^\d+$/);
});

test('arrows and Enter choose; Esc copies nothing; from a detail one comes back to it', async () => {
  const before = app.clipboard().length;
  app.command('row.detail');
  await app.waitForText('exec id');
  app.command('row.copy');
  await app.waitForText('─ Copy ');
  app.press('escape');
  await app.waitForNoText('─ Copy ');
  expect(app.text()).toContain('exec id');
  app.command('row.copy');
  await app.waitForText('─ Copy ');
  // First comes what the cursor of the detail is on.
  await app.waitFor(() => /^ 1 {2}event .* exec$/.test(cursorRow().trimEnd()));
  for (let step = 0; step < 9 && !/^ \d {2}binary /.test(cursorRow()); step++) {
    const row = cursorRow();
    app.press('down');
    await app.waitFor(() => cursorRow() !== row);
  }
  app.press('enter');
  await app.waitForText('copied the binary by OSC 52');
  await app.waitFor(() => app.clipboard().length === before + 1);
  expect(app.clipboard().at(-1)).toBe('/bin/sh');
  expect(app.text()).toContain('exec id');
});

test('in tmux the sequence is wrapped, and said to be', async () => {
  const session = await start({ SSH_TTY: '/dev/pts/9', TMUX: '/tmp/tmux-0/default,1,0' });
  session.command('row.copy');
  await session.waitForText('─ Copy ');
  session.press('4');
  await session.waitForText('copied the binary by OSC 52 through tmux');
  const encoded = Buffer.from('/bin/sh').toString('base64');
  expect(session.raw()).toContain(`\x1bPtmux;\x1b\x1b]52;c;${encoded}\x07\x1b\\`);
  expect(await session.quit()).toBe(0);
});

test('a display that nobody answers on: the reason in words', async () => {
  const session = await start({ DISPLAY: ':987', SSH_CONNECTION: undefined, SSH_TTY: undefined });
  session.command('row.copy');
  await session.waitForText('─ Copy ');
  session.press('4');
  await session.waitForText('not copied: ');
  expect(session.clipboard()).toEqual([]);
  expect(await session.quit()).toBe(0);
});
