import type { BinaryCounters, BinaryProfile } from '../../agent/messages.ts';
import type { HostName } from '../../events/hostNames.ts';
import { quoteIfNeeded } from '../../events/text.ts';
import type { Look } from '../look.ts';
import type { BinaryItem, BinarySection } from '../store/binarySections.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span } from '../text/line.ts';
import { sparkline } from '../text/sparkline.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import { shortAge, shortCount, startText } from './format.ts';

export type PageLook = Look & {
  readonly width: number;
  /** Wall clock, ms. */
  readonly now: number;
  /** Nothing that only looks nice. */
  readonly isThinLink: boolean;
  readonly hostName?: HostName | undefined;
};

/** From here on the lists stand in two columns. */
const TWO_COLUMNS_FROM = 110;
const GAP = 2;

/** `   events/s ` and ` last 60 s` */
const TREND_WORDS = 22;
const LEAST_TREND = 5;

/** The lists as they stand beside each other. */
export const columnsOf = (
  sections: readonly (readonly BinarySection[])[],
  width: number,
): readonly (readonly BinarySection[])[] =>
  width >= TWO_COLUMNS_FROM ? sections : [sections.flat()];

/** What the program is, its counters, when it was seen and how busy it is. */
export function binaryPageHead({ counters, history }: BinaryProfile, look: PageLook): string[] {
  const { theme, width, now } = look;
  const path = truncateColumns(shown(quoteIfNeeded(counters.binary), look), width - 2, {
    ...{ ellipsis: '…', at: 'start' },
  });
  const most = Math.max(...history, 0);
  const seen = ` seen ${startText(counters.firstSeen, now)} (${shortAge(now - counters.firstSeen)} ago), last ${shortAge(now - counters.lastSeen)} ago`;
  const room = width - seen.length - TREND_WORDS;
  const kept = history.slice(-Math.max(0, Math.min(room, history.length)));
  const trend: Span[] =
    most === 0 || room < LEAST_TREND || look.isThinLink
      ? []
      : [
          { text: '   events/s ', style: theme['text.dim'] },
          { text: sparkline(kept, look.ascii), style: theme['text.strong'] },
          { text: ` last ${kept.length} s`, style: theme['text.dim'] },
        ];
  return [
    renderLine([{ text: ` ${path}`, style: theme['event.binary'] }], width),
    ...counterLines(counters, look),
    ...untoldLine(counters, look),
    renderLine([{ text: seen, style: theme['text.dim'] }, ...trend], width),
    '',
  ];
}

/** Those that are always told, and those that are not zero, in as many lines as they take. */
function counterLines(counters: BinaryCounters, look: PageLook): string[] {
  const lines: Span[][] = [[]];
  let used = 0;
  for (const span of counterSpans(counters, look)) {
    const columns = displayWidth(span.text);
    if (used > 0 && used + columns > look.width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(span);
    used += columns;
  }
  return lines.map((spans) => renderLine(spans, look.width));
}

/** The lists below have nothing of these. */
function untoldLine({ untold }: BinaryCounters, { theme, width }: PageLook): string[] {
  if (untold === 0) return [];
  const text = ` of these ${shortCount(untold)} events are known by number only: they were lost in a full ring, or held back`;
  return [renderLine([{ text, style: theme['status.warning'] }], width)];
}

function counterSpans(counters: BinaryCounters, { theme }: PageLook): Span[] {
  const { execs, exits, failures, running, files, network, hits, kills, denials } = counters;
  const always: readonly [number, string][] = [
    [running, 'running'],
    [execs, execs === 1 ? 'exec' : 'execs'],
    [exits, exits === 1 ? 'exit' : 'exits'],
  ];
  const other: readonly [number, string, Span['style']][] = [
    [failures, 'failed', theme['event.status']],
    [hits, hits === 1 ? 'policy hit' : 'policy hits', theme['event.withheld']],
    [files, 'on files', theme.text],
    [network, 'on the network', theme.text],
    [kills, 'killed', theme['event.killed']],
    [denials, 'denied', theme['event.killed']],
  ];
  return [
    ...always.map(([count, what]) => ({
      text: ` ${shortCount(count)} ${what} `,
      style: theme.text,
    })),
    ...other
      .filter(([count]) => count > 0)
      .map(([count, what, style]) => ({ text: ` ${shortCount(count)} ${what} `, style })),
  ];
}

/** A line of the lists: what stands in each column; an item can have the cursor. */
export type PageCell = { readonly line: string; readonly item?: BinaryItem };

/** The lists as lines, a cell for each column. @param cursor key of the item with the cursor */
export function binaryPageBody(
  columns: readonly (readonly BinarySection[])[],
  cursor: string | undefined,
  look: PageLook,
): readonly (readonly PageCell[])[] {
  const width = cellWidth(columns.length, look.width);
  const cells = columns.map((sections) =>
    sections.flatMap((section, index) => [
      ...(index === 0 ? [] : [{ line: '' }]),
      ...sectionCells(section, cursor, { ...look, width }),
    ]),
  );
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, row) =>
    cells.map((column) => column[row] ?? { line: '' }),
  );
}

/** Of one of so many columns. */
const cellWidth = (columns: number, width: number): number =>
  Math.floor((width - GAP * (columns - 1)) / columns);

/** The cell over a column of the screen; the gap behind it is its own. */
export const cellAt = (column: number, columns: number, width: number): number =>
  Math.min(columns - 1, Math.floor(column / (cellWidth(columns, width) + GAP)));

/** Cells beside each other. */
export function joinCells(cells: readonly PageCell[], { width: whole }: PageLook): string {
  const width = cellWidth(cells.length, whole);
  return cells
    .map(({ line }, index) => (index === cells.length - 1 ? line : padStyled(line, width + GAP)))
    .join('');
}

/** Styles take no columns. */
const padStyled = (line: string, width: number): string =>
  line + ' '.repeat(Math.max(0, width - displayWidth(line.replace(/\x1b\[[\d;]*m/g, ''))));

function sectionCells(
  { title, empty, items, others }: BinarySection,
  cursor: string | undefined,
  look: PageLook,
): PageCell[] {
  const { theme, width } = look;
  const most = Math.max(...items.map(({ count }) => count), 1);
  const note = (text: string): PageCell => ({
    line: renderLine([{ text: `   ${text}`, style: theme['text.dim'] }], width),
  });
  const isEmpty = items.length === 0 && others === 0;
  const head = [
    { text: ` ${title}`, style: theme.title },
    { text: isEmpty ? `  ${empty}` : '', style: theme['text.dim'] },
  ];
  return [
    { line: renderLine(head, width) },
    ...items.map((item) => ({ line: itemLine(item, most, item.key === cursor, look), item })),
    ...(others > 0 ? [note(`${shortCount(others)} of all others`)] : []),
  ];
}

const COUNT = 6;
const BAR = 8;

function itemLine(
  { text, count }: BinaryItem,
  most: number,
  isCursor: boolean,
  look: PageLook,
): string {
  const { theme, width } = look;
  const number = padColumns(shortCount(count), COUNT, 'right');
  const full = Math.max(1, Math.round((count / most) * BAR));
  const bar = padColumns('━'.repeat(full), BAR);
  const head = `  ${number} `;
  const name = truncateColumns(shown(text, look), width - displayWidth(head) - BAR - 2, {
    ...{ ellipsis: '…', at: 'middle' },
  });
  if (isCursor)
    return renderLine(
      [{ text: padColumns(`${head}${bar} ${name}`, width), style: theme.cursor }],
      width,
    );
  return renderLine(
    [
      { text: head, style: theme.text },
      { text: bar, style: theme['text.dim'] },
      { text: ` ${name}`, style: theme.text },
    ],
    width,
  );
}

/** Safe text as this terminal can show it. */
const shown = (text: string, { ascii }: Look): string => (ascii ? escapeNonAscii(text) : text);
