import { quoteIfNeeded } from '../../events/text.ts';
import type { ColumnChoice } from '../columnChoice.ts';
import type { BinarySort, SortColumn } from '../store/binariesModel.ts';
import type { BinaryRow } from '../store/binaryRow.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import type { Span, Style } from '../text/line.ts';
import { sparkline } from '../text/sparkline.ts';
import { truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import {
  type Column,
  columnAt,
  columnsWidth,
  fittingColumns,
  rowLine,
  styledCell,
  titleLine,
  wantedColumns,
} from './columns.ts';
import { shortAge, shortCount, shortRate } from './format.ts';

export type BinaryLook = {
  readonly theme: Theme;
  readonly width: number;
  readonly ascii: boolean;
  /** Wall clock, ms: for how long ago a program was last seen. */
  readonly now: number;
  readonly sort: BinarySort;
  /** Columns that are not wanted. */
  readonly hidden: ReadonlySet<string>;
  /** Some row has events that are known by number only. */
  readonly hasUntold: boolean;
};

type NumberColumn = Exclude<SortColumn, 'binary'>;
type ColumnId = NumberColumn | 'trend';

/** Titles leave a place for the sign of the sort column. */
const COLUMNS: readonly Column<ColumnId>[] = [
  { id: 'execs', title: 'Execs', width: 6, align: 'right', keep: 11 },
  { id: 'exits', title: 'Exits', width: 6, align: 'right', keep: 3 },
  { id: 'failures', title: 'Fail', width: 5, align: 'right', keep: 5 },
  { id: 'running', title: 'Run', width: 5, align: 'right', keep: 8 },
  { id: 'files', title: 'Files', width: 6, align: 'right', keep: 4 },
  { id: 'network', title: 'Net', width: 5, align: 'right', keep: 2 },
  { id: 'hits', title: 'Hits', width: 5, align: 'right', keep: 10 },
  { id: 'kills', title: 'Kills', width: 6, align: 'right', keep: 9 },
  { id: 'denials', title: 'Denied', width: 7, align: 'right', keep: 1 },
  { id: 'events', title: 'Events', width: 7, align: 'right', keep: 2.5 },
  { id: 'perSecond', title: 'Ev/s', width: 5, align: 'right', keep: 7 },
  { id: 'untold', title: 'Lost', width: 5, align: 'right', keep: 10.5 },
  { id: 'trend', title: 'Trend', width: 10, align: 'left', keep: 0 },
  { id: 'firstSeen', title: 'First', width: 6, align: 'right', keep: 0.5 },
  { id: 'lastSeen', title: 'Seen', width: 5, align: 'right', keep: 6 },
];

/** Where nothing is lost nothing tells of it. */
const WITHOUT_UNTOLD = COLUMNS.filter(({ id }) => id !== 'untold');

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
  events: 'all events',
  perSecond: 'events a second',
  untold: 'lost, known by number only',
  firstSeen: 'first seen',
  lastSeen: 'last seen',
  binary: 'name',
};

/** Columns that can be hidden. */
export const BINARY_CHOICES: readonly ColumnChoice[] = COLUMNS.map(({ id, title }) => ({
  id,
  title,
  about: id === 'trend' ? 'events of each of the last 10 seconds' : SORT_NAMES[id],
}));

/** The sort column always stays. */
function columnsFor({ width, sort, hidden, hasUntold }: BinaryLook): readonly Column<ColumnId>[] {
  const all = hasUntold || sort.column === 'untold' ? COLUMNS : WITHOUT_UNTOLD;
  const wanted = wantedColumns(all, hidden, sort.column).map((column) =>
    column.id === sort.column ? { ...column, keep: Number.POSITIVE_INFINITY } : column,
  );
  return fittingColumns(wanted, width - 1, MIN_BINARY);
}

/** The line of titles. */
export const binaryHead = (look: BinaryLook): string =>
  titleLine<SortColumn | 'trend'>(columnsFor(look), { id: 'binary', title: BINARY_TITLE }, look);

/** The column whose title lies at a place of the line. */
export const binaryColumnAt = (place: number, look: BinaryLook): SortColumn | 'trend' =>
  columnAt<SortColumn | 'trend'>(columnsFor(look), 'binary', place);

/** `/usr/bin/curl: execs 12, exits 11, running now 1`: what isn't zero. */
export function binaryWords(row: BinaryRow, look: BinaryLook): string {
  const facts = columnsFor(look).flatMap(({ id }) => {
    const text = id === 'trend' ? NOTHING : cellText(id, row, look);
    return id === 'trend' || text === NOTHING ? [] : [`${SORT_NAMES[id]} ${text}`];
  });
  return `${quoteIfNeeded(row.counters.binary)}: ${facts.join(', ') || 'nothing yet'}`;
}

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

function cellText(id: ColumnId, { counters, perSecond }: BinaryRow, look: BinaryLook): string {
  if (id === 'trend')
    return counters.trend.some((count) => count > 0) ? sparkline(counters.trend, look.ascii) : '';
  if (id === 'firstSeen') return shortAge(look.now - counters.firstSeen);
  if (id === 'lastSeen') return shortAge(look.now - counters.lastSeen);
  const value = id === 'perSecond' ? (perSecond ?? 0) : counters[id];
  if (value === 0) return NOTHING;
  return id === 'perSecond' ? shortRate(value) : shortCount(value);
}

function cellStyle(id: ColumnId, { counters, perSecond }: BinaryRow, theme: Theme): Style {
  if (id === 'trend') return theme['text.dim'];
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
    case 'untold':
      return theme['status.warning'];
    default:
      return theme.text;
  }
}
