import type { FieldTable, FilterSubject } from '../../events/filter/language.ts';
import { type ColumnChoice, hiddenColumns } from '../columnChoice.ts';
import type { CommandId } from '../commands.ts';
import type { CopyChoice } from '../copyChoice.ts';
import { type Noun, SAVED_WIDTH, tableFormats } from '../save/formats.ts';
import type { AppState } from '../state.ts';
import { FIRST_PLACE, type ListPlace } from '../store/listPlace.ts';
import type { Sort, SortedRows } from '../store/sortedRows.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type KeyedRows, movePlace, placeAt, settleIn } from './listMoves.ts';
import type { Pane, PaneSize, PaneSorting } from './pane.ts';
import { keepSort } from './paneSorting.ts';

/** What a view of sorted rows consists of. */
export type SortedTable<Row, Column extends string> = Pick<Pane, 'id' | 'topics'> & {
  readonly model: Pick<SortedRows<Row, Column>, 'rows' | 'rowOf' | 'shown' | 'sort'> & {
    filter: string;
  };
  readonly columns: readonly Column[];
  /** What a column is called in a sentence. */
  readonly names: Readonly<Record<Column, string>>;
  naturalSort(column: Column): Sort<Column>;
  keyOf(row: Row): string;
  /** The line of titles, and how a row is drawn: asked for once a paint. `hidden`: columns that are not wanted. */
  look(
    width: number,
    hidden: ReadonlySet<string>,
  ): {
    head: string;
    line(row: Row, isCursor: boolean): string;
    /** The column whose title lies there. */
    columnAt(place: number): string;
    /** A row in words, for who can't see the titles. */
    words(row: Row): string;
  };
  /** What stands there without a row. */
  emptyText(): string;
  position(): string;
  /** The rows as filters and finding see them. */
  readonly fields: FieldTable;
  subject(row: Row): FilterSubject;
  /** Columns that can be hidden. */
  readonly choices: readonly ColumnChoice[];
  /** What there is to copy of a row. @param words the row in words */
  copies(row: Row, words: string): readonly CopyChoice[];
  /** What rows are called, for saving them, and what stands in their JSON. */
  readonly noun: Noun;
  json?(row: Row): unknown;
};

export type SortedPane<Row> = Pane & {
  /** The row that keys act on. */
  selected(): Row | undefined;
};

/** A view of rows in the order of one of their columns, which keys choose. */
export function createSortedPane<Row, Column extends string>(
  { state, theme }: { state: AppState; theme: Theme },
  table: SortedTable<Row, Column>,
): SortedPane<Row> {
  const { model, columns, keyOf } = table;
  const kept = state.settings.get().sort[table.id];
  const column = columns.find((known) => known === kept?.column);
  if (kept && column) model.sort = { column, descending: kept.descending };
  /** Without a key until the cursor is moved: the top of the list stays in view while rows change their places. */
  let place: ListPlace = FIRST_PLACE;

  const sorted = () => model.rows(performance.now());
  const rows: KeyedRows = {
    get length() {
      return sorted().length;
    },
    keyAt(index) {
      const row = sorted()[index];
      return row && keyOf(row);
    },
    indexOf: (key) => model.rowOf(key),
  };
  /** The head takes a line. */
  const rangeOf = (height: number) => ({ rows: Math.max(1, height - 1), anchored: false });

  const hidden = () => hiddenColumns(state.settings, table.id);

  const shiftColumn = (by: number) => {
    const { column: current } = model.sort;
    const notWanted = hidden();
    const wanted = columns.filter((column) => column === current || !notWanted.has(column));
    const column = wanted.at((wanted.indexOf(current) + by) % wanted.length);
    if (column) sortBy(table.naturalSort(column));
  };

  const reversed = () => ({ ...model.sort, descending: !model.sort.descending });

  const sortBy = (sort: Sort<Column>) => {
    model.sort = sort;
    keepSort(state, table.id, sort, table.names[sort.column]);
  };

  const act = (command: CommandId): boolean => {
    if (command === 'sort.next') shiftColumn(1);
    else if (command === 'sort.previous') shiftColumn(-1);
    else if (command === 'sort.reverse') sortBy(reversed());
    else return false;
    return true;
  };

  const sorting: PaneSorting = {
    columns() {
      const notWanted = hidden();
      return columns.map((id) => ({ id, name: table.names[id], isHidden: notWanted.has(id) }));
    },
    current: () => model.sort,
    by(id) {
      const column = columns.find((known) => known === id);
      if (column) sortBy(column === model.sort.column ? reversed() : table.naturalSort(column));
    },
    reverse: () => sortBy(reversed()),
  };

  const selected = (): Row | undefined => {
    const all = sorted();
    // They may be others than those that were painted last.
    const last = Math.max(0, all.length - 1);
    const index = place.key === undefined ? 0 : model.rowOf(place.key);
    return all[index ?? Math.min(place.index, last)];
  };

  return {
    id: table.id,
    topics: table.topics,
    selected,
    lines({ width, height }: PaneSize) {
      const all = sorted();
      place = settleIn(place, rows, rangeOf(height));
      if (all.length === 0)
        return [renderLine([{ text: ` ${table.emptyText()}`, style: theme['text.dim'] }], width)];
      const { head, line } = table.look(width, hidden());
      const lines = all
        .slice(place.top, place.top + height - 1)
        .map((row, index) => line(row, place.top + index === place.index));
      return [head, ...lines];
    },
    click(line, column, { width, height }) {
      place = settleIn(place, rows, rangeOf(height));
      if (line === 0) {
        sorting.by(table.look(width, hidden()).columnAt(column));
        return 'sorted';
      }
      const index = place.top + line - 1;
      if (index >= rows.length) return undefined;
      const isThere = index === place.index;
      place = placeAt(place, index, rows, rangeOf(height));
      return isThere ? 'again' : 'moved';
    },
    current({ width }) {
      const row = selected();
      return row && table.look(width, hidden()).words(row);
    },
    save() {
      const { head, line } = table.look(SAVED_WIDTH, hidden());
      const rows = sorted();
      const { noun, json } = table;
      return tableFormats({ noun, rows, head, line: (row) => line(row, false), json });
    },
    position: table.position,
    run(command, { height }) {
      const moved = movePlace(place, command, rows, rangeOf(height));
      if (!moved) return act(command);
      place = command === 'move.first' ? FIRST_PLACE : moved;
      return true;
    },
    invalidate: () => {},
    filter: {
      text: () => model.filter,
      set(text) {
        model.filter = text;
      },
      language: {
        fields: table.fields,
        *subjects() {
          for (const row of sorted()) yield table.subject(row);
        },
      },
    },
    find: {
      fields: table.fields,
      head: 1,
      rows({ height }) {
        const all = sorted();
        place = settleIn(place, rows, rangeOf(height));
        return {
          ...{ first: 0, next: all.length, at: place.index, isFollowing: false },
          subject(position) {
            const row = all[position];
            return row && table.subject(row);
          },
          goTo(position) {
            const row = all[position];
            const index = row && rows.indexOf(keyOf(row));
            if (index !== undefined) place = placeAt(place, index, rows, rangeOf(height));
          },
        };
      },
    },
    sorting,
    columns: table.choices,
    copies() {
      const row = selected();
      return row && table.copies(row, table.look(SAVED_WIDTH, hidden()).words(row));
    },
  };
}
