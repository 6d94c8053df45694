import { STYLE_END, type Style } from '../text/line.ts';

const STYLE = /(\x1b\[[0-9;]*m)/;

/** A finished line with its matches in another style. @param texts in small letters */
export function highlightLine(line: string, texts: readonly string[], style: Style): string {
  if (texts.length === 0) return line;
  const pieces = line.split(STYLE);
  const plain = pieces.filter((_, index) => index % 2 === 0).join('');
  const marked = markedIn(plain, texts);
  if (!marked) return line;
  let result = '';
  let open = '';
  let at = 0;
  pieces.forEach((piece, index) => {
    if (index % 2 === 1) {
      open = piece === STYLE_END ? '' : piece;
      result += piece;
      return;
    }
    for (let from = 0; from < piece.length; ) {
      const isMarked = marked[at + from] === 1;
      let to = from + 1;
      while (to < piece.length && (marked[at + to] === 1) === isMarked) to += 1;
      const text = piece.slice(from, to);
      result += isMarked
        ? `${open === '' ? '' : STYLE_END}${style.open}${text}${STYLE_END}${open}`
        : text;
      from = to;
    }
    at += piece.length;
  });
  return result;
}

/** 1 for each character of a match; undefined: there is none. */
function markedIn(plain: string, texts: readonly string[]): Uint8Array | undefined {
  const lower = plain.toLowerCase();
  // A few letters have no small form of the same length: their places would be wrong.
  if (lower.length !== plain.length) return undefined;
  let marked: Uint8Array | undefined;
  for (const text of texts)
    for (
      let at = lower.indexOf(text);
      at >= 0 && text !== '';
      at = lower.indexOf(text, at + text.length)
    ) {
      marked ??= new Uint8Array(plain.length);
      marked.fill(1, at, at + text.length);
    }
  return marked;
}
