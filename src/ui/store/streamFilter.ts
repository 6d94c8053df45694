import type { EventField } from '../../events/filter/fields.ts';
import type { Filter } from '../../events/filter/language.ts';
import { parseFilter } from '../../events/filter/parse.ts';
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
  /** Tests what has come since, for a paint: for a few milliseconds, the rest in the background. */
  work(): void;
  /** Share of the events that have been tested, 0 to 1. */
  progress(): number;
};

type Options = {
  held: Held;
  matches(number: number, filter: Filter<EventField>): boolean;
  /** Something more has been found out. */
  onProgress(): void;
  /** For tests; after other work by default. One that doesn't hold the loop would wait for the next event. */
  defer?: (run: () => void) => unknown;
};

/** A key pressed meanwhile is answered after this at the latest. */
const SLICE_MS = 8;

export function createStreamFilter({
  held,
  matches,
  onProgress,
  defer = (run) => setImmediate(run),
}: Options): StreamFilter {
  let text = '';
  let index: FilterIndex | undefined;
  let isScheduled = false;

  const slice = (): boolean => {
    const end = performance.now() + SLICE_MS;
    return index?.work(held, () => performance.now() >= end) ?? true;
  };

  const goOn = () => {
    if (isScheduled) return;
    isScheduled = true;
    defer(() => {
      isScheduled = false;
      if (!index) return;
      if (!slice()) goOn();
      onProgress();
    });
  };

  return {
    get text() {
      return text;
    },
    get index() {
      return index;
    },
    set(wanted, origin) {
      const { filter } = parseFilter(wanted);
      const isEmpty = wanted.trim() === '' || !filter;
      text = isEmpty ? '' : wanted;
      index = isEmpty ? undefined : createFilterIndex(origin, (number) => matches(number, filter));
    },
    keep() {
      const kept = { text, index };
      return () => {
        ({ text, index } = kept);
      };
    },
    work() {
      if (!slice()) goOn();
    },
    progress() {
      const all = held.next - held.first;
      if (!index || all === 0) return 1;
      const from = Math.max(index.testedFrom, held.first);
      return Math.max(0, index.testedTo - from) / all;
    },
  };
}
