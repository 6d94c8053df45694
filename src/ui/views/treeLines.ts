import type { TreeProcess } from '../../agent/messages.ts';
import { escapeText, quoteIfNeeded } from '../../events/text.ts';
import type { ColumnChoice } from '../columnChoice.ts';
import type { TreeRow } from '../store/treeRows.ts';
import { escapeNonAscii } from '../text/ascii.ts';
import { renderLine, type Span, type Style } from '../text/line.ts';
import { displayWidth, padColumns, truncateColumns } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { userText } from '../userNames.ts';
import { type Column, columnCell, columnsWidth, fittingColumns, wantedColumns } from './columns.ts';
import { shortAge, shortCount, startText } from './format.ts';

export type TreeLook = {
  readonly theme: Theme;
  readonly width: number;
  /** Other programs' text without non-ASCII characters. */
  readonly ascii: boolean;
  readonly userNames: ReadonlyMap<number, string>;
  /** Wall clock, ms: for ages. */
  readonly now: number;
  readonly hasContainers: boolean;
  /** By a filter: the rows that it asks for have a sign. */
  readonly isNarrowed?: boolean;
  /** Columns that are not wanted. */
  readonly hidden: ReadonlySet<string>;
  /** By the process's key; told by a sign in front. */
  readonly isTagged?: (key: string) => boolean;
};

type ColumnId = 'pid' | 'user' | 'container' | 'started' | 'age' | 'events' | 'hits' | 'kills';

const COLUMNS: readonly Column<ColumnId>[] = [
  { id: 'pid', title: 'PID', width: 7, align: 'right', keep: 6 },
  { id: 'user', title: 'User', width: 8, align: 'left', keep: 3 },
  { id: 'container', title: 'Container', width: 12, align: 'left', keep: 1 },
  { id: 'started', title: 'Started', width: 8, align: 'left', keep: 1.5 },
  { id: 'age', title: 'Age', width: 4, align: 'right', keep: 4 },
  { id: 'events', title: 'Events', width: 6, align: 'right', keep: 2 },
  { id: 'hits', title: 'Hits', width: 6, align: 'right', keep: 5 },
  { id: 'kills', title: 'Kills', width: 5, align: 'right', keep: 4.5 },
];

const ABOUT: Readonly<Record<ColumnId, string>> = {
  pid: 'process id',
  user: 'effective user',
  container: 'beginning of its id, where there are containers',
  started: 'time of the start, or its date',
  age: 'since its start; of an ended one, how long it ran',
  events: 'events of the process',
  hits: 'policy events, with those of collapsed children',
  kills: 'processes that policies killed, the same way',
};

/** Columns that can be hidden. */
export const TREE_CHOICES: readonly ColumnChoice[] = COLUMNS.map(({ id, title }) => ({
  id,
  title,
  about: ABOUT[id],
}));

/** Columns that the tree keeps at least. */
const MIN_TREE = 34;

function columnsFor({ width, hasContainers, hidden }: TreeLook): readonly Column<ColumnId>[] {
  const wanted = wantedColumns(COLUMNS, hidden);
  const useful = hasContainers ? wanted : wanted.filter(({ id }) => id !== 'container');
  return fittingColumns(useful, width - 1, MIN_TREE);
}

/** The line of titles. */
export function treeHead(look: TreeLook): string {
  const cells = columnsFor(look).map((column) => columnCell(column, column.title));
  const text = ` ${cells.join('')}Process`;
  return renderLine([{ text, style: look.theme['text.dim'] }], look.width);
}

/** One process. A collapsed one says how many it stands for; hits and kills are words and numbers, not colours alone. */
export function treeLine(row: TreeRow, isCursor: boolean, look: TreeLook): string {
  const { theme, width } = look;
  const columns = columnsFor(look);
  const cells = columns.map((column) => ({
    text: columnCell(column, cellText(column.id, row, look)),
    style: cellStyle(column.id, row, theme),
  }));
  const room = width - 1 - columnsWidth(columns);
  const sign = look.isTagged?.(row.process.key)
    ? { text: '●', style: theme['status.paused'] }
    : { text: look.isNarrowed && row.isMatch ? '>' : ' ', style: theme['text.strong'] };
  const spans = [sign, ...cells, ...processSpans(row, room, look)];
  if (!isCursor) return renderLine(spans, width);
  // One style for the whole line: colours of the parts would be unreadable on an inverted ground.
  const text = spans.map((span) => span.text).join('');
  return renderLine([{ text: padColumns(text, width), style: theme.cursor }], width);
}

function cellText(id: ColumnId, { process, hits, kills }: TreeRow, look: TreeLook): string {
  switch (id) {
    case 'pid':
      return String(process.pid);
    case 'user':
      return foreign(process.user ?? userText(process.uid, look.userNames), look);
    case 'container':
      return foreign(process.container, look);
    case 'started':
      return startText(process.startedAt, look.now);
    case 'age':
      // Of an ended process: how long it ran.
      return shortAge((process.endedAt ?? look.now) - process.startedAt);
    case 'events':
      return shortCount(process.events);
    case 'hits':
      return hits > 0 ? `!${shortCount(hits)}` : '';
    case 'kills':
      return kills > 0 ? shortCount(kills) : '';
  }
}

/** It is there for others: ended, the kernel's own, or above what the filter asks for. */
const isQuiet = ({ process, isMatch }: TreeRow): boolean =>
  process.endedAt !== undefined || process.isKernelThread || !isMatch;

function cellStyle(id: ColumnId, row: TreeRow, theme: Theme): Style {
  const { process, hits, kills } = row;
  if (id === 'kills' && kills > 0) return theme['event.killed'];
  if (id === 'hits' && hits > 0) return theme['event.withheld'];
  if (isQuiet(row) || id === 'container' || (id === 'events' && process.events === 0))
    return theme['text.dim'];
  return theme.text;
}

/** Guide lines, what became of it, and the command line, which is cut at its end. */
function processSpans(row: TreeRow, room: number, look: TreeLook): Span[] {
  const { theme, ascii } = look;
  const { process } = row;
  const isDim = isQuiet(row);
  const spans: Span[] = [];
  let left = room;
  const add = (text: string, style: Style, at: 'start' | 'end' = 'end') => {
    const cut = truncateColumns(text, left, { ellipsis: '…', at });
    spans.push({ text: cut, style });
    // Behind a cut nothing may follow, even where a wide character has left a column free.
    left = cut === text ? left - displayWidth(text) : 0;
  };
  const guides = guideLines(row, room - MIN_TREE / 2);
  add(guides, theme.frame);
  if (row.isCollapsed) add(`[+${row.hidden}] `, theme['text.strong']);
  if (row.kills > 0) {
    add(row.kills === 1 ? 'KILLED' : `KILLED ${row.kills}`, theme['event.killed']);
    add(' ', theme.text);
  }
  if (process.endedAt !== undefined) add(`${endingText(process)} `, theme['text.dim']);
  const binary = process.isKernelThread
    ? escapeText(process.binary)
    : quoteIfNeeded(process.binary) || '?';
  // Of a long path the end says most.
  const binaryStyle = theme[isDim ? 'text.dim' : 'event.binary'];
  add(ascii ? escapeNonAscii(binary) : binary, binaryStyle, 'start');
  if (process.arguments !== '') {
    const style = isDim ? theme['text.dim'] : theme['event.arguments'];
    add(` ${foreign(process.arguments, look)}`, style);
  }
  return spans;
}

/** `(exit 0)`, `(SIGTERM)`. */
function endingText({ ending }: TreeProcess): string {
  if (ending === undefined) return '(ended)';
  return /^\d+$/.test(ending) ? `(exit ${ending})` : `(${escapeText(ending)})`;
}

/** Columns of one level, and of the sign that more levels are left out. */
const LEVEL = 2;

/**
 * The lines that lead from the ancestors to this row, in at most `room` columns: of very deep ones only the nearest levels, behind
 * a sign that there are more.
 */
function guideLines({ above, isLast }: TreeRow, room: number): string {
  if (!above) return '';
  let guides = isLast ? '└─ ' : '├─ ';
  // The roots have no lines of their own.
  for (let row = above; row.above; row = row.above) {
    const isOutermost = row.above.above === undefined;
    if (guides.length + (isOutermost ? LEVEL : 2 * LEVEL) > room) return `… ${guides}`;
    guides = (row.isLast ? '  ' : '│ ') + guides;
  }
  return guides;
}

/** Text of other programs. */
function foreign(text: string, { ascii }: TreeLook): string {
  const safe = escapeText(text);
  return ascii ? escapeNonAscii(safe) : safe;
}
