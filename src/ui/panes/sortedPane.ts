import type { CommandId } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import { FIRST_PLACE, type ListPlace } from '../store/listPlace.ts';
import type { Sort, SortedRows } from '../store/sortedRows.ts';
import { renderLine } from '../text/line.ts';
import type { Theme } from '../theme.ts';
import { type KeyedRows, movePlace, settleIn } from './listMoves.ts';
import type { Pane, PaneSize } from './pane.ts';

/** What a view of sorted rows consists of. */
export type SortedTable<Row, Column extends string> = Pick<Pane, 'id' | 'topics'> & {
  readonly model: Pick<SortedRows<Row, Column>, 'rows' | 'rowOf' | 'shown' | 'sort'>;
  readonly columns: readonly Column[];
  /** What a column is called in a sentence. */
  readonly names: Readonly<Record<Column, string>>;
  naturalSort(column: Column): Sort<Column>;
  keyOf(row: Row): string;
  /** The line of titles, and how a row is drawn: asked for once a paint. */
  look(width: number): { head: string; line(row: Row, isCursor: boolean): string };
  /** What stands there without a row. */
  emptyText(): string;
  position(): string;
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

  const shiftColumn = (by: number) => {
    const at = columns.indexOf(model.sort.column);
    const column = columns[(at + by + columns.length) % columns.length];
    if (column) model.sort = table.naturalSort(column);
  };

  const act = (command: CommandId): boolean => {
    if (command === 'sort.next') shiftColumn(1);
    else if (command === 'sort.previous') shiftColumn(-1);
    else if (command === 'sort.reverse')
      model.sort = { ...model.sort, descending: !model.sort.descending };
    else return false;
    const { column, descending } = model.sort;
    say(state, `sorted by ${table.names[column]}, ${descending ? 'descending' : 'ascending'}`);
    return true;
  };

  return {
    id: table.id,
    topics: table.topics,
    selected() {
      const index = place.key === undefined ? 0 : (model.rowOf(place.key) ?? place.index);
      return model.shown[index];
    },
    lines({ width, height }: PaneSize) {
      const all = sorted();
      place = settleIn(place, rows, rangeOf(height));
      if (all.length === 0)
        return [renderLine([{ text: ` ${table.emptyText()}`, style: theme['text.dim'] }], width)];
      const { head, line } = table.look(width);
      const lines = all
        .slice(place.top, place.top + height - 1)
        .map((row, index) => line(row, place.top + index === place.index));
      return [head, ...lines];
    },
    position: table.position,
    run(command, { height }) {
      const moved = movePlace(place, command, rows, rangeOf(height));
      if (!moved) return act(command);
      place = command === 'move.first' ? FIRST_PLACE : moved;
      return true;
    },
    invalidate: () => {},
  };
}
