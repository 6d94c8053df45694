/**
 * Hostile text. Every string in an event comes from a program that may want to harm whoever reads
 * it: escape sequences, direction overrides, invisible characters, line breaks. Here such text
 * becomes harmless, by the rules of Go's `strconv.Quote` that tetra uses too, so that what is
 * shown still says exactly what was there.
 */

declare const safe: unique symbol;

/**
 * Text that is safe to write to a terminal: well-formed Unicode with printable characters and
 * plain spaces only. Only the functions of this module make it; code that paints takes nothing
 * else.
 */
export type SafeText = string & { readonly [safe]: true };

const mark = (text: string): SafeText => text as SafeText;

/**
 * One character that Go's `strconv.IsPrint` refuses: anything but letters, marks, numbers,
 * punctuation, symbols and the plain space. So controls (C0, DEL, C1), format characters (bidi
 * controls, zero-width characters, tags), line and paragraph separators, other spaces, private
 * use, unassigned.
 */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const HAS_UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
/** The common case, which needs no Unicode tables. */
const PRINTABLE_ASCII = /^[ -~]*$/;
const QUOTED_ESCAPES = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const escapeCharacter = (character: string): string => {
  const short = SHORT_ESCAPES.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
};

const isPrintable = (text: string): boolean =>
  PRINTABLE_ASCII.test(text) || !HAS_UNPRINTABLE.test(text);

const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** The text of bytes from the kernel; each invalid sequence becomes U+FFFD. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

/**
 * Text for the screen, unquoted: unprintable characters become Go escapes (`\x1b`, `\n`,
 * `\u202e`, `\U000e0001`), printable ones and plain spaces stay, also `"` and `\`. Surrogates
 * without a partner become U+FFFD.
 */
export const escapeText = (text: string): SafeText => {
  if (PRINTABLE_ASCII.test(text)) return mark(text);
  return mark(text.toWellFormed().replace(UNPRINTABLE, escapeCharacter));
};

/** A Go double-quoted literal of the text (`%q`). */
export const quote = (text: string): SafeText =>
  mark(`"${text.toWellFormed().replace(QUOTED_ESCAPES, escapeCharacter)}"`);

/**
 * Text as it stands in a compact line: unchanged if it is printable and has no space, else as a
 * Go double-quoted literal. An empty text stays empty.
 */
export const quoteIfNeeded = (text: string): SafeText => {
  const wellFormed = text.toWellFormed();
  return !wellFormed.includes(' ') && isPrintable(wellFormed)
    ? mark(wellFormed)
    : quote(wellFormed);
};

/** Safe texts one after the other are safe. */
export const joinSafe = (parts: readonly SafeText[], separator: SafeText = mark('')): SafeText =>
  mark(parts.join(separator));

/** Safe text padded with spaces on the right to so many UTF-16 units, as `%-7s` does for ASCII. */
export const padSafe = (text: SafeText, width: number): SafeText => mark(text.padEnd(width));

/** `escapeText` for a text of several lines whose line ends are ours. */
export const escapeLines = (text: string): SafeText =>
  joinSafe(text.split('\n').map(escapeText), mark('\n'));
