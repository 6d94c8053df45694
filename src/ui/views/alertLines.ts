import type { AlertGroup } from '../../agent/messages.ts';
import { type HostName, namedEndpoint } from '../../events/hostNames.ts';
import { quoteIfNeeded } from '../../events/text.ts';
import type { ColumnChoice } from '../columnChoice.ts';
import type { AlertColumn } from '../store/alertsModel.ts';
import type { Sort } from '../store/sortedRows.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import type { Style } from '../text/line.ts';
import { sparkline } from '../text/sparkline.ts';
import { fitColumns, truncateColumns } from '../text/width.ts';
import { severitySlot, type Theme } from '../theme.ts';
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
import { shortAge, shortCount } from './format.ts';

export type AlertLook = {
  readonly theme: Theme;
  readonly width: number;
  readonly ascii: boolean;
  /** Wall clock, ms: for how long ago a group was last seen. */
  readonly now: number;
  readonly sort: Sort<AlertColumn>;
  /** Columns that some row has something in that must be seen: they stay where it is narrow. */
  readonly telling: ReadonlySet<AlertColumn>;
  readonly lengths: AlertLengths;
  readonly hostName?: HostName | undefined;
  /** Columns that are not wanted. */
  readonly hidden: ReadonlySet<string>;
};

/** What was done to a process must be seen, if anything was. */
export const tellingColumns = (alerts: readonly AlertGroup[]): ReadonlySet<AlertColumn> =>
  new Set((['killed', 'denied'] as const).filter((id) => alerts.some((alert) => alert[id] > 0)));

type ColumnId = Exclude<AlertColumn, 'target'> | 'trend';

/** What a column is called in a sentence. */
export const ALERT_NAMES: Readonly<Record<AlertColumn, string>> = {
  severity: 'severity',
  policy: 'policy',
  count: 'count',
  perMinute: 'events a minute',
  killed: 'kills',
  denied: 'denials',
  wouldAct: 'what would have been killed or denied',
  spared: 'what was spared',
  lastSeen: 'last seen',
  binary: 'binary',
  target: 'target',
};

/** Columns of the terminal below which each counts. */
const NARROW = 72;

/** Columns that a target keeps at least: it says most, but what was done to a process goes first. */
const leastTarget = (width: number): number =>
  width < NARROW ? 14 : Math.max(20, Math.floor(width / 4));

/** Of names, columns of the longest one that is shown. */
export type AlertLengths = Readonly<Record<'policy' | 'binary' | 'target', number>>;

/** Longer policy names are rare. */
const LONGEST_POLICY = 36;

/** How much room the names of these rows could use, before anything in them is escaped. */
export function nameLengths(alerts: readonly AlertGroup[]): AlertLengths {
  const longest = { policy: 0, binary: 0, target: 0 };
  for (const { policy, binary, target, call } of alerts) {
    longest.policy = Math.max(longest.policy, policy.length);
    longest.binary = Math.max(longest.binary, binary.length);
    longest.target = Math.max(longest.target, (target || call).length);
  }
  return longest;
}

/** Titles leave a place for the sign of the sort column. Names take a share of the width. */
const columnsAt = (width: number): readonly Column<ColumnId>[] => [
  { id: 'severity', title: 'Severity', width: 9, align: 'left', keep: 11 },
  { id: 'policy', title: 'Policy', width: share(width, 7, 13, 30), align: 'left', keep: 10 },
  { id: 'count', title: 'Count', width: 6, align: 'right', keep: 9 },
  { id: 'perMinute', title: '/min', width: 5, align: 'right', keep: 6 },
  { id: 'trend', title: 'Trend', width: 6, align: 'left', keep: 1 },
  { id: 'killed', title: 'Killed', width: 7, align: 'right', keep: 5 },
  { id: 'denied', title: 'Denied', width: 7, align: 'right', keep: 4 },
  { id: 'wouldAct', title: 'Would', width: 6, align: 'right', keep: 3 },
  { id: 'spared', title: 'Spared', width: 7, align: 'right', keep: 2 },
  { id: 'lastSeen', title: 'Seen', width: 5, align: 'right', keep: 7 },
  { id: 'binary', title: 'Binary', width: share(width, 7, 13, 40), align: 'left', keep: 8 },
];

const share = (width: number, part: number, least: number, most: number): number =>
  Math.min(Math.max(Math.floor(width / part), least), most);

/** What a column's name doesn't tell. */
const ABOUT: Readonly<Record<ColumnId, string>> = {
  ...ALERT_NAMES,
  severity: 'as its policy gives it; · where that gives none',
  trend: 'events of the last minute',
};

/** Columns that can be hidden. */
export const ALERT_CHOICES: readonly ColumnChoice[] = columnsAt(0).map(({ id, title }) => ({
  id,
  title,
  about: ABOUT[id],
}));

/** More than who did it and when; kills more than denials. */
const KEEP_TELLING: Readonly<Partial<Record<ColumnId, number>>> = { killed: 8.6, denied: 8.5 };

/** The sort column always stays. */
function columnsFor({
  width,
  sort,
  telling,
  lengths,
  hidden,
}: AlertLook): readonly Column<ColumnId>[] {
  const keepOf = ({ id, keep }: Column<ColumnId>): number => {
    if (id === sort.column) return Number.POSITIVE_INFINITY;
    return (id !== 'trend' && telling.has(id) && KEEP_TELLING[id]) || keep;
  };
  const wanted = wantedColumns(columnsAt(width), hidden, sort.column).map((column) => ({
    ...column,
    keep: keepOf(column),
  }));
  const fitting = fittingColumns(wanted, width - 1, leastTarget(width));
  return widened(fitting, width - 1 - columnsWidth(fitting), lengths, leastTarget(width));
}

/** What a target doesn't need, and what it can spare, goes to policies that are cut; what it doesn't need to binaries too. */
function widened(
  columns: readonly Column<ColumnId>[],
  room: number,
  lengths: AlertLengths,
  least: number,
): readonly Column<ColumnId>[] {
  const needed = Math.max(lengths.target, TARGET_TITLE);
  const wants = (id: 'policy' | 'binary', most: number): number => {
    const column = columns.find((known) => known.id === id);
    return column ? Math.max(0, Math.min(lengths[id], most) - column.width) : 0;
  };
  const policy = Math.min(
    wants('policy', LONGEST_POLICY),
    Math.max(0, room - Math.min(needed, least)),
  );
  const binary = Math.min(
    wants('binary', Number.POSITIVE_INFINITY),
    Math.max(0, room - policy - needed),
  );
  const more: Readonly<Partial<Record<ColumnId, number>>> = { policy, binary };
  return columns.map((column) => ({ ...column, width: column.width + (more[column.id] ?? 0) }));
}

/** `Target▼` */
const TARGET_TITLE = 7;

/** The line of titles. */
export const alertHead = (look: AlertLook): string =>
  titleLine<AlertColumn | 'trend'>(columnsFor(look), { id: 'target', title: 'Target' }, look);

/** The column whose title lies at a place of the line. */
export const alertColumnAt = (place: number, look: AlertLook): AlertColumn | 'trend' =>
  columnAt<AlertColumn | 'trend'>(columnsFor(look), 'target', place);

/** `etc-writes, target /etc/passwd: severity high, count 3`: what isn't zero. */
export function alertWords(alert: AlertGroup, look: AlertLook): string {
  const facts = columnsFor(look).flatMap((column) => {
    const { id } = column;
    if (id === 'trend' || id === 'policy') return [];
    const text = cellText({ ...column, width: SAID_WIDTH }, alert, look).trim();
    return text === NOTHING || text === '' ? [] : [`${ALERT_NAMES[id]} ${text}`];
  });
  const target = quoteIfNeeded(alert.target || alert.call);
  return `${quoteIfNeeded(alert.policy)}, target ${target}: ${facts.join(', ')}`;
}

/** Names are said whole. */
const SAID_WIDTH = 200;

/** One group. Nothing stands out that is zero. */
export function alertLine(alert: AlertGroup, isCursor: boolean, look: AlertLook): string {
  const { theme, width, ascii } = look;
  const columns = columnsFor(look);
  const cells = columns.flatMap((column) =>
    styledCell(column, cellText(column, alert, look), cellStyle(column.id, alert, theme)),
  );
  const safe = namedEndpoint(quoteIfNeeded(alert.target || alert.call), look.hostName);
  const target = ascii ? escapeNonAscii(safe) : safe;
  const room = width - 1 - columnsWidth(columns);
  const text = truncateColumns(target, room, { ellipsis: '…', at: 'middle' });
  // Without a target the hook says what it was about.
  const style = theme[alert.target === '' ? 'text.dim' : 'event.path'];
  return rowLine([{ text: ' ' }, ...cells, { text, style }], isCursor, look);
}

const NOTHING = '·';

function shown(text: string, ascii: boolean): string {
  const safe = quoteIfNeeded(text);
  return ascii ? escapeNonAscii(safe) : safe;
}

function cellText({ id, width }: Column<ColumnId>, alert: AlertGroup, look: AlertLook): string {
  switch (id) {
    case 'severity':
      return alert.severity ?? NOTHING;
    case 'policy':
      return fitColumns(shown(alert.policy, look.ascii) || NOTHING, width, { ellipsis: '…' });
    case 'binary':
      // The end of a path says most.
      return fitColumns(shown(alert.binary, look.ascii) || NOTHING, width, {
        ellipsis: '…',
        at: 'start',
      });
    case 'trend':
      return alert.perMinute === 0 ? '' : sparkline(alert.trend, look.ascii);
    case 'lastSeen':
      return shortAge(look.now - alert.lastSeen);
    default:
      return alert[id] === 0 ? NOTHING : shortCount(alert[id]);
  }
}

function cellStyle(id: ColumnId, alert: AlertGroup, theme: Theme): Style {
  switch (id) {
    case 'severity':
      return alert.severity === undefined ? theme['text.dim'] : theme[severitySlot(alert.severity)];
    case 'policy':
      return theme['text.strong'];
    case 'binary':
      return theme['event.binary'];
    case 'killed':
    case 'denied':
      return theme[alert[id] === 0 ? 'text.dim' : 'event.killed'];
    case 'wouldAct':
      return theme[alert[id] === 0 ? 'text.dim' : 'event.withheld'];
    case 'spared':
      return theme[alert[id] === 0 ? 'text.dim' : 'event.spared'];
    case 'perMinute':
      return theme[alert[id] === 0 ? 'text.dim' : 'text'];
    case 'trend':
      return theme['text.dim'];
    default:
      return theme.text;
  }
}
