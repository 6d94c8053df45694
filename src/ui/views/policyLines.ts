/** The rows of the list of policies. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { escapeText } from '../../events/text.ts';
import type { ColumnChoice } from '../columnChoice.ts';
import type { FailedFile } from '../store/policyProblems.ts';
import type { PolicyRow } from '../store/policyRows.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { displayWidth, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import {
  type Column,
  columnCell,
  columnsWidth,
  fittingColumns,
  rowLine,
  styledCell,
  wantedColumns,
} from './columns.ts';
import { shortBytes, shortCount, shortRate } from './format.ts';
import {
  deniedOf,
  errorsOf,
  killedOf,
  sparedOf,
  wouldDenyOf,
  wouldKillOf,
} from './policyCounts.ts';
import { howText, isPartial, placesText, watches } from './policyPlaces.ts';
import { modeText, severityStyle, stateStyle } from './policyState.ts';

type ColumnId =
  | 'state'
  | 'severity'
  | 'name'
  | 'how'
  | 'places'
  | 'rate'
  | 'seen'
  | 'wouldKill'
  | 'wouldDeny'
  | 'killed'
  | 'denied'
  | 'spared'
  | 'memory'
  | 'errors';

const STATE: Column<ColumnId> = { id: 'state', title: 'State', width: 11, align: 'left', keep: 14 };

const COLUMNS: readonly Column<ColumnId>[] = [
  STATE,
  { id: 'severity', title: 'Sev', width: 4, align: 'left', keep: 9 },
  { id: 'name', title: 'Policy', width: 28, align: 'left', keep: 13 },
  { id: 'how', title: 'How', width: 10, align: 'left', keep: 7 },
  { id: 'places', title: 'Places', width: 6, align: 'right', keep: 6 },
  { id: 'rate', title: '/s', width: 5, align: 'right', keep: 8 },
  { id: 'seen', title: 'Seen', width: 5, align: 'right', keep: 12 },
  { id: 'wouldKill', title: 'Would kill', width: 10, align: 'right', keep: 11 },
  { id: 'wouldDeny', title: 'Would deny', width: 10, align: 'right', keep: 5 },
  { id: 'killed', title: 'Killed', width: 6, align: 'right', keep: 10 },
  { id: 'denied', title: 'Denied', width: 6, align: 'right', keep: 4 },
  { id: 'spared', title: 'Spared', width: 6, align: 'right', keep: 3 },
  { id: 'memory', title: 'Memory', width: 7, align: 'right', keep: 1 },
  { id: 'errors', title: 'Errors', width: 6, align: 'right', keep: 2 },
];

const ABOUT: Readonly<Record<Exclude<ColumnId, 'state' | 'name'>, string>> = {
  severity: 'severity',
  how: 'how it is attached here',
  places: 'places where it is attached, of all',
  rate: 'matches a second',
  seen: 'matches',
  wouldKill: 'processes it would have killed, in monitor mode',
  wouldDeny: 'calls it would have refused, in monitor mode',
  killed: 'processes it killed',
  denied: 'calls it refused',
  spared: 'spared as protected, after the time, or by the fuse',
  memory: 'kernel memory',
  errors: 'what went wrong',
};

/** Columns that can be hidden: all but its state and its name. */
export const POLICY_CHOICES: readonly ColumnChoice[] = COLUMNS.flatMap(({ id, title }) =>
  id === 'state' || id === 'name' ? [] : [{ id, title, about: ABOUT[id] }],
);

/** Words in fewer columns would say nothing. */
const MIN_WATCHES = 25;
/** Narrower terminals show numbers only: the details below the list have the words. */
const WATCHES_FROM = 110;

export type ListLook = {
  theme: Theme;
  width: number;
  /** Wall clock, ms. */
  now: number;
  /** Matches per second of a policy. */
  rateOf(policy: number): number;
  /** Columns that are not wanted. */
  hidden: ReadonlySet<string>;
};

/** Names longer than this are rare. */
const LONGEST_NAME = 36;

function columnsOf({ width, hidden }: ListLook): readonly Column<ColumnId>[] {
  const hasWords = width >= WATCHES_FROM;
  const fitting = fittingColumns(
    wantedColumns(COLUMNS, hidden),
    width - 1,
    hasWords ? MIN_WATCHES : 0,
  );
  if (hasWords) return fitting;
  // Where no words follow, names take the rest.
  const rest = width - 1 - columnsWidth(fitting);
  return fitting.map((column) =>
    column.id === 'name'
      ? { ...column, width: Math.min(column.width + rest, LONGEST_NAME) }
      : column,
  );
}

/** Columns left for what a policy watches. */
const watchesRoom = (look: ListLook): number =>
  look.width >= WATCHES_FROM ? look.width - 2 - columnsWidth(columnsOf(look)) : 0;

export function policyTitleLine(look: ListLook): string {
  const { theme, width } = look;
  const head = columnsOf(look).map((column) => columnCell(column, column.title));
  const watchesTitle = watchesRoom(look) > 0 ? ' Watches' : '';
  return renderLine(
    [{ text: ` ${head.join('')}${watchesTitle}`, style: theme['text.dim'] }],
    width,
  );
}

/** One line a row; that with the cursor goes over the whole width. */
export const policyRowLine = (row: PolicyRow, isCursor: boolean, look: ListLook): string =>
  rowLine(rowSpans(row, look), isCursor, look);

function rowSpans(row: PolicyRow, look: ListLook): Span[] {
  switch (row.kind) {
    case 'policy':
      return policySpans(row.policy, look);
    case 'file':
      return failedSpans(row.file, look);
    case 'heading':
      return headingSpans(row.text, look);
  }
}

const headingSpans = (text: string, { theme, width }: ListLook): Span[] => [
  { text: `── ${text} `, style: theme['text.dim'] },
  { text: '─'.repeat(width), style: theme.frame },
];

/** A file, and the first thing that is wrong with it. */
function failedSpans({ file, problems }: FailedFile, { theme, width }: ListLook): Span[] {
  const state = columnCell(STATE, 'error');
  const name = escapeText(file);
  const room = Math.max(0, width - 3 - displayWidth(state + name));
  const problem = truncateColumns(escapeText(problems[0] ?? ''), room, { ellipsis: '…' });
  return [
    { text: ' ' },
    { text: state, style: theme['status.warning'] },
    { text: name, style: theme['text.strong'] },
    { text: `  ${problem}`, style: theme['status.warning'] },
  ];
}

function policySpans(policy: PolicyStatus, look: ListLook): Span[] {
  const { theme } = look;
  const cells = columnsOf(look).flatMap((column) =>
    styledCell(column, cellText(policy, column.id, look), cellStyle(policy, column.id, theme)),
  );
  const room = watchesRoom(look);
  const words = truncateColumns(watches(policy), Math.max(0, room), { ellipsis: '…' });
  return [
    { text: ' ' },
    ...cells,
    ...(room > 0 ? [{ text: ` ${words}`, style: theme['text.dim'] }] : []),
  ];
}

function cellStyle(policy: PolicyStatus, column: ColumnId, theme: Theme): Style {
  switch (column) {
    case 'state':
      return stateStyle(policy, theme);
    case 'severity':
      return severityStyle(policy.severity, theme);
    case 'name':
      return theme[policy.problems.length > 0 ? 'status.warning' : 'text.strong'];
    case 'how':
    case 'places':
      return theme[isPartial(policy) ? 'status.warning' : 'text'];
    case 'killed':
    case 'denied':
      return theme[
        (column === 'killed' ? killedOf : deniedOf)(policy) > 0 ? 'event.signal' : 'text'
      ];
    case 'errors':
      return theme[errorsOf(policy) > 0 ? 'status.warning' : 'text'];
    default:
      return theme.text;
  }
}

const SHORT_SEVERITY: Readonly<Record<NonNullable<PolicyStatus['severity']>, string>> = {
  info: 'info',
  low: 'low',
  medium: 'med',
  high: 'high',
  critical: 'crit',
};

function cellText(policy: PolicyStatus, column: ColumnId, { now, rateOf }: ListLook): string {
  switch (column) {
    case 'state':
      return modeText(policy, now);
    case 'severity':
      return policy.severity ? SHORT_SEVERITY[policy.severity] : '-';
    case 'name':
      return `${policy.problems.length > 0 ? '! ' : ''}${escapeText(policy.name)}`;
    case 'how':
      return howText(policy);
    case 'places':
      return placesText(policy);
    case 'rate':
      return shortRate(rateOf(policy.id));
    case 'seen':
      return shortCount(policy.counts.matched);
    case 'wouldKill':
      return shortCount(wouldKillOf(policy));
    case 'wouldDeny':
      return shortCount(wouldDenyOf(policy));
    case 'killed':
      return shortCount(killedOf(policy));
    case 'denied':
      return shortCount(deniedOf(policy));
    case 'spared':
      return shortCount(sparedOf(policy.counts));
    case 'memory':
      return shortBytes(policy.memoryBytes);
    case 'errors':
      return shortCount(errorsOf(policy));
  }
}
