import type { FieldTable } from '../../events/filter/language.ts';
import { parseFilter } from '../../events/filter/parse.ts';
import { escapeText } from '../../events/text.ts';
import { keyText, type View } from '../commands.ts';
import type { Dialog } from '../dialog.ts';
import type { Look } from '../look.ts';
import type { SettingsBook } from '../settings.ts';
import { builtInFilters, type NamedFilter, nameMistake } from '../store/namedFilters.ts';
import { createMenu, type MenuItem } from './menu.ts';
import { createPrompt } from './prompt.ts';

type Options = {
  readonly settings: SettingsBook;
  readonly look: Look;
  readonly view: View;
  readonly fields: FieldTable;
  /** The filter of now, which can be saved; '' without one. */
  readonly current: string;
  set(text: string): void;
  open(dialog: Dialog): void;
  say(text: string): void;
};

type Entry = NamedFilter & { readonly isSaved: boolean };

/** The operator's own filters, then those that are always there. */
export function createNamedFilters(options: Options): {
  readonly dialog: Dialog;
  /** The filter of a name; undefined: there is none. */
  find(name: string): string | undefined;
} {
  const { settings, look, view, fields, current } = options;
  /** Name of the one that a second press deletes. */
  let doomed: string | undefined;

  const saved = () => settings.get().filters;
  const entries = (): Entry[] => [
    ...Object.entries(saved())
      .map(([name, text]) => ({ name, text, isSaved: true }))
      .sort((a, b) => a.name.localeCompare(b.name)),
    ...builtInFilters(view).map((filter) => ({ ...filter, isSaved: false })),
  ];

  const item = ({ name, text, isSaved }: Entry): MenuItem => {
    const isValid = parseFilter(text, fields).filter !== undefined;
    const note = escapeText(text);
    return {
      label: escapeText(name),
      note: isSaved ? (doomed === name ? 'd again deletes it' : note) : `${note}  (built in)`,
      disabled: isValid ? undefined : `not for this view: ${note}`,
    };
  };

  const save = (name: string) => {
    const isNew = !Object.hasOwn(saved(), name);
    settings.change({ filters: { ...saved(), [name]: current } });
    options.say(`${isNew ? 'saved as' : 'replaced:'} ${name}`);
  };

  const askName = () =>
    options.open(
      createPrompt({
        ...{ prompt: 'name: ', look, bang: 'in-name' },
        say(text) {
          const wrong = nameMistake(text);
          const isThere = Object.hasOwn(saved(), text.trim());
          const what = isThere ? 'Enter replaces the filter of this name by' : 'Enter saves';
          return { text: wrong ?? `${what} ${escapeText(current)}`, isWrong: wrong !== undefined };
        },
        accept: (text) => () => save(text.trim()),
      }),
    );

  const remove = ({ name, isSaved }: Entry): 'stay' => {
    if (!isSaved) options.say('built-in filters can’t be deleted');
    else if (doomed !== name) doomed = name;
    else {
      const { [name]: _, ...others } = saved();
      settings.change({ filters: others });
      options.say(`deleted ${name}`);
      doomed = undefined;
    }
    return 'stay';
  };

  const dialog = createMenu({
    ...{ title: 'Named filters', look, verb: 'apply' },
    items: () => entries().map(item),
    hints: [
      { key: 's', text: 'save the one of now' },
      { key: 'd', text: 'delete' },
    ],
    choose(index) {
      const entry = entries()[index];
      return entry ? () => options.set(entry.text) : 'stay';
    },
    onItemKey(index, key) {
      const entry = entries()[index];
      if (key !== 'd') doomed = undefined;
      if (key === 'd' && entry) return remove(entry);
      if (key !== 's') return undefined;
      if (current !== '') return askName;
      options.say(`there is no filter to save: ${keyText('row.filter')} types one`);
      return 'stay';
    },
  });

  return {
    dialog,
    find: (name) => entries().find((entry) => entry.name === name)?.text,
  };
}
