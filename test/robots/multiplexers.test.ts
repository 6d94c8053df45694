/** In a real tmux and a real GNU screen: what they draw is what we mean. Needs root and a built dist/. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { LAUNCHER } from '../driver/app.ts';
import { run } from '../driver/command.ts';
import { type PtySession, startPty } from '../driver/pty.ts';
import { LIMIT_MS, until } from '../driver/until.ts';

const home = mkdtempSync('/tmp/tgmux-');
afterAll(() => rmSync(home, { recursive: true, force: true }));

let session: PtySession | undefined;
afterEach(() => session?.kill('SIGKILL'));

const program = [process.execPath, LAUNCHER, '--policy-path', 'none', '--theme', 'dark'].join(' ');
const shellLine = `${program}; echo AFTERWARDS; read x`;

/** `end`: arguments that end its server, which outlives the terminal; it ends with the last program in it else. */
type Inside = { program: string; conf: string; args(conf: string): string[]; end: string[] };

const MULTIPLEXERS: [string, Inside][] = [
  [
    'tmux',
    {
      program: 'tmux',
      conf: 'set -g default-terminal tmux-256color\nset -g status off\nset -s escape-time 10\n',
      args: (conf) => ['-S', join(home, 'tmux.sock'), '-f', conf, 'new-session', shellLine],
      end: ['-S', join(home, 'tmux.sock'), 'kill-server'],
    },
  ],
  [
    'GNU screen',
    {
      program: 'screen',
      conf: 'startup_message off\ndefutf8 on\nterm screen-256color\nmaptimeout 10\n',
      args: (conf) => ['-S', 'robot', '-U', '-c', conf, 'sh', '-c', shellLine],
      end: ['-S', 'robot', '-X', 'quit'],
    },
  ],
];

describe.each(MULTIPLEXERS)('%s', (_name, { program: command, conf, args, end }) => {
  // Of a scenario that failed the program would go on in there.
  afterEach(() => run(command, end, { env: { ...process.env, SCREENDIR: home } }));

  const start = async () => {
    const file = join(home, `${command}.conf`);
    writeFileSync(file, conf);
    const started = startPty(command, args(file), {
      ...{ columns: 120, rows: 30 },
      env: { COLORTERM: undefined, TMUX: undefined, STY: undefined, SCREENDIR: home },
    });
    session = started;
    await started.waitFor('live', { timeoutMs: LIMIT_MS });
    return started;
  };
  const leave = async (app: PtySession) => {
    app.press('q');
    await app.waitFor('AFTERWARDS', { timeoutMs: LIMIT_MS });
    app.press('enter');
    expect((await app.exit).code).toBe(0);
  };

  test('colours, keys, sizes, and the shell’s screen afterwards', async () => {
    const app = await start();
    const wait = (text: string) => app.waitFor(text, { timeoutMs: LIMIT_MS });
    expect(app.cells()[0]?.[2]?.fg).toEqual({ kind: 'palette', index: 80 });
    app.press('2');
    await wait('Process');
    app.press('down', 'pagedown', 'end', 'f1');
    await wait('letters narrow the list');
    app.press('escape');
    await app.waitFor((screen) => !screen.some((row) => row.includes('letters narrow')), {
      timeoutMs: LIMIT_MS,
    });
    app.resize(90, 25);
    await app.waitFor((screen) => screen.length === 25 && /detail/.test(screen.at(-1) ?? ''), {
      timeoutMs: LIMIT_MS,
    });
    await leave(app);
  });

  test('a list that was scrolled bit by bit is what a full repaint shows', async () => {
    const app = await start();
    const marker = randomUUID();
    // Nothing but these: a busy host would scroll them away.
    app.type(`/args:${marker}`);
    await app.waitFor('match', { timeoutMs: LIMIT_MS });
    app.press('enter');
    // More than a screen of them, one after the other, so that rows are moved and not all written.
    for (let event = 0; event < 60; event++) await run('/bin/true', [marker, String(event)]);
    await app.waitFor((screen) => screen.some((row) => row.includes(`${marker} 59`)), {
      timeoutMs: LIMIT_MS,
    });
    app.press('p');
    await app.waitFor('paused', { timeoutMs: LIMIT_MS });
    app.press('up', 'up', 'pageup', 'down');
    // The lines above and below tell of what happens now.
    const list = () => app.cells().slice(3, -2);
    const isQuiet = () => {
      const before = JSON.stringify(list());
      return until(() => JSON.stringify(list()) !== before, { limitMs: 400 }).then((is) => !is);
    };
    expect(await until(isQuiet)).toBe(true);
    const moved = list();
    app.press('ctrl+l');
    expect(await until(isQuiet)).toBe(true);
    expect(list()).toEqual(moved);
    await leave(app);
  });
});
