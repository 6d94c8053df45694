import type { FieldTable, Filter } from '../../events/filter/language.ts';
import { parseFilter } from '../../events/filter/parse.ts';

/** The filter of a view, as it is set. */
export type ActiveFilter<F extends string = string> = {
  /** '' without one. */
  readonly text: string;
  /** undefined: everything passes. */
  readonly passes: Filter<F> | undefined;
};

export const NO_FILTER = { text: '', passes: undefined } as const;

/** What a text means as a view's filter: none when it is empty, or no filter at all. */
export function activeFilter<F extends string>(
  text: string,
  fields: FieldTable<F>,
): ActiveFilter<F> {
  const { filter } = parseFilter(text, fields);
  return filter && text.trim() !== '' ? { text, passes: filter } : NO_FILTER;
}
