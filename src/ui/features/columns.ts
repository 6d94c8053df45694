import { hiddenColumns, resetColumns, toggleColumn } from '../columnChoice.ts';
import { createMenu } from '../dialogs/menu.ts';
import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** `C`: a menu of the view's columns, in which Space or Enter hides or shows one. */
export function createColumns(ui: Ui): Handlers {
  const { state, panes } = ui;

  return {
    'row.columns': () => {
      const { view } = state;
      const pane = panes[view];
      const columns = pane.columns ?? [];
      if (columns.length === 0) return say(state, 'this view has no columns to choose', 'warning');
      const toggle = (index: number) => {
        const column = columns[index];
        if (column) toggleColumn(state.settings, view, column.id);
        pane.invalidate();
        return 'stay' as const;
      };
      ui.open(
        createMenu({
          ...{ title: 'Columns', look: ui.look, verb: 'show/hide' },
          items() {
            const hidden = hiddenColumns(state.settings, view);
            const sorted = pane.sorting?.current().column;
            return columns.map(({ id, title, about }) => ({
              label: `[${hidden.has(id) ? ' ' : 'x'}] ${title}`,
              note:
                hidden.has(id) && id === sorted ? `${about}; shown while it is sorted by` : about,
            }));
          },
          choose: toggle,
          onItemKey(index, key) {
            if (key === 'space') return toggle(index);
            if (key !== 'delete') return undefined;
            resetColumns(state.settings, view);
            pane.invalidate();
            return 'stay';
          },
          hints: [
            { key: 'Space', text: 'show/hide' },
            { key: 'Del', text: 'as at first' },
          ],
        }),
      );
    },
  };
}
