/** A mistake in a filter, with its place. */
export class FilterMistake extends Error {
  /** Index into the text where the mistake begins. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** A word, its quotes and escapes resolved. */
export type WordToken = {
  readonly kind: 'word';
  readonly at: number;
  /** Behind its last character. */
  readonly end: number;
  readonly text: string;
  /** How many of its first characters stand before any quote: only among them signs mean something. */
  readonly plain: number;
  readonly isQuoted: boolean;
};

export type Token =
  | WordToken
  | { readonly kind: 'open' | 'close' | 'not'; readonly at: number; readonly end: number };

/**
 * Splits a filter into words, parentheses and `!`. In quotes `\"` and `\\` stand for themselves, outside `\"` and `\ ` do; every
 * other backslash stays, for regular expressions. Parentheses that are balanced within a word belong to it.
 *
 * @throws FilterMistake for a quote without an end
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const letter = text[at];
    if (letter === ' ') {
      at += 1;
    } else if (letter === '(' || letter === ')') {
      tokens.push({ kind: letter === '(' ? 'open' : 'close', at, end: at + 1 });
      at += 1;
    } else if (letter === '!' && /[^ )]/.test(text[at + 1] ?? '')) {
      tokens.push({ kind: 'not', at, end: at + 1 });
      at += 1;
    } else {
      const word = wordAt(text, at);
      tokens.push(word);
      at = word.end;
    }
  }
  return tokens;
}

function wordAt(text: string, start: number): WordToken {
  let at = start;
  let word = '';
  let plain: number | undefined;
  let isInside = false;
  let depth = 0;
  for (; at < text.length; at++) {
    const letter = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (letter === '"') {
      isInside = !isInside;
      plain ??= word.length;
    } else if (letter === '\\' && next !== '') {
      const isLetter = isInside ? next === '"' || next === '\\' : next === '"' || next === ' ';
      if (isLetter) plain ??= word.length;
      word += isLetter ? next : isInside ? letter : letter + next;
      if (isLetter || !isInside) at += 1;
    } else if (isInside) {
      word += letter;
    } else {
      if (letter === ' ' || (letter === ')' && depth === 0)) break;
      if (letter === '(') depth += 1;
      if (letter === ')') depth -= 1;
      word += letter;
    }
  }
  if (isInside) throw new FilterMistake('this quote has no end', start);
  const isQuoted = plain !== undefined;
  return { kind: 'word', at: start, end: at, text: word, plain: plain ?? word.length, isQuoted };
}
