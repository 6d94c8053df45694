import { escapeText } from '../../events/text.ts';
import { createMenu, type MenuItem } from '../dialogs/menu.ts';
import { say } from '../state.ts';
import type { ThemeBook } from '../themes/book.ts';
import { isThemePath } from '../themes/files.ts';
import type { Handlers, Ui } from './ui.ts';

/** Choosing the theme: each is shown as soon as the cursor is on it. */
export function createThemes(ui: Ui): Handlers {
  const { state, effects } = ui;

  const show = (themes: ThemeBook, name: string): boolean => {
    const problem = themes.use(name);
    if (problem !== undefined) say(state, `${problem}${others(themes, name)}`, 'warning');
    else effects.restyle();
    return problem === undefined;
  };

  /** For a name that none has. */
  const others = (themes: ThemeBook, name: string): string => {
    const names = themes.list().map((theme) => theme.name);
    return names.includes(name) || isThemePath(name)
      ? ''
      : `; themes: ${names.map(escapeText).join(', ')}`;
  };

  const keep = (themes: ThemeBook, name: string) => {
    if (!show(themes, name)) return;
    if (isThemePath(name)) {
      say(state, `theme ${themes.name()}, for this time: only a theme of a themes folder is kept`);
      return;
    }
    state.settings.change({ theme: name });
    say(state, `theme ${themes.name()}`);
  };

  const openMenu = (themes: ThemeBook) => {
    const before = themes.name();
    const listed = themes.list();
    // One that was named by its file stands in no folder.
    const own = { name: before, description: 'as named on the command line', problem: undefined };
    const entries = listed.some(({ name }) => name === before) ? listed : [own, ...listed];
    const items = entries.map(({ name, description, problem }): MenuItem => {
      const note = escapeText(problem ?? description);
      return {
        label: escapeText(name),
        ...(problem === undefined ? { note } : { disabled: note }),
      };
    });
    ui.open(
      createMenu({
        title: 'Theme',
        items: () => items,
        look: ui.look,
        selected: Math.max(
          0,
          entries.findIndex(({ name }) => name === before),
        ),
        verb: 'keep',
        onMove(index) {
          const entry = entries[index];
          if (entry && entry.problem === undefined) show(themes, entry.name);
        },
        cancel: () => show(themes, before),
        choose: (index) => () => {
          const entry = entries[index];
          if (entry) keep(themes, entry.name);
        },
      }),
    );
  };

  return {
    'app.theme'(name) {
      const { themes } = effects;
      if (!themes) say(state, 'the theme can not be changed here');
      else if (themes.depth === 'none')
        say(state, 'there are no colours to choose: the terminal, NO_COLOR or --colors says so');
      else if (name) keep(themes, name);
      else openMenu(themes);
    },
  };
}
