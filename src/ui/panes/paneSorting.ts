import type { View } from '../commands.ts';
import { type AppState, say } from '../state.ts';
import type { Sort } from '../store/sortedRows.ts';
import type { PaneSorting } from './pane.ts';

type Options<Column extends string> = {
  /** What the orders are called in a sentence; the first is that at first. */
  readonly names: Readonly<Record<Column, string>>;
  /** Those in which high values are of most interest. */
  readonly descendsFirst: ReadonlySet<Column>;
  onChange(sort: Sort<Column>): void;
};

export type OrderOfPane<Column extends string> = Omit<PaneSorting, 'current'> & {
  current(): Sort<Column>;
  /** For the footer: ` by events ▼`; '' while it is the one at first. */
  note(): string;
};

/** Keeps a view's order for the next time, and says what it is. @param name the column's, in a sentence */
export function keepSort(
  state: AppState,
  view: View,
  { column, descending }: Sort<string>,
  name: string,
): void {
  const { sort } = state.settings.get();
  state.settings.change({ sort: { ...sort, [view]: { column, descending } } });
  say(state, `sorted by ${name}, ${descending ? 'descending' : 'ascending'}`);
}

/** The order of a view that is no table of counters: kept in the settings, and taken from there. */
export function createPaneSorting<Column extends string>(
  state: AppState,
  view: View,
  { names, descendsFirst, onChange }: Options<Column>,
): OrderOfPane<Column> {
  const columns = Object.keys(names) as Column[];
  const natural = (column: Column): Sort<Column> => ({
    column,
    descending: descendsFirst.has(column),
  });
  const kept = state.settings.get().sort[view];
  const known = columns.find((column) => column === kept?.column);
  // There is always a first one: `names` is written by hand.
  let sort = natural(columns[0] as Column);
  if (kept && known !== undefined) sort = { column: known, descending: kept.descending };
  onChange(sort);

  const set = (wanted: Sort<Column>) => {
    sort = wanted;
    keepSort(state, view, sort, names[sort.column]);
    onChange(sort);
  };
  const reversed = () => ({ ...sort, descending: !sort.descending });

  return {
    note: () =>
      sort.column === columns[0] && !sort.descending
        ? ''
        : ` by ${sort.column} ${sort.descending ? '▼' : '▲'}`,
    columns: () => columns.map((id) => ({ id, name: names[id], isHidden: false })),
    current: () => sort,
    by(id) {
      const column = columns.find((one) => one === id);
      if (column !== undefined) set(column === sort.column ? reversed() : natural(column));
    },
    reverse: () => set(reversed()),
  };
}
