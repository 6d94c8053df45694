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
    state.settings.change({ sort: { ...state.settings.get().sort, [view]: sort } });
    say(state, `sorted by ${names[sort.column]}, ${sort.descending ? 'descending' : 'ascending'}`);
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
