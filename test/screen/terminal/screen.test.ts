import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type PtySession, startPty } from '../../driver/pty.ts';

const app = fileURLToPath(new URL('fixtures/screenApp.ts', import.meta.url));
const sessions: PtySession[] = [];

/** A shell that runs the program, then says how it found the terminal. */
const start = (): PtySession => {
  const script = `echo before; "$0" "$1"; echo "status $?"; stty -a | tr ';' '\\n' | grep -w icanon; echo over; read -r line; echo "line [$line]"`;
  const session = startPty('bash', ['-c', script, process.execPath, app], {
    scrollback: 200,
  });
  sessions.push(session);
  return session;
};

const pidOfApp = (session: PtySession): number =>
  Number(/pid (\d+)/.exec(session.text())?.[1] ?? Number.NaN);

/** What a user must find after the program, however it ended. */
const expectSaneTerminal = async (session: PtySession) => {
  await session.waitFor('over');
  expect(session.bufferType()).toBe('normal');
  expect(session.isCursorVisible()).toBe(true);
  // A stack trace with long paths may have pushed it out of sight.
  const text = session.history();
  expect(text).toContain('before');
  expect(text).toMatch(/(?<!-)icanon/);
  expect(text).toMatch(/isig icanon iexten echo /);
  // Modes that the emulator tells: reports are off, wrapping is on.
  session.type('typed\r');
  await session.waitFor('line [typed]');
  const raw = session.raw();
  for (const mode of [2026, 1000, 1002, 1003, 1006, 1004, 2004]) {
    expect(raw.lastIndexOf(`\x1b[?${mode}l`), `mode ${mode}`).toBeGreaterThan(
      raw.lastIndexOf(`\x1b[?${mode}h`),
    );
  }
  expect(raw.lastIndexOf('\x1b[?7h')).toBeGreaterThan(raw.lastIndexOf('\x1b[?7l'));
};

afterEach(async () => {
  for (const session of sessions.splice(0)) {
    session.kill('SIGKILL');
    await session.exit;
  }
});

describe('a program on the screen', () => {
  test('has the alternate screen, no cursor, and single keys', async () => {
    const session = start();
    await session.waitFor('ready 80x24');
    expect(session.bufferType()).toBe('alternate');
    expect(session.isCursorVisible()).toBe(false);
    expect(session.text()).not.toContain('before');
    for (const key of ['down', 'f9', 'shift+tab', 'ctrl+c', 'escape', 'é']) {
      session.press(key);
      await session.waitFor(`last ${key}`);
    }
    session.paste('two\rlines');
    await session.waitFor('last {"type":"paste","text":"two\\rlines"}');
    session.press('q');
    await expectSaneTerminal(session);
    expect(session.text()).toContain('summary after the screen');
    expect(session.text()).toContain('status 0');
  });

  test('follows the size of the window, and repaints on Ctrl-L', async () => {
    const session = start();
    await session.waitFor('ready 80x24');
    session.resize(60, 15);
    session.resize(100, 30);
    await session.waitFor('ready 100x30');
    await session.waitFor((rows) => rows[2] === '─'.repeat(100));
    session.press('ctrl+l');
    await session.waitFor('last ctrl+l');
    session.press('q');
    await expectSaneTerminal(session);
  });
});

describe('the terminal is restored', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const)('after %s', async (signal, status) => {
    const session = start();
    await session.waitFor('last none');
    process.kill(pidOfApp(session), signal);
    await expectSaneTerminal(session);
    expect(session.text()).toContain(`status ${status}`);
  });

  test('after process.exit', async () => {
    const session = start();
    await session.waitFor('ready');
    session.press('x');
    await expectSaneTerminal(session);
    expect(session.text()).toContain('status 3');
  });

  test.each([
    ['an exception', 't', 'thrown on purpose'],
    ['a rejected promise', 'r', 'rejected on purpose'],
  ])('after %s, and the error can be read', async (_name, key, message) => {
    const session = start();
    await session.waitFor('ready');
    session.press(key);
    await expectSaneTerminal(session);
    expect(session.history()).toContain(message);
    expect(session.text()).toContain('status 1');
  });
});

describe('Ctrl-Z', () => {
  test('gives the terminal to the shell, and fg brings the screen back', async () => {
    const session = startPty('bash', ['--norc', '--noprofile', '-i'], {
      env: { PS1: 'shell> ', HISTFILE: undefined },
    });
    sessions.push(session);
    await session.waitFor('shell>');
    session.type(`${process.execPath} ${app}\r`);
    await session.waitFor('ready 80x24');
    session.press('ctrl+z');
    await session.waitFor('Stopped');
    expect(session.bufferType()).toBe('normal');
    expect(session.isCursorVisible()).toBe(true);
    session.type('echo in $((1 + 1)) shells\r');
    await session.waitFor('in 2 shells');
    session.type('fg\r');
    await session.waitFor('ready 80x24');
    expect(session.bufferType()).toBe('alternate');
    session.press('up');
    await session.waitFor('last up');
    session.press('q');
    await session.waitFor('summary after the screen');
    expect(session.bufferType()).toBe('normal');
  });

  test('without a shell to come back to, the program goes on', async () => {
    const session = startPty(process.execPath, [app]);
    sessions.push(session);
    await session.waitFor('ready');
    session.press('ctrl+z');
    await session.waitFor(() => session.raw().split('\x1b[?1049h').length === 3);
    session.press('up');
    await session.waitFor('last up');
    session.press('x');
    expect(await session.exit).toEqual({ code: 3, signal: undefined });
  });
});
