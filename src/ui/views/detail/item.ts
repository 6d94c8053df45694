import type { Focus } from '../../detail/focus.ts';
import type { BodyShape } from '../../detail/place.ts';
import { escapeNonAscii } from '../../text/ascii.ts';
import { renderLine, type Span, type Style } from '../../text/line.ts';
import { displayWidth, padColumns } from '../../text/width.ts';
import { wrapColumns, wrapWords } from '../../text/wrap.ts';
import type { Theme } from '../../theme.ts';

export type DetailLook = {
  theme: Theme;
  width: number;
  /** Other programs' text as escapes, where it isn't ASCII. */
  ascii: boolean;
  userNames: ReadonlyMap<number, string>;
  groupNames?: ReadonlyMap<number, string> | undefined;
  /** In a replay: the time that it has come to, ms since the epoch. */
  recordedAt?: number | undefined;
  /** Events name more than one node. */
  hasNodes?: boolean | undefined;
};

/** A part of a tab: some lines, which the cursor is on or not as a whole. */
export type DetailItem = {
  /** Lines that it takes. */
  readonly height: number;
  /** The finished lines; asked for what is on the screen alone. */
  render(isFocused: boolean): readonly string[];
  /** undefined: the cursor passes it over. */
  readonly focus?: Focus | undefined;
  /** Where items come and go: it is told from the others by this. */
  readonly key?: number | undefined;
};

/** A tab laid out for a width. */
export type DetailBody = BodyShape & {
  readonly items: readonly DetailItem[];
  /** First line of each item. */
  readonly starts: readonly number[];
  /** The items that can be focused. */
  readonly focusable: readonly DetailItem[];
};

/** @param home the item that the cursor begins on; the first one that can be focused by default */
export function layBody(items: readonly DetailItem[], home?: DetailItem): DetailBody {
  const starts: number[] = [];
  let length = 0;
  for (const { height } of items) {
    starts.push(length);
    length += height;
  }
  const focusable = items.filter(({ focus }) => focus !== undefined);
  const stops = items.flatMap(({ focus, height, key }, index) =>
    focus ? [{ start: starts[index] ?? 0, height, key }] : [],
  );
  return { items, starts, length, stops, focusable, home: home ? focusable.indexOf(home) : 0 };
}

/** What marks the entry with the cursor beside its style. */
const SIGN = '›';

/** An item of lines that begin with a blank, in which the cursor's sign stands. */
export function spanItem(
  lines: readonly (readonly Span[])[],
  { theme, width }: DetailLook,
  focus?: Focus,
): DetailItem {
  const inCursor = (spans: readonly Span[], index: number) => {
    const text = spans.map((span) => span.text).join('');
    const signed = (index === 0 ? SIGN : ' ') + text.slice(1);
    return renderLine([{ text: padColumns(signed, width), style: theme.cursor }], width);
  };
  return {
    height: lines.length,
    render: (isFocused) =>
      lines.map((spans, index) => (isFocused ? inCursor(spans, index) : renderLine(spans, width))),
    focus,
  };
}

/** Safe text as this terminal can show it. */
export const shown = (text: string, { ascii }: Pick<DetailLook, 'ascii'>): string =>
  ascii ? escapeNonAscii(text) : text;

/** A text behind a margin of its own, which stands in the first line only and begins with a blank. */
export function marginSpans(
  margin: string,
  text: string,
  style: Style,
  { theme, width }: DetailLook,
  wrap: (text: string, width: number) => string[] = wrapColumns,
): Span[][] {
  const indent = displayWidth(margin);
  const pieces = wrap(text, Math.max(1, width - indent - 1));
  return (pieces.length === 0 ? [''] : pieces).map((piece, index) => [
    { text: index === 0 ? margin : ' '.repeat(indent), style: theme['text.dim'] },
    { text: piece, style },
  ]);
}

/** Words of ours that stand for themselves. */
export const sentence = (text: string, look: DetailLook): DetailItem =>
  spanItem(marginSpans(' ', text, look.theme['text.dim'], look, wrapWords), look);

export const blank = (look: DetailLook): DetailItem => spanItem([[{ text: '' }]], look);
