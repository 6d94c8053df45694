import { type EventField, FILTER_FIELDS } from '../../events/filter/fields.ts';
import type { Filter } from '../../events/filter/language.ts';
import { type Slices, slices } from '../slices.ts';
import { activeFilter } from './activeFilter.ts';
import { createFilterIndex, type FilterIndex, type Held } from './filterIndex.ts';

/** The filter that is set, and the search for what matches it, which goes on beside everything else. */
export type StreamFilter = {
  /** '' without a filter. */
  readonly text: string;
  /** undefined without a filter. */
  readonly index: FilterIndex | undefined;
  /** Sets a filter; '' takes it away. See FilterIndex for `origin`. */
  set(text: string, origin: number): void;
  /** Brings back what is set now, and all that has been found until then. */
  keep(): () => void;
  /** Asks the filter anew about all events: what was found stays until that is done. Not twice at a time. */
  refresh(): void;
  /** Tests what has come since, for a paint: for a few milliseconds, the rest in the background. */
  work(): void;
  /** Share of the events that have been tested, 0 to 1. */
  progress(): number;
  /** Events that are tested later, for too many came: `progress` counts them too. */
  skipped(): number;
};

type Options = {
  held: Held;
  matches(number: number, filter: Filter<EventField>): boolean;
  /** Something more has been found out. */
  onProgress(): void;
  /** A refreshed search is about to take the other's place. */
  onRefreshed?(was: FilterIndex, fresh: FilterIndex): void;
  /** For tests; those of the thread by default. */
  within?: Slices;
};

export function createStreamFilter({
  held,
  matches,
  onProgress,
  onRefreshed,
  within = slices,
}: Options): StreamFilter {
  let text = '';
  let index: FilterIndex | undefined;
  let renew: (() => FilterIndex) | undefined;
  let fresh: FilterIndex | undefined;

  const slice = (isOver: () => boolean): boolean => {
    if (!index) return true;
    if (!isOver()) index.keepUp(held);
    if (!index.work(held, isOver)) return false;
    // What was skipped is made up for as soon as there is time.
    if (index.skipped > 0) fresh ??= renew?.();
    if (!fresh) return true;
    if (!fresh.work(held, isOver)) return false;
    onRefreshed?.(index, fresh);
    index = fresh;
    fresh = undefined;
    return true;
  };
  const search = within.start({ slice, onProgress });

  return {
    get text() {
      return text;
    },
    get index() {
      return index;
    },
    set(wanted, origin) {
      const { text: kept, passes } = activeFilter(wanted, FILTER_FIELDS);
      text = kept;
      renew = passes && (() => createFilterIndex(origin, (number) => matches(number, passes)));
      index = renew?.();
      fresh = undefined;
    },
    keep() {
      const kept = { text, index, renew };
      return () => {
        ({ text, index, renew } = kept);
        fresh = undefined;
      };
    },
    refresh() {
      fresh ??= renew?.();
      if (fresh) search.work();
    },
    work: search.work,
    progress() {
      const all = held.next - held.first;
      if (!index || all === 0) return 1;
      const from = Math.max(index.testedFrom, held.first);
      return Math.max(0, index.testedTo - from - index.skipped) / all;
    },
    skipped: () => index?.skipped ?? 0,
  };
}
