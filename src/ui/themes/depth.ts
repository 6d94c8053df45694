import type { ColorDepth } from './color.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const COLOR_CHOICES = ['auto', 'truecolor', '256', '16', 'none'] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** Terminals that have their own name and 24-bit colours, which they say by COLORTERM too: but sudo(8) and ssh(1) take that away. */
const TRUECOLOR_TERMS =
  /^(xterm-kitty|xterm-ghostty|alacritty|wezterm|foot|contour)\b|-(direct|truecolor)$/;

/**
 * How many colours the terminal shows.
 *
 * An option wins over NO_COLOR, as no-color.org wants it; NO_COLOR over FORCE_COLOR, whose numbers mean what they mean for Node
 * (nodejs.org/api/cli.html). COLORTERM is `truecolor` or `24bit`; no other announcement of 24-bit colours gets through ssh or tmux.
 */
export function colorDepth(choice: ColorChoice, env: Environment): ColorDepth {
  if (choice !== 'auto') return choice;
  if (env.NO_COLOR) return 'none';
  switch (env.FORCE_COLOR) {
    case '0':
    case 'false':
      return 'none';
    case '1':
      return '16';
    case '2':
      return '256';
    case '3':
      return 'truecolor';
    default:
      return env.TERM === 'dumb' && !isForced(env) ? 'none' : announced(env);
  }
}

/** Set without a number: colours are wanted, however many there are. */
const isForced = ({ FORCE_COLOR }: Environment): boolean =>
  FORCE_COLOR === '' || FORCE_COLOR === 'true';

function announced(env: Environment): ColorDepth {
  const term = env.TERM ?? '';
  // The console takes more, and shows the nearest of its sixteen (console_codes(4)): we know better which is meant.
  if (term === 'linux') return '16';
  const most = /256color/.test(term) ? '256' : '16';
  // GNU screen hands COLORTERM on from the terminal around it, but knows 256 colours only before version 5.
  if (env.STY !== undefined && env.TMUX === undefined) return most;
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 'truecolor';
  return TRUECOLOR_TERMS.test(term) ? 'truecolor' : most;
}

export type Ground = 'dark' | 'light';

/**
 * What is behind the text, where the terminal says so before it is asked. COLORFGBG is `ink;ground` or `ink;something;ground`, in
 * numbers of the sixteen: rxvt and Konsole set it.
 */
export function announcedGround({ COLORFGBG }: Environment): Ground | undefined {
  const ground = /;(\d{1,2})$/.exec(COLORFGBG ?? '')?.[1];
  if (ground === undefined) return undefined;
  return ground === '7' || ground === '15' ? 'light' : 'dark';
}

/** Terminals that know OSC sequences, or swallow those that they don't know; GNU screen does neither. */
const ASKABLE = /^(xterm|rxvt|tmux|screen|alacritty|foot|wezterm|contour|konsole|gnome|vte|st)\b/;

export const canBeAsked = ({ TERM = '', STY, TMUX }: Environment): boolean =>
  ASKABLE.test(TERM) && (STY === undefined || TMUX !== undefined);
