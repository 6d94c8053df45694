import { neutralize, REPLACEMENT } from '../text/controls.ts';
import { STYLE_END } from '../text/line.ts';
import { displayWidth, eachGrapheme } from '../text/width.ts';

/** A styled line made ready for a place on the screen. */
export type LaidLine = {
  /** What to write: at most the asked columns, SGR the only escape sequence (and CHA, see below). */
  readonly text: string;
  /** Columns it takes by our count. */
  readonly width: number;
  /**
   * True when terminals may disagree on its width (emoji, combining marks). Then the text has a cursor
   * address after each such glyph, and its place must be erased before it is written, since a terminal
   * that draws the glyph narrower leaves a column untouched.
   */
  readonly isUncertain: boolean;
  /** True when a terminal may even draw it wider than we count, over what is to the right of it. */
  readonly maySpill: boolean;
  /** True when it has two-column glyphs, which a line written over half of one breaks up. */
  readonly hasWide: boolean;
};

const ESC = 0x1b;

/** Index past the SGR sequence that starts at `start`, or -1 when something else starts there. */
const endOfSgr = (line: string, start: number): number => {
  if (line.charCodeAt(start + 1) !== 0x5b) return -1;
  for (let i = start + 2; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === 0x6d) return i + 1;
    if (code < 0x30 || code > 0x3b) return -1;
  }
  return -1;
};

/** Index past any escape sequence that starts at `start`, for dropping it whole. */
const endOfForeignSequence = (line: string, start: number): number => {
  const kind = line.charCodeAt(start + 1);
  if (kind === 0x5b) {
    for (let i = start + 2; i < line.length; i++) {
      const code = line.charCodeAt(i);
      if (code >= 0x40 && code <= 0x7e) return i + 1;
      if (code < 0x20 || code > 0x7e) return i;
    }
    return line.length;
  }
  return start + 1;
};

const isAscii = (code: number): boolean => code >= 0x20 && code <= 0x7e;

/** One column everywhere when alone: Latin-1, box drawing, blocks, shapes, braille, … — → ✓ ✗ ⬢. */
const isNarrowSymbol = (code: number): boolean =>
  (code >= 0x2500 && code <= 0x25fc) ||
  (code >= 0x2800 && code <= 0x28ff) ||
  (code >= 0xa1 && code <= 0xff && code !== 0xad) ||
  (code >= 0x2010 && code <= 0x2027) ||
  (code >= 0x2190 && code <= 0x2193) ||
  code === 0x2713 ||
  code === 0x2717 ||
  code === 0x2b21 ||
  code === 0x2b22;

/** Glyphs on whose width all terminals agree: the above, and Han, kana, Hangul, full-width forms. */
const isCertain = (cluster: string): boolean => {
  if (cluster.length !== 1) return false;
  const code = cluster.charCodeAt(0);
  return (
    isAscii(code) ||
    isNarrowSymbol(code) ||
    code === REPLACEMENT.charCodeAt(0) ||
    (code >= 0x3001 && code <= 0x3029) ||
    (code >= 0x3041 && code <= 0x3096) ||
    (code >= 0x30a1 && code <= 0x30fa) ||
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xff01 && code <= 0xff60)
  );
};

type Glyph = {
  readonly text: string;
  readonly width: number;
  readonly isCertain: boolean;
  readonly maySpill: boolean;
};

/** A single emoji is drawn in two columns or, by old terminals, in one; a cluster may be drawn in pieces. */
const maySpill = (cluster: string, width: number): boolean => {
  if (width < 2) return true;
  let pieces = 0;
  for (const piece of cluster) pieces += displayWidth(piece);
  return pieces > width;
};

const CACHED_RUNS = 2048;
const glyphRuns = new Map<string, readonly Glyph[]>();

const glyphsOf = (run: string): readonly Glyph[] => {
  const known = glyphRuns.get(run);
  if (known !== undefined) return known;
  const glyphs: Glyph[] = [];
  eachGrapheme(neutralize(run), (cluster, width) => {
    const certain = isCertain(cluster);
    const spills = !certain && maySpill(cluster, width);
    glyphs.push({ text: cluster, width, isCertain: certain, maySpill: spills });
    return true;
  });
  if (glyphRuns.size >= CACHED_RUNS) glyphRuns.clear();
  glyphRuns.set(run, glyphs);
  return glyphs;
};

const isControl = (code: number): boolean => code < 0x20 || (code >= 0x7f && code <= 0x9f);

/** Glyph by glyph: for lines with anything but ASCII, narrow symbols and SGR. */
const layGlyphs = (line: string, width: number, column: number): LaidLine => {
  let text = '';
  let used = 0;
  let hasStyle = false;
  let isUncertain = false;
  let hasWide = false;
  let spills = false;
  let isOff = false;
  let i = 0;
  const put = (glyph: string, glyphWidth: number, certain: boolean): boolean => {
    if (used + glyphWidth > width) return false;
    if (isOff) {
      text += `\x1b[${column + used + 1}G`;
      isOff = false;
    }
    text += glyph;
    used += glyphWidth;
    hasWide ||= glyphWidth > 1 && !isAscii(glyph.charCodeAt(0));
    if (!certain) {
      isUncertain = true;
      isOff = true;
    }
    return true;
  };
  scan: while (i < line.length) {
    const code = line.charCodeAt(i);
    if (code === ESC) {
      const end = endOfSgr(line, i);
      if (end < 0) {
        i = endOfForeignSequence(line, i);
        continue;
      }
      hasStyle = true;
      text += line.slice(i, end);
      i = end;
      continue;
    }
    if (isControl(code)) {
      if (!put(REPLACEMENT, 1, true)) break;
      i++;
      continue;
    }
    let end = i + 1;
    if (isAscii(code)) {
      while (end < line.length && isAscii(line.charCodeAt(end))) end++;
      // The last ASCII character may be the base of what follows (a combining mark, a keycap).
      const next = line.charCodeAt(end);
      const isBase = end < line.length && next !== ESC && !isControl(next) && !isNarrowSymbol(next);
      const plainEnd = isBase ? end - 1 : end;
      const taken = Math.min(plainEnd - i, width - used);
      if (taken > 0 && !put(line.slice(i, i + taken), taken, true)) break;
      if (taken < plainEnd - i) break;
      i = plainEnd;
      if (!isBase) continue;
    }
    while (end < line.length) {
      const next = line.charCodeAt(end);
      if (next === ESC || isControl(next) || isAscii(next)) break;
      end++;
    }
    for (const glyph of glyphsOf(line.slice(i, end))) {
      if (!put(glyph.text, glyph.width, glyph.isCertain)) break scan;
      spills ||= glyph.maySpill;
    }
    i = end;
  }
  if (hasStyle && !text.endsWith(STYLE_END)) text += STYLE_END;
  return { text, width: used, isUncertain, maySpill: spills, hasWide };
};

/**
 * Measures a styled line and cuts it to `width` columns; `column` (from 0) is where it will start on
 * the screen. Anything in it that is neither SGR nor a glyph is dropped or replaced, so that no line,
 * wherever it came from, can act on the terminal.
 */
export const layLine = (line: string, width: number, column: number): LaidLine => {
  let used = 0;
  let hasStyle = false;
  let i = 0;
  while (i < line.length) {
    const code = line.charCodeAt(i);
    if (code === ESC) {
      const end = endOfSgr(line, i);
      if (end < 0) return layGlyphs(line, width, column);
      hasStyle = true;
      i = end;
      continue;
    }
    if (!isAscii(code) && !isNarrowSymbol(code)) return layGlyphs(line, width, column);
    if (used === width) break;
    used++;
    i++;
  }
  const text = i === line.length ? line : line.slice(0, i);
  const isOpen = hasStyle && !text.endsWith(STYLE_END);
  return {
    text: isOpen ? text + STYLE_END : text,
    width: used,
    isUncertain: false,
    maySpill: false,
    hasWide: false,
  };
};
