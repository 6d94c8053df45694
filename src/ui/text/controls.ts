/** What a code point that must not reach the terminal is painted as: one column wide everywhere. */
export const REPLACEMENT = '\uFFFD';

/**
 * Everything that moves, hides or reorders text instead of showing a glyph: C0, DEL and C1 (Cc), bidi
 * and zero-width format characters (Cf), line and paragraph separators, lone surrogates, and the
 * Hangul fillers, which are letters to Unicode but invisible on screen. Variation selectors are not
 * in here: they are marks, and emoji need them.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115F\u1160\u3164\uFFA0]/u;
const HIDDEN_ALL = new RegExp(HIDDEN.source, 'gu');

/** True when every UTF-16 unit is printable ASCII: such text needs no Unicode rule at all. */
export const isPrintableAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
};

/**
 * The painter's last line of defence: text with each control, bidi or zero-width character replaced
 * by U+FFFD. Hostile text is escaped readably when it enters the program; what still gets here must
 * at least not act on the terminal.
 */
export const neutralize = (text: string): string =>
  isPrintableAscii(text) || !HIDDEN.test(text) ? text : text.replace(HIDDEN_ALL, REPLACEMENT);
