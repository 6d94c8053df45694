import { quoteIfNeeded } from '../../events/text.ts';
import type { BinaryRow, BinarySort, SortColumn } from '../store/binariesModel.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import type { Span, Style } from '../text/line.ts';
import { truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import {
  type Column,
  columnsWidth,
  fittingColumns,
  rowLine,
  styledCell,
  titleLine,
} from './columns.ts';
import { shortAge, shortCount, shortRate } from './format.ts';

export type BinaryLook = {
  readonly theme: Theme;
  readonly width: number;
  readonly ascii: boolean;
  /** Wall clock, ms: for how long ago a program was last seen. */
  readonly now: number;
  readonly sort: BinarySort;
};

type NumberColumn = Exclude<SortColumn, 'binary'>;

/** Titles leave a place for the sign of the sort column. */
const COLUMNS: readonly Column<NumberColumn>[] = [
  { id: 'execs', title: 'Execs', width: 6, align: 'right', keep: 11 },
  { id: 'exits', title: 'Exits', width: 6, align: 'right', keep: 3 },
  { id: 'failures', title: 'Fail', width: 5, align: 'right', keep: 5 },
  { id: 'running', title: 'Run', width: 5, align: 'right', keep: 8 },
  { id: 'files', title: 'Files', width: 6, align: 'right', keep: 4 },
  { id: 'network', title: 'Net', width: 5, align: 'right', keep: 2 },
  { id: 'hits', title: 'Hits', width: 5, align: 'right', keep: 10 },
  { id: 'kills', title: 'Kills', width: 6, align: 'right', keep: 9 },
  { id: 'denials', title: 'Denied', width: 7, align: 'right', keep: 1 },
  { id: 'perSecond', title: 'Ev/s', width: 5, align: 'right', keep: 7 },
  { id: 'lastSeen', title: 'Seen', width: 5, align: 'right', keep: 6 },
];

const BINARY_TITLE = 'Binary';

/** Columns that the path keeps at least. */
const MIN_BINARY = 26;

/** What a column is called in a sentence. */
export const SORT_NAMES: Readonly<Record<SortColumn, string>> = {
  execs: 'execs',
  exits: 'exits',
  failures: 'failed exits',
  running: 'running now',
  files: 'file events',
  network: 'network events',
  hits: 'policy hits',
  kills: 'kills',
  denials: 'denials',
  perSecond: 'events a second',
  lastSeen: 'last seen',
  binary: 'name',
};

/** The sort column always stays. */
function columnsFor({ width, sort }: BinaryLook): readonly Column<NumberColumn>[] {
  const wanted = COLUMNS.map((column) =>
    column.id === sort.column ? { ...column, keep: Number.POSITIVE_INFINITY } : column,
  );
  return fittingColumns(wanted, width - 1, MIN_BINARY);
}

/** The line of titles. */
export const binaryHead = (look: BinaryLook): string =>
  titleLine<SortColumn>(columnsFor(look), { id: 'binary', title: BINARY_TITLE }, look);

/** One program. Nothing stands out that is zero. */
export function binaryLine(row: BinaryRow, isCursor: boolean, look: BinaryLook): string {
  const { theme, width, ascii } = look;
  const columns = columnsFor(look);
  const cells: Span[] = columns.flatMap((column) =>
    styledCell(column, cellText(column.id, row, look), cellStyle(column.id, row, theme)),
  );
  const safe = quoteIfNeeded(row.counters.binary);
  // The end of a path says most.
  const binary = truncateColumns(
    ascii ? escapeNonAscii(safe) : safe,
    width - 1 - columnsWidth(columns),
    { ellipsis: '…', at: 'start' },
  );
  const style = theme[row.counters.running > 0 ? 'event.binary' : 'text'];
  return rowLine([{ text: ' ' }, ...cells, { text: binary, style }], isCursor, look);
}

const NOTHING = '·';

function cellText(id: NumberColumn, { counters, perSecond }: BinaryRow, look: BinaryLook): string {
  if (id === 'lastSeen') return shortAge(look.now - counters.lastSeen);
  const value = id === 'perSecond' ? (perSecond ?? 0) : counters[id];
  if (value === 0) return NOTHING;
  return id === 'perSecond' ? shortRate(value) : shortCount(value);
}

function cellStyle(id: NumberColumn, { counters, perSecond }: BinaryRow, theme: Theme): Style {
  const value = id === 'perSecond' ? (perSecond ?? 0) : counters[id];
  if (value === 0) return theme['text.dim'];
  switch (id) {
    case 'kills':
    case 'denials':
      return theme['event.killed'];
    case 'hits':
      return theme['event.withheld'];
    case 'failures':
      return theme['event.status'];
    default:
      return theme.text;
  }
}
