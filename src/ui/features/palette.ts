import { createPaletteDialog } from '../palette/dialog.ts';
import type { PaletteItem } from '../palette/item.ts';
import { createPaletteSearch, type PaletteSearch } from '../palette/search.ts';
import {
  commandItems,
  filterItems,
  policyItems,
  processItems,
  typedItems,
} from '../palette/sources.ts';
import { completeTyped } from '../palette/words.ts';
import { remember } from '../settings.ts';
import type { Handlers, Ui } from './ui.ts';

const MOST_RECENT = 8;

/** `:`: one line from which everything is found: commands, policies, processes, named filters. */
export function createPalette(ui: Ui): Handlers {
  const { state, effects } = ui;

  const watch = (isOpen: boolean) => {
    const own = ui.panes[state.view].topics;
    // Processes are searched too; the agent sends them while somebody looks.
    const topics = isOpen && !own.includes('tree') ? [...own, 'tree' as const] : own;
    effects.tellAgent({ type: 'watch', topics: [...topics] });
  };

  const open = () => {
    const commands = commandItems(ui);
    let index: { of: typeof state.policies; search: PaletteSearch } | undefined;

    /** Policies are still being loaded when somebody is quick, and switched while it is open. */
    const searchNow = (): PaletteSearch => {
      const of = state.policies;
      if (index?.of !== of) {
        const items = [...commands, ...filterItems(ui), ...policyItems(ui)];
        index = { of, search: createPaletteSearch(items) };
      }
      return index.search;
    };

    /** What was chosen last first, as much of it as leaves room for more; each of them as it is now. */
    const recent = (): PaletteItem[] =>
      state.settings
        .get()
        .paletteHistory.slice(-MOST_RECENT)
        .toReversed()
        .flatMap((text) => typedItems(ui, text).slice(0, 1));

    const find = (text: string): readonly PaletteItem[] => {
      const query = text.trim();
      if (query === '') return distinct([...recent(), ...commands]);
      const typed = typedItems(ui, query);
      // Behind a word that takes an argument nothing else is meant.
      if (typed.length > 0 && /\s/.test(query)) return typed;
      const search = searchNow();
      const held = [...typed, ...search.holding(query), ...processItems(ui, query)];
      return held.length > 0 ? distinct(held) : search.alike(query);
    };

    watch(true);
    ui.open(
      createPaletteDialog({
        look: ui.look,
        find,
        complete: (text) =>
          completeTyped(
            text,
            state.policies.map(({ name }) => name),
          ),
        choose(item) {
          if (item.recall !== undefined) {
            const { paletteHistory } = state.settings.get();
            state.settings.change({ paletteHistory: remember(paletteHistory, item.recall) });
          }
          item.run();
        },
        closed: () => watch(false),
      }),
    );
  };

  return { 'app.palette': open };
}

/** Without those that an earlier one is the same as. */
function distinct(items: readonly PaletteItem[]): PaletteItem[] {
  const seen = new Set<string>();
  return items.filter(({ kind, label }) => {
    const key = `${kind} ${label}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
