import type { EventField } from '../../events/filter/fields.ts';
import { writeTerm } from '../../events/filter/write.ts';
import type { CopyChoice } from '../copyChoice.ts';

/** What can be done with an entry of a detail. */
export type Focus = {
  /** The most telling first. */
  readonly copies: readonly CopyChoice[];
  /** undefined: no event can be found by it. */
  readonly filter?: FilterTerm | undefined;
  /** What Enter opens. */
  readonly opens?: Opened | undefined;
};

export type FilterTerm = { readonly field: EventField; readonly value: string };

export type Opened =
  | { readonly kind: 'process'; readonly pid: number; readonly ktime: bigint }
  | { readonly kind: 'event'; readonly number: number };

/** Longer ones would be all that the tabs' line shows. */
const MOST_CHARACTERS = 200;
/** What a filter's line can't show as it is. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]+/u;

/** Asked for as a whole, where another that only contains it would be something else. */
const WHOLE: ReadonlySet<EventField> = new Set(['binary', 'cwd', 'function', 'policy', 'event']);

/**
 * The filter that finds events with this value; '' where there is none to look for. Of a value that doesn't fit into a filter's line
 * the longest part that does is looked for.
 */
export function filterText({ field, value }: FilterTerm): string {
  const [longest = ''] = value.split(UNPRINTABLE).sort((a, b) => b.length - a.length);
  const part = longest.slice(0, MOST_CHARACTERS).trim();
  if (part === '') return '';
  return writeTerm(field, part, part === value && WHOLE.has(field) ? '=' : ':');
}
