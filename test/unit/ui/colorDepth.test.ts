import { expect, test } from 'vitest';
import { announcedGround, canBeAsked, colorDepth } from '../../../src/ui/themes/depth.ts';

type Env = Record<string, string>;

test.each<[string, Env, string]>([
  ['nothing known', {}, '16'],
  ['xterm', { TERM: 'xterm' }, '16'],
  ['xterm with 256', { TERM: 'xterm-256color' }, '256'],
  ['24-bit as most say it', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
  ['24-bit as some say it', { TERM: 'xterm-256color', COLORTERM: '24bit' }, 'truecolor'],
  ['COLORTERM says nothing of it', { TERM: 'rxvt', COLORTERM: 'rxvt' }, '16'],
  ['kitty below sudo, without COLORTERM', { TERM: 'xterm-kitty' }, 'truecolor'],
  ['terminfo of a direct terminal', { TERM: 'xterm-direct' }, 'truecolor'],
  ['the Linux console', { TERM: 'linux', COLORTERM: 'truecolor' }, '16'],
  ['dumb', { TERM: 'dumb', COLORTERM: 'truecolor' }, 'none'],
  ['tmux', { TERM: 'tmux-256color', TMUX: '/tmp/x,1,0' }, '256'],
  ['tmux as screen', { TERM: 'screen-256color', TMUX: '/tmp/x,1,0' }, '256'],
  [
    'tmux in a terminal with 24 bits, which it knows',
    { TERM: 'tmux-256color', TMUX: '/tmp/x,1,0', COLORTERM: 'truecolor' },
    'truecolor',
  ],
  [
    'screen in a terminal with 24 bits, which it does not know',
    { TERM: 'screen-256color', STY: '1.x', COLORTERM: 'truecolor' },
    '256',
  ],
  ['screen', { TERM: 'screen', STY: '1.x', COLORTERM: 'truecolor' }, '16'],
  ['NO_COLOR', { TERM: 'xterm-256color', NO_COLOR: '1' }, 'none'],
  ['NO_COLOR that is empty', { TERM: 'xterm-256color', NO_COLOR: '' }, '256'],
  ['NO_COLOR goes before FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '3' }, 'none'],
  ['FORCE_COLOR=0', { TERM: 'xterm-256color', FORCE_COLOR: '0' }, 'none'],
  ['FORCE_COLOR=1', { TERM: 'xterm-256color', FORCE_COLOR: '1' }, '16'],
  ['FORCE_COLOR=2', { TERM: 'xterm', FORCE_COLOR: '2' }, '256'],
  ['FORCE_COLOR=3', { TERM: 'dumb', FORCE_COLOR: '3' }, 'truecolor'],
  ['FORCE_COLOR without a number', { TERM: 'dumb', FORCE_COLOR: 'true' }, '16'],
  [
    'FORCE_COLOR without a number takes nothing away',
    { TERM: 'xterm-256color', FORCE_COLOR: '' },
    '256',
  ],
])('%s', (_what, env, depth) => {
  expect(colorDepth('auto', env)).toBe(depth);
});

test('the option wins over everything', () => {
  const env = { TERM: 'dumb', NO_COLOR: '1', FORCE_COLOR: '0' };
  for (const choice of ['truecolor', '256', '16', 'none'] as const)
    expect(colorDepth(choice, env)).toBe(choice);
});

test.each<[string | undefined, string | undefined]>([
  ['0;15', 'light'],
  ['0;default;15', 'light'],
  ['0;7', 'light'],
  ['15;0', 'dark'],
  ['7;8', 'dark'],
  ['7;default', undefined],
  ['', undefined],
  [undefined, undefined],
])('COLORFGBG %s: %s', (COLORFGBG, ground) => {
  expect(announcedGround({ COLORFGBG })).toBe(ground);
});

test.each<[string, Env, boolean]>([
  ['xterm and those who say so', { TERM: 'xterm-256color' }, true],
  ['st', { TERM: 'st-256color' }, true],
  ['tmux', { TERM: 'screen-256color', TMUX: 'x' }, true],
  ['GNU screen', { TERM: 'screen-256color', STY: 'x' }, false],
  ['the Linux console', { TERM: 'linux' }, false],
  ['a terminal of 1983', { TERM: 'vt220' }, false],
  ['nobody knows', {}, false],
])('who can be asked for the background: %s', (_what, env, can) => {
  expect(canBeAsked(env)).toBe(can);
});
