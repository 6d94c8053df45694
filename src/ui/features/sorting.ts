import { keyLabel, keysOf } from '../commands.ts';
import { createMenu } from '../dialogs/menu.ts';
import type { PaneSorting } from '../panes/pane.ts';
import { say } from '../state.ts';
import { commandById } from './reach.ts';
import type { Handlers, Ui } from './ui.ts';

/** `s`: a menu of the columns that the view's rows can be sorted by. */
export function createSorting(ui: Ui): Handlers {
  const { state, panes } = ui;

  const open = (sorting: PaneSorting) => {
    const columns = sorting.columns();
    const reverse = commandById('sort.reverse');
    const reverseKeys = reverse ? keysOf(reverse) : [];
    const items = () => {
      const { column, descending } = sorting.current();
      return columns.map(({ id, name, isHidden }) => {
        const order = descending ? '▼ descending' : '▲ ascending';
        const unseen = isHidden ? 'hidden; shown while it is sorted by' : '';
        return {
          label: name,
          note: id === column ? `${order}; again: the other way round` : unseen,
        };
      });
    };
    ui.open(
      createMenu({
        ...{ title: 'Sort by', items, look: ui.look, verb: 'sort' },
        selected: columns.findIndex(({ id }) => id === sorting.current().column),
        choose(index) {
          const column = columns[index];
          return column ? () => sorting.by(column.id) : 'stay';
        },
        onItemKey(_index, key) {
          if (!reverseKeys.includes(key)) return undefined;
          sorting.reverse();
          return 'stay';
        },
        hints: reverseKeys
          .slice(0, 1)
          .map((key) => ({ key: keyLabel(key), text: 'reverse', press: key })),
      }),
    );
  };

  return {
    'sort.pick': (name) => {
      const { sorting } = panes[state.view];
      if (!sorting) return say(state, 'the order of these rows is fixed', 'warning');
      if (name === undefined) return open(sorting);
      const column = columnOf(name, sorting);
      if (column === undefined) say(state, `no column "${name}" to sort by`, 'warning');
      else sorting.by(column);
    },
  };
}

/** By id, else by the beginning of its name. */
function columnOf(name: string, sorting: PaneSorting): string | undefined {
  const wanted = name.trim().toLowerCase();
  const columns = sorting.columns();
  const found =
    columns.find(({ id }) => id.toLowerCase() === wanted) ??
    columns.find((column) => column.name.startsWith(wanted));
  return found?.id;
}
