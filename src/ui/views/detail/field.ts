import type { EventField } from '../../../events/filter/fields.ts';
import { escapeText, quoteIfNeeded, type SafeText } from '../../../events/text.ts';
import type { FilterTerm } from '../../detail/focus.ts';
import type { Slot } from '../../theme.ts';

/** A fact with its name. */
export type Field = {
  readonly name: string;
  readonly value: SafeText;
  readonly slot?: Slot;
  /** A list of words of ours, broken between them. */
  readonly isWords?: boolean;
  /** Where the value is not what it stands for: a quoted path, a user with name and number. */
  readonly copy?: SafeText;
  readonly filter?: FilterTerm;
};

export type More = Omit<Field, 'name' | 'value' | 'slot' | 'filter' | 'copy'> & {
  readonly slot?: Slot | undefined;
  /** The field of filters that holds the value. */
  readonly by?: EventField;
  /** What is looked for and copied, if it isn't the value as it stands here. */
  readonly raw?: string;
};

export const fact = (
  name: string,
  value: string | number | bigint | undefined,
  more: More | Slot = {},
): Field[] => {
  if (value === undefined || value === '') return [];
  const given: More = typeof more === 'string' ? { slot: more } : more;
  const { slot, by, raw, ...rest } = given;
  return [
    {
      ...{ name, value: escapeText(String(value)), ...rest },
      ...(slot ? { slot } : {}),
      ...(raw === undefined ? {} : { copy: escapeText(raw) }),
      ...(by ? { filter: { field: by, value: raw ?? String(value) } } : {}),
    },
  ];
};

/** A fact that is shown quoted where it must be. */
export const pathFact = (name: string, path: string, more: Omit<More, 'raw'> = {}): Field[] =>
  fact(name, quoteIfNeeded(path), { ...more, raw: path });
