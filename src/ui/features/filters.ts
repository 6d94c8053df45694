import { parseFilter } from '../../events/filter/parse.ts';
import { createFilterPrompt } from '../dialogs/filterPrompt.ts';
import { createNamedFilters } from '../dialogs/namedFilters.ts';
import type { FilterLanguage, PaneFilter } from '../panes/pane.ts';
import { remember } from '../settings.ts';
import { say } from '../state.ts';
import type { Handlers, Ui } from './ui.ts';

/** Narrowing a list by a filter: typed, or taken from those that have a name. */
export function createFilters(ui: Ui): Handlers {
  const { state, panes, effects, look } = ui;
  const { settings } = state;

  const noteFilter = (text: string) =>
    settings.change({ filterHistory: remember(settings.get().filterHistory, text) });

  const here = (): { filter: PaneFilter; language: FilterLanguage } | undefined => {
    const { filter } = panes[state.view];
    if (filter?.language) return { filter, language: filter.language };
    say(state, 'this view has no filters');
    return undefined;
  };

  /** From the palette or a name: said when it is none here. */
  const set = (text: string) => {
    const open = here();
    if (!open) return;
    const { error } = { error: undefined, ...parseFilter(text, open.language.fields) };
    if (error !== undefined) {
      say(state, `not a filter of this view: ${error}`, 'warning');
      return;
    }
    open.filter.set(text);
    noteFilter(text);
  };

  return {
    'row.filter'(argument) {
      const open = here();
      if (!open) return;
      if (argument !== undefined) set(argument.trim());
      else
        ui.open(
          createFilterPrompt({
            ...{ ...open, look, history: settings.get().filterHistory },
            found: () => panes[state.view].position(effects.size()),
            accept: noteFilter,
          }),
        );
    },
    'filter.named'(argument) {
      const open = here();
      if (!open) return;
      const menu = createNamedFilters({
        ...{ settings, look, fields: open.language.fields, view: state.view, set },
        current: open.filter.text(),
        open: ui.open,
        say: (text) => say(state, text),
      });
      const named = argument === undefined ? undefined : menu.find(argument);
      if (named !== undefined) set(named);
      else if (argument === undefined) ui.open(menu.dialog);
      else say(state, `no filter is called ${argument}`, 'warning');
    },
  };
}
