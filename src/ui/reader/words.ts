import { escapeText } from '../../events/text.ts';
import { escapeNonAscii, toAscii } from '../text/ascii.ts';
import { withoutStyles } from '../text/plain.ts';
import { hasCursor, withoutFrames } from './theme.ts';

/** The cursor's sign: help, the palette and details have it where nothing else stands. */
const CURSOR_SIGN = /^ {0,2}[>›]/;
/** Sparklines, bars and text cursors. ASCII is never taken away: `>>` and `|` are what somebody ran. */
const DRAWN = /[▁-█]{4,}|━+|▏/g;

const SIGNS: Readonly<Record<string, string>> = {
  ...{ '↑': ' Up ', '↓': ' Down ', '←': ' Left ', '→': ' Right ' },
  ...{ '▲': ' ascending ', '▼': ' descending ', '…': '...', ' · ': ', ' },
};
const SIGN = /[↑↓←→▲▼…]| · /g;

/** Words of our own, with nobody else's among them: without signs that a reader would skip. */
export const ownWords = (text: string): string =>
  tidy(text.replace(/(?<=newer) ↓/, '').replace(SIGN, (sign) => SIGNS[sign] ?? sign));

/**
 * A finished line as it is said: without styles, drawing and gaps. '' when nothing is left.
 *
 * @param ascii the look that it was made with: there whatever isn't ASCII is our own, other programs' text is escaped already
 */
export function spoken(line: string, ascii: boolean): string {
  const plain = withoutStyles(withoutFrames(line));
  const said = (hasCursor(line) ? plain.replace(CURSOR_SIGN, '') : plain).replace(DRAWN, ' ');
  return ascii ? toAscii(ownWords(said)) : tidy(said);
}

const tidy = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * One line as it is written, whatever it is made of: printable, so that nothing in it can act on the terminal. Letters of all
 * scripts stay, which readers know, but where the terminal has ASCII only.
 */
export const harmlessLine = (text: string, ascii: boolean): string => {
  const safe = escapeText(text);
  return ascii ? escapeNonAscii(safe) : safe;
};

/** `4 minutes 31 seconds`. */
export function durationWords(ms: number): string {
  const all = Math.max(0, Math.ceil(ms / 1000));
  const [minutes, seconds] = [Math.floor(all / 60), all % 60];
  const count = (number: number, unit: string) => `${number} ${unit}${number === 1 ? '' : 's'}`;
  const parts = [
    ...(minutes > 0 ? [count(minutes, 'minute')] : []),
    ...(seconds > 0 || minutes === 0 ? [count(seconds, 'second')] : []),
  ];
  return parts.join(' ');
}
