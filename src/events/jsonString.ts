/** JSON string literals that are harmless on a terminal. */

/** Nothing to escape: printable ASCII without `"` and `\`. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * What JSON lets stand but a terminal or a reader could trip over: DEL and C1 controls, format
 * characters (bidi controls, zero-width characters, soft hyphen, tags), line and paragraph
 * separators. JSON.stringify has already escaped C0.
 */
const HOSTILE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const escapeUnits = (character: string): string => {
  let out = '';
  for (let i = 0; i < character.length; i++) {
    out += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return out;
};

/**
 * The text as a JSON string, quotes included. Hostile characters are written as `\uXXXX`: a
 * parser reads the same value. Surrogates without a partner become U+FFFD, since Tetragon's
 * consumers (protojson) refuse them.
 */
export const jsonString = (text: string): string => {
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text.toWellFormed()).replace(HOSTILE, escapeUnits);
};
