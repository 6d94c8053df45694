import { onGround } from './ground.ts';
import { type LaidLine, layLine } from './layLine.ts';
import { findScroll, scrollSequence } from './scroll.ts';
import { shorten } from './shorten.ts';

/** A rectangle of ready-made styled lines laid over Ink's frame; rows and columns count from 0. */
export type Region = {
  readonly row: number;
  readonly column: number;
  readonly width: number;
  readonly height: number;
  /** Missing lines are blank; a longer line is cut at the region's edge. */
  readonly lines: readonly string[];
};

export type FlushResult = {
  /** Bytes handed to `write`. */
  readonly bytes: number;
  /** Screen rows that had to be touched. */
  readonly rows: number;
  /** True when the terminal was behind, so nothing was written and a later flush must be asked for. */
  readonly isBehind: boolean;
};

export type Compositor = {
  /** Takes Ink's whole frame; lines below the last row are not shown. */
  setFrame(frame: string): void;
  /** Lays a region over the frame, above all regions that were set before it for the first time. */
  setRegion(id: string, region: Region): void;
  removeRegion(id: string): void;
  /** Brings the screen up to date: one `write` with the changed rows, none if nothing changed. */
  flush(): FlushResult;
  /** New size in columns and rows; the next flush repaints everything. */
  resize(columns: number, rows: number): void;
  /** SGR of everything without a style of its own; '' for the terminal's own colours. */
  setGround(open: string): void;
  /** Forgets what the screen shows (Ctrl-L, after another program wrote there). */
  invalidate(): void;
};

export type CompositorOptions = {
  readonly write: (data: string) => void;
  /** False while the terminal has not taken what it was given; the newest state waits meanwhile. */
  readonly canWrite?: () => boolean;
  readonly columns: number;
  readonly rows: number;
};

/** What is, or should be, on one screen row: Ink's text, then the regions' lines from lowest to highest. */
type Row = {
  /** Undefined where regions hide all of it. */
  readonly base: string | undefined;
  readonly patches: readonly Patch[];
  /** Set when painted: terminals may have drawn glyphs of it over their neighbours. */
  maySpill: boolean;
};
type Patch = { readonly column: number; readonly width: number; readonly line: string };

// DEC private mode 2026: the terminal shows the writes between the two at once. Ignored where unknown.
const SYNC_BEGIN = '\x1b[?2026h';
const SYNC_END = '\x1b[?2026l';
const CLEAR = '\x1b[0m\x1b[2J';
const ERASE_TO_END = '\x1b[K';
const NO_PATCHES: readonly Patch[] = [];
const BLANK: Row = { base: '', patches: NO_PATCHES, maySpill: false };
const UNCHANGED: FlushResult = { bytes: 0, rows: 0, isBehind: false };
const BEHIND: FlushResult = { bytes: 0, rows: 0, isBehind: true };

const moveTo = (row: number, column: number): string =>
  column === 0 ? `\x1b[${row + 1}H` : `\x1b[${row + 1};${column + 1}H`;

/** Blanks `count` columns from the cursor on; ECH is shorter than the spaces from five on. */
const blank = (count: number): string => (count < 5 ? ' '.repeat(count) : `\x1b[${count}X`);

const overlap = (a: Patch, b: Patch): boolean =>
  a.column < b.column + b.width && b.column < a.column + a.width;

const isSamePlace = (a: readonly Patch[], b: readonly Patch[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]?.column !== b[i]?.column || a[i]?.width !== b[i]?.width) return false;
  }
  return true;
};

/** What a row shows that a single region covers; undefined for all others. */
const wholeLine = ({ base, patches }: Row, columns: number): string | undefined =>
  base === undefined && patches.length === 1 && patches[0]?.width === columns
    ? patches[0].line
    : undefined;

/** The patches that must be written again: changed ones, and those above a written one. */
const stalePatches = (wanted: readonly Patch[], shown: readonly Patch[]): readonly Patch[] => {
  const stale: Patch[] = [];
  for (let i = 0; i < wanted.length; i++) {
    const patch = wanted[i];
    if (patch === undefined) continue;
    if (patch.line !== shown[i]?.line || stale.some((below) => overlap(below, patch))) {
      stale.push(patch);
    }
  }
  return stale;
};

/**
 * The bytes for a line at its place. The place is erased first, not after, where the end of the line is
 * not sure, or where a wide glyph below may be cut in half: a terminal gives the half that is left the
 * style of what is written over the other.
 */
const writeLine = (
  laid: LaidLine,
  row: number,
  { column, width }: Patch,
  isAtEdge: boolean,
  isOverWide: boolean,
): string => {
  const start = moveTo(row, column);
  if (laid.isUncertain || isOverWide) {
    return start + (isAtEdge ? ERASE_TO_END : `\x1b[${width}X`) + shorten(laid.text, true);
  }
  // Erasing after a line that reaches the last column would take away its last character.
  const text = shorten(laid.text, false);
  const gap = width - laid.width;
  if (gap <= 0) return start + text;
  return start + text + (isAtEdge ? ERASE_TO_END : blank(gap));
};

/**
 * The frame compositor: Ink lays out what changes on keys, live regions carry what changes with the
 * event stream, and this writes only the rows that differ from what the terminal shows. Rows are
 * compared as strings, so a region should hand over the same string for an unchanged line.
 */
export const createCompositor = ({
  write,
  canWrite = () => true,
  columns: initialColumns,
  rows: initialRows,
}: CompositorOptions): Compositor => {
  let columns = initialColumns;
  let rows = initialRows;
  let frame: readonly string[] = [];
  let shown: Row[] = [];
  let isScreenUnknown = true;
  let isDirty = true;
  let ground = '';
  const regions = new Map<string, Region>();

  const wantedRow = (y: number): Row => {
    let patches: Patch[] | undefined;
    let isCovered = false;
    for (const region of regions.values()) {
      const { row, column } = region;
      if (y < row || y >= row + region.height || column < 0 || column >= columns) continue;
      const width = Math.min(region.width, columns - column);
      if (width <= 0) continue;
      const patch = { column, width, line: region.lines[y - row] ?? '' };
      if (width === columns) {
        isCovered = true;
        patches = [patch];
      } else if (patches === undefined) {
        patches = [patch];
      } else {
        patches.push(patch);
      }
    }
    if (patches === undefined)
      return { base: frame[y] ?? '', patches: NO_PATCHES, maySpill: false };
    return { base: isCovered ? undefined : (frame[y] ?? ''), patches, maySpill: false };
  };

  const paintPatches = (
    y: number,
    row: Row,
    patches: readonly Patch[],
    isBaseWide: boolean,
  ): string => {
    let out = '';
    let isOverWide = isBaseWide;
    for (const patch of patches) {
      const laid = layLine(patch.line, patch.width, patch.column);
      row.maySpill ||= laid.maySpill;
      out += writeLine(laid, y, patch, patch.column + patch.width >= columns, isOverWide);
      isOverWide ||= laid.hasWide;
    }
    return out;
  };

  /** Writes the whole row anew, from Ink's text up. */
  const paintWhole = (y: number, row: Row): string => {
    if (row.base === undefined) return paintPatches(y, row, row.patches, false);
    const laid = layLine(row.base, columns, 0);
    row.maySpill ||= laid.maySpill;
    const whole = { column: 0, width: columns, line: row.base };
    const out = writeLine(laid, y, whole, true, false);
    return out + paintPatches(y, row, row.patches, laid.hasWide);
  };

  /** What brings a row up to date; '' when it is. */
  const paintRow = (y: number, wanted: Row, was: Row): string => {
    if (wanted.base !== was.base || !isSamePlace(wanted.patches, was.patches)) {
      return paintWhole(y, wanted);
    }
    const stale = stalePatches(wanted.patches, was.patches);
    if (stale.length === 0) return '';
    if (was.maySpill) return paintWhole(y, wanted);
    const out = paintPatches(y, wanted, stale, false);
    return wanted.maySpill ? paintWhole(y, wanted) : out;
  };

  /** Lets the terminal move rows that have only changed their place; what is then shown is known. */
  const scroll = (wanted: readonly Row[]): string => {
    for (const y of wanted.keys()) shown[y] ??= BLANK;
    const wantedLines = wanted.map((row) => wholeLine(row, columns));
    const shownLines = shown.map((row) => wholeLine(row, columns));
    for (const { row, height } of regions.values()) {
      const [first, last] = [Math.max(row, 0), Math.min(row + height, rows) - 1];
      const found = findScroll(wantedLines, shownLines, first, last);
      if (!found) continue;
      const { from, to, by } = found;
      const moved = shown.slice(Math.max(from, from + by), Math.min(to, to + by) + 1);
      const blank = Array.from({ length: Math.abs(by) }, () => BLANK);
      shown.splice(from, to - from + 1, ...(by > 0 ? [...moved, ...blank] : [...blank, ...moved]));
      return scrollSequence(found);
    }
    return '';
  };

  return {
    setFrame(next) {
      frame = next.split('\n');
      isDirty = true;
    },
    setRegion(id, region) {
      regions.set(id, region);
      isDirty = true;
    },
    removeRegion(id) {
      if (regions.delete(id)) isDirty = true;
    },
    flush() {
      if (!isDirty) return UNCHANGED;
      if (!canWrite()) return BEHIND;
      isDirty = false;
      const wantedRows = Array.from({ length: rows }, (_, y) => wantedRow(y));
      let out = isScreenUnknown ? '' : scroll(wantedRows);
      let changed = 0;
      for (const [y, wanted] of wantedRows.entries()) {
        const painted = paintRow(y, wanted, shown[y] ?? BLANK);
        if (painted === '') continue;
        shown[y] = wanted;
        out += painted;
        changed++;
      }
      if (out === '' && !isScreenUnknown) return UNCHANGED;
      const drawn = (isScreenUnknown ? CLEAR : '') + out;
      const data = SYNC_BEGIN + onGround(drawn, ground) + SYNC_END;
      isScreenUnknown = false;
      write(data);
      return { bytes: Buffer.byteLength(data), rows: changed, isBehind: false };
    },
    resize(nextColumns, nextRows) {
      columns = nextColumns;
      rows = nextRows;
      shown = [];
      isScreenUnknown = true;
      isDirty = true;
    },
    setGround(open) {
      if (open === ground) return;
      ground = open;
      shown = [];
      isScreenUnknown = true;
      isDirty = true;
    },
    invalidate() {
      shown = [];
      isScreenUnknown = true;
      isDirty = true;
    },
  };
};
