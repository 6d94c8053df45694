import { encodeEvent } from '../../events/json.ts';
import type { Event } from '../../events/types.ts';
import { withoutStyles } from '../text/plain.ts';
import { plainLine } from '../views/streamRow.ts';

/** One, and several. */
export type Noun = readonly [one: string, many: string];

/** `1 event`, `2 events`. */
export const counted = (count: number, [one, many]: Noun): string =>
  `${count} ${count === 1 ? one : many}`;

/** One way to save what a view shows. */
export type SaveFormat = {
  readonly label: string;
  readonly note: string;
  /** Of the file's name, without the dot. */
  readonly extension: 'jsonl' | 'json' | 'txt' | 'yaml';
  /** What its rows are called. */
  readonly noun: Noun;
  /** Rows that there are to save; fewer may be left when their turn comes. */
  readonly count: number;
  /** Lines before the rows. */
  readonly head: readonly string[];
  /** A line a row, made one after the other as they are asked for. */
  lines(): Iterable<string>;
};

/** The same for tagged rows only, as choices beside what the view shows; none without any. */
export const taggedFormats = (formats: readonly SaveFormat[], noun: Noun): readonly SaveFormat[] =>
  formats
    .filter(({ count }) => count > 0)
    .map((format) => ({ ...format, label: `Tagged as ${format.label}`, noun }));

/** Of tables: command lines are cut only where they would fill a screen. */
export const SAVED_WIDTH = 1000;

/** Events: as `trigon events -o json` has them, and as lines to read. @param hasNodes lines name the node of their event */
export function eventFormats(
  count: number,
  events: () => Iterable<Event>,
  which = 'events',
  hasNodes = false,
): readonly SaveFormat[] {
  const common = { noun: ['event', 'events'], count, head: [] } as const;
  return [
    {
      ...common,
      label: 'JSON lines',
      note: `${count} ${which}, as "trigon events -o json" writes them, without parents`,
      extension: 'jsonl',
      *lines() {
        for (const event of events()) yield encodeEvent(event);
      },
    },
    {
      ...common,
      label: 'Text',
      note: `${count} ${which}, a line each`,
      extension: 'txt',
      *lines() {
        for (const event of events()) yield plainLine(event, false, hasNodes);
      },
    },
  ];
}

type Table<Row> = {
  readonly noun: Noun;
  readonly rows: readonly Row[];
  /** The line of titles, and how a row is drawn, on SAVED_WIDTH columns. */
  readonly head: string;
  line(row: Row): string;
  /** What stands in the JSON; by default the row itself. */
  json?: ((row: Row) => unknown) | undefined;
};

/** Rows of a table: as text, and each as a line of JSON. */
export function tableFormats<Row>({
  noun,
  rows,
  head,
  line,
  json = (row) => row,
}: Table<Row>): readonly SaveFormat[] {
  const common = { noun, count: rows.length };
  return [
    {
      ...common,
      label: 'Text',
      note: `${counted(rows.length, noun)} as a table`,
      extension: 'txt',
      head: [plain(head)],
      *lines() {
        for (const row of rows) yield plain(line(row));
      },
    },
    {
      ...common,
      label: 'JSON lines',
      note: `${counted(rows.length, noun)}, an object each`,
      extension: 'jsonl',
      head: [],
      *lines() {
        for (const row of rows) yield JSON.stringify(json(row), exactNumbers);
      },
    },
  ];
}

/** Lines that are there already, as drawn or as they are. */
export function textFormat(
  label: string,
  note: string,
  extension: SaveFormat['extension'],
  lines: readonly string[],
): SaveFormat {
  return {
    label,
    note,
    extension,
    noun: ['line', 'lines'],
    count: lines.length,
    head: [],
    lines: () => lines,
  };
}

const plain = (line: string): string => withoutStyles(line).trimEnd();

/** Times in ns don't fit into JSON's numbers. */
const exactNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
