import { STYLE_END } from '../text/line.ts';

/** Shorter runs of spaces than this are as short as what would stand for them. */
const LEAST = 12;

const SGR = /(\x1b\[[\d;:]*m)/;
const RUN = new RegExp(` {${LEAST},}`, 'g');

/** From one style to the next in one sequence. */
const STYLE_CHANGE = /\x1b\[0m\x1b\[([\d;:]+)m/g;

/** Fewer bytes for the same cells: links may be slow, and styles are a good part of what a line costs. */
export const shorten = (text: string, isErased: boolean): string =>
  shortenBlanks(text, isErased).replace(STYLE_CHANGE, '\x1b[0;$1m');

/**
 * Shortens the gaps between the columns of a line: where no style is on, spaces become an erasure (ECH, unless the place is blank
 * already) and a step to the right (CUF).
 *
 * @param text of a laid line: SGR and cursor addresses are the only sequences in it
 */
function shortenBlanks(text: string, isErased: boolean): string {
  if (!text.includes('            ')) return text;
  const skip = (run: string) =>
    isErased ? `\x1b[${run.length}C` : `\x1b[${run.length}X\x1b[${run.length}C`;
  let isPlain = true;
  return text
    .split(SGR)
    .map((part) => {
      if (part.startsWith('\x1b[') && SGR.test(part)) isPlain = part === STYLE_END;
      else if (isPlain) return part.replace(RUN, skip);
      return part;
    })
    .join('');
}
