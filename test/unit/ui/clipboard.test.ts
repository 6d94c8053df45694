import { describe, expect, test } from 'vitest';
import {
  createClipboard,
  type Environment,
  MAX_ENCODED,
  multiplexerOf,
  osc52,
  usesTerminal,
} from '../../../src/ui/clipboard.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each<[Environment, boolean]>([
  [{ SSH_CONNECTION: '1 2 3 4', DISPLAY: ':0' }, true],
  [{ SSH_TTY: '/dev/pts/1', WAYLAND_DISPLAY: 'wayland-0' }, true],
  [{}, true],
  [{ DISPLAY: ':0' }, false],
  [{ WAYLAND_DISPLAY: 'wayland-0' }, false],
])('%j: by the terminal: %s', (env, expected) => expect(usesTerminal(env)).toBe(expected));

test.each<[Environment, string | undefined]>([
  [{ TERM: 'xterm-256color' }, undefined],
  [{ TERM: 'screen-256color', TMUX: '/tmp/tmux-0/default,1,0' }, 'tmux'],
  [{ TERM: 'tmux-256color' }, 'tmux'],
  [{ TERM: 'screen-256color' }, 'tmux'],
  [{ TERM: 'screen.xterm-256color' }, 'screen'],
  [{ TERM: 'screen', STY: '1.pts-0' }, 'screen'],
])('%j is %s', (env, expected) => expect(multiplexerOf(env)).toBe(expected));

describe('OSC 52', () => {
  test('plain', () => {
    expect(osc52('grün', undefined)).toBe(`\x1b]52;c;${base64('grün')}\x07`);
  });

  test('tmux: inside its DCS with each ESC twice', () => {
    expect(osc52('x', 'tmux')).toBe(`\x1bPtmux;\x1b\x1b]52;c;${base64('x')}\x07\x1b\\`);
  });

  test('screen: in pieces that it passes on, which joined are the sequence', () => {
    const text = 'abc'.repeat(1000);
    const sequence = osc52(text, 'screen') ?? '';
    const pieces = [...sequence.matchAll(/\x1bP([\s\S]*?)\x1b\\/g)];
    expect(pieces.map(([whole]) => whole).join('')).toBe(sequence);
    for (const [whole] of pieces) expect(whole.length).toBeLessThan(768);
    expect(pieces.map(([, inner]) => inner).join('')).toBe(osc52(text, undefined));
  });

  test('the longest text that is taken, and the first that is not', () => {
    const longest = (MAX_ENCODED / 4) * 3;
    const most = 'x'.repeat(Math.floor(longest / 3) * 3);
    expect(osc52(most, undefined)?.length).toBeLessThanOrEqual(MAX_ENCODED + 8);
    expect(osc52(`${most}xxx`, undefined)).toBeUndefined();
  });
});

describe('copying', () => {
  const written: string[] = [];
  const write = (data: string) => written.push(data);

  test('over SSH through the terminal, and told how', async () => {
    const { copy } = createClipboard({ write, env: { SSH_CONNECTION: '1', TMUX: 'x' } });
    expect(await copy('né')).toEqual({
      ok: true,
      how: 'OSC 52 through tmux (needs its allow-passthrough)',
      bytes: 3,
    });
    expect(written).toEqual([osc52('né', 'tmux')]);
  });

  test('too long: nothing is written, and the limit is named', async () => {
    written.length = 0;
    const { copy } = createClipboard({ write, env: {} });
    expect(await copy('x'.repeat(60_000))).toEqual({
      ok: false,
      reason: '60000 bytes are too much for OSC 52: 80000 encoded, 74994 at most',
    });
    expect(written).toEqual([]);
  });

  test('on a desktop natively; its errors in one line', async () => {
    const taken: string[] = [];
    const env = { DISPLAY: ':0' };
    const native = createClipboard({
      write,
      env,
      writeNatively: async (text) => void taken.push(text),
    });
    expect(await native.copy('text')).toMatchObject({ ok: true, bytes: 4 });
    expect(taken).toEqual(['text']);
    const broken = createClipboard({
      write,
      env,
      writeNatively: () => Promise.reject(new Error('no xsel\nat line 1')),
    });
    expect(await broken.copy('text')).toEqual({ ok: false, reason: 'no xsel' });
    expect(written).toEqual([]);
  });
});
