import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cellsOf, createEmulator, writeTo } from '../../driver/emulator.ts';
import { cellsToSvg } from '../../driver/png.ts';
import { startPty } from '../../driver/pty.ts';
import { until } from '../../driver/until.ts';

const shell = (script: string, env?: Readonly<Record<string, string | undefined>>) =>
  startPty('sh', ['-c', script], env === undefined ? {} : { env });

/** A session that a hangup doesn't end, in a process that tells its folder and its number. */
const OUTLIVING = `
  import { startPty } from ${JSON.stringify(new URL('../../driver/pty.ts', import.meta.url).href)};
  const session = startPty('sh', ['-c', 'trap "" HUP; echo "$XDG_STATE_HOME $$"; sleep 60']);
  await session.waitFor('trigon-pty');
  console.log(session.text().trim());
`;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the pty driver', () => {
  test('shows the screen, types, and reports the exit code', async () => {
    const session = shell('read -r line; echo "got $line"; exit 7');
    session.type('words\r');
    await session.waitFor('got words');
    expect(session.text()).toContain('got words');
    expect(await session.exit).toEqual({ code: 7, signal: undefined });
  });

  test('shows a frame when it is whole, in whatever pieces it comes', async () => {
    const session = shell(
      String.raw`printf 'old\r\033[?20'; sleep 0.1; printf '26hnew'; sleep 0.2; printf ' words\033[?2026'; sleep 0.1; printf l; exec sleep 60`,
    );
    const seen = new Set<string>();
    await session.waitFor(([row = '']) => {
      seen.add(row);
      return row.includes('words');
    });
    session.kill('SIGKILL');
    await session.exit;
    expect([...seen].filter(Boolean)).toEqual(['old', 'new words']);
  });

  test('does not wait for ever for the rest of a frame', async () => {
    const session = shell(String.raw`printf '\033[?2026hhalf'; exec sleep 60`);
    await session.waitFor('half');
    session.kill('SIGKILL');
    await session.exit;
  });

  test('names the signal that ended the program', async () => {
    const session = shell('echo up; exec sleep 60');
    await session.waitFor('up');
    session.kill('SIGKILL');
    expect((await session.exit).signal).toBe('SIGKILL');
  });

  test('keeps variables away that change what programs draw', async () => {
    vi.stubEnv('CI', 'true');
    const session = shell('echo "[$CI$NO_COLOR$FORCE_COLOR][$TERM][$OWN]"', { OWN: 'mine' });
    await session.waitFor('[][xterm-256color][mine]');
  });

  test('says what was on the screen when a wait fails', async () => {
    const session = shell('echo only this');
    await expect(session.waitFor('something else')).rejects.toThrow('only this');
  });

  test('such a message has no arguments of programs but those that the test itself knows', async () => {
    const session = shell('echo "  12 ├─ /bin/login --token abc"; echo "…node mine-0815 --more"');
    await session.waitFor('mine-0815');
    const failing = session.waitFor('something else', { timeoutMs: 50 });
    await expect(failing).rejects.toThrow('  12 ├─ /bin/login …\n…node mine-0815 --more\n');
    expect(session.text()).toContain('--token abc');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'a test process that %s ends takes its sessions and their folders with it',
    async (signal) => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', OUTLIVING], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [[told], [, endedBy]] = await Promise.all([
        once(child.stdout, 'data').then(([text]) => {
          child.kill(signal);
          return [String(text).trim().split(' ')];
        }),
        once(child, 'exit'),
      ]);
      expect(endedBy).toBe(signal);
      const [folder = '', pid = ''] = told ?? [];
      expect(folder).toContain('trigon-pty-');
      expect(existsSync(dirname(folder))).toBe(false);
      expect(await until(() => !existsSync(`/proc/${pid}`))).toBe(true);
    },
  );

  test('reads the clipboard sequence', async () => {
    const session = shell(`printf '\\033]52;c;Y29waWVk\\007'; echo done`);
    await session.waitFor('done');
    expect(session.clipboard()).toEqual(['copied']);
  });
});

describe('pictures', () => {
  const svgOf = async (data: string) => {
    const terminal = createEmulator({ columns: 10, rows: 1 });
    await writeTo(terminal, data);
    return cellsToSvg(cellsOf(terminal));
  };

  test('hold text, colours and weights', async () => {
    const svg = await svgOf('\x1b[1;38;2;1;2;3ma\x1b[0;7m<\x1b[0;38;5;196mx');
    expect(svg).toMatch(/fill="#010203" font-weight="bold">a</);
    expect(svg).toContain('>&lt;</text>');
    expect(svg).toMatch(/fill="#ff0000">x</);
  });

  test('draw box characters as lines', async () => {
    expect(await svgOf('┌')).toContain('<path d="M');
  });
});
