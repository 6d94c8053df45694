/**
 * Argument lists: as Tetragon joins them into `process.arguments`, back again as far as that is
 * possible, and as a command line that a POSIX shell understands.
 */
import { escapeText, type SafeText } from './text.ts';

/**
 * Tetragon's `arguments` of an argument list: argv[0] is dropped, the rest is joined by single
 * spaces, an argument that contains a space stands in double quotes.
 *
 * As lossy as upstream's: quotes inside an argument are not escaped, an empty argument leaves
 * just its separator, and empty arguments at the end vanish (upstream issue 5692). That is why
 * Trigon keeps the list itself too (`process.trigon.argv`).
 */
export const joinArguments = (argv: readonly string[]): string =>
  joinedPart(argv)
    .map((argument) => (isQuoted(argument) ? `"${argument}"` : argument))
    .join(' ');

const joinedPart = (argv: readonly string[]): readonly string[] => {
  let end = argv.length;
  while (end > 1 && argv[end - 1] === '') end -= 1;
  return argv.slice(1, end);
};

const isQuoted = (argument: string): boolean => argument.includes(' ');

/** Where an argument stands in the joined text: `from` and `to` with its quotes, `start` and `end` without. Ends are exclusive. */
export type JoinedPlace = {
  readonly from: number;
  readonly start: number;
  readonly end: number;
  readonly to: number;
};

/** Places of argv[1], argv[2] … in what {@link joinArguments} makes of them, as far as they are in it. */
export const placesInJoined = (argv: readonly string[]): JoinedPlace[] => {
  let from = 0;
  return joinedPart(argv).map((argument) => {
    const quote = isQuoted(argument) ? 1 : 0;
    const start = from + quote;
    const end = start + argument.length;
    const place = { from, start, end, to: end + quote };
    from = place.to + 1;
    return place;
  });
};

/**
 * The end of the quoted argument that starts at `start`: the first quote that a space or the end
 * of the text follows, with a space somewhere before it, since only arguments with a space are
 * quoted. -1 if there is none.
 */
const quotedEnd = (text: string, start: number): number => {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    const closes = at + 1 === text.length || text[at + 1] === ' ';
    if (closes && text.slice(start + 1, at).includes(' ')) return at;
  }
  return -1;
};

/**
 * The most likely argv[1..] of an `arguments` text: for logs of Tetragon itself, which have
 * nothing better. An argument with both quotes and spaces may come back in other pieces.
 */
export const splitArguments = (text: string): string[] => {
  const argv: string[] = [];
  if (text === '') return argv;
  let at = 0;
  while (at <= text.length) {
    const close = text[at] === '"' ? quotedEnd(text, at) : -1;
    if (close >= 0) {
      argv.push(text.slice(at + 1, close));
      at = close + 2;
      if (close + 1 === text.length) break;
    } else {
      const space = text.indexOf(' ', at);
      const end = space < 0 ? text.length : space;
      argv.push(text.slice(at, end));
      at = end + 1;
    }
  }
  return argv;
};

const NEEDS_NO_QUOTES = /^[A-Za-z0-9_/.:,+@=-]+$/;
/** Words that mean something at the start of a command line when they are not quoted. */
const RESERVED =
  /^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in|function|select|time|coproc)$/;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

/** `$'…'` with everything but harmless ASCII as octal bytes: no raw quote, no raw control. */
const dollarQuote = (word: string): string => {
  let out = '';
  for (const byte of Buffer.from(word.toWellFormed(), 'utf8')) {
    const character = String.fromCharCode(byte);
    out += /[A-Za-z0-9_/.:,+@= -]/.test(character) ? character : octal(byte);
  }
  return `$'${out}'`;
};

const quoteWord = (word: string, isCommand: boolean): string => {
  const special = isCommand && (word.includes('=') || RESERVED.test(word));
  if (NEEDS_NO_QUOTES.test(word) && !word.startsWith('=') && !special) return word;
  if (UNPRINTABLE.test(word) || !word.isWellFormed()) return dollarQuote(word);
  return `'${word.replaceAll("'", "'\\''")}'`;
};

/**
 * The argument list, argv[0] included, as one command line to paste into a shell. Nothing in it
 * is ever expanded or executed, whatever the arguments hold, and it has printable characters
 * only, so that pasting it cannot drive the line editor either.
 *
 * Printable words use plain or single quotes. Words with control or invisible characters use
 * `$'…'` (POSIX.1-2024: bash, zsh, ksh, busybox); an older dash would take the escapes literally:
 * a wrong argument, but still one argument.
 */
export const shellCommandLine = (argv: readonly string[]): SafeText =>
  escapeText(argv.map((word, index) => quoteWord(word, index === 0)).join(' '));
