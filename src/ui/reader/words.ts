import { escapeText } from '../../events/text.ts';
import { escapeNonAscii, toAscii } from '../text/ascii.ts';
import { withoutStyles } from '../text/plain.ts';

/** Rules, frames and bars, of which a reader would say each sign. */
const FRAMES = /(^|\s)[-=|+~_>]+(?=\s|$)/g;

/** A finished line as it is said: without styles, signs that draw, and gaps. '' when nothing is left. */
export const spoken = (line: string): string =>
  toAscii(withoutStyles(line)).replace(FRAMES, ' ').replace(/\s+/g, ' ').trim();

/** One line as it is written, whatever it is made of: printable ASCII, so that nothing in it can act on the terminal. */
export const harmlessLine = (text: string): string => escapeNonAscii(escapeText(text));

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
