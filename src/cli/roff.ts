/**
 * Text for roff(7) as it shall be seen: no backslash of it is an escape, no line of it a request, hyphens can be copied, and what
 * isn't ASCII is an escape (groff_char(7)), so that no encoding has to be guessed.
 */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replace(/[^\x20-\x7e\n]/gu, roffCharacter)
    .replace(/^\./gm, '\\&.');
}

/** Those that every device has, one way or another. */
const NAMED: Readonly<Record<string, string>> = {
  '…': '...',
  '’': '\\(cq',
  '→': '\\(->',
  '×': '\\(mu',
};

/** U+1F680 as `\[u1F680]`: four digits at least, capital. */
function roffCharacter(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || code === 0x7f
    ? ' '
    : `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
}

/** A request with its arguments, each a word of the request however many blanks and quotes it has. */
export const roffRequest = (name: string, ...words: readonly string[]): string =>
  [`.${name}`, ...words.map((word) => `"${roffText(word).replaceAll('"', '\\(dq')}"`)].join(' ');

/** A term in bold with what it means below. */
export const roffTerm = (term: string, meaning: string): string[] => [
  '.TP',
  roffRequest('B', term),
  roffText(meaning) || '\\&',
];

export const roffSection = (title: string, ...lines: readonly string[]): string[] => [
  roffRequest('SH', title),
  ...lines,
];

/** Paragraphs of text. */
export const roffParagraphs = (...texts: readonly string[]): string[] =>
  texts.flatMap((text) => ['.PP', roffText(text)]);
