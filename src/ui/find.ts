import type { FieldTable, Filter } from '../events/filter/language.ts';
import { parseFilter } from '../events/filter/parse.ts';
import type { FindRows } from './panes/pane.ts';
import { type Slices, slices } from './slices.ts';

/** What is looked for, in whatever is shown. */
export type FindState = {
  /** As it was typed. */
  readonly text: string;
  /** Gives up a search that is under way; undefined: none is. */
  stop: (() => void) | undefined;
  /** The line of a page of text that was found last. */
  line: { readonly page: string; readonly at: number } | undefined;
  /** How it is looked for: in rows that have these fields, without them in a page of text. Read once for each. */
  wantedIn(fields: FieldTable | undefined): Wanted;
};

/** How a text is looked for. */
export type Wanted = {
  readonly matches: Filter;
  /** What is marked where it is shown, in small letters. */
  readonly texts: readonly string[];
};

export function createFindState(text: string): FindState {
  const inRows = new WeakMap<FieldTable, Wanted>();
  const inText = wantedInText(text);
  return {
    ...{ text, stop: undefined, line: undefined },
    wantedIn(fields) {
      if (!fields) return inText;
      const wanted = inRows.get(fields) ?? wantedInRows(text, fields);
      inRows.set(fields, wanted);
      return wanted;
    },
  };
}

/** In rows a text is a filter; one that is none there is looked for as it is written. */
export function wantedInRows(text: string, fields: FieldTable): Wanted {
  const { filter, texts } = { texts: [], ...parseFilter(text, fields) };
  return filter ? { matches: filter, texts } : wantedInText(text);
}

/** In pages of text it is looked for as it is written. */
export function wantedInText(text: string): Wanted {
  const wanted = text.toLowerCase();
  return { matches: (line) => line.text().toLowerCase().includes(wanted), texts: [wanted] };
}

export type Found =
  | { readonly position: number; readonly isWrapped: boolean }
  /** There is no match at all. */
  | undefined;

export type Search = {
  readonly rows: FindRows;
  readonly matches: Filter;
  /** 1: towards the end, -1: towards the beginning. */
  readonly by: 1 | -1;
  /** The row with the cursor is tested first, else last. */
  readonly isHereFirst: boolean;
  /** @param share of the rows that have been tested, 0 to 1 */
  onProgress(share: number): void;
  onEnd(found: Found): void;
  /** For tests; those of the thread by default. */
  readonly within?: Slices;
};

/** Tests row after row around the end, in slices beside everything else; what takes one slice only is done at once. @returns gives it up */
export function startSearch(search: Search): () => void {
  const { rows, matches, by, within = slices } = search;
  const count = rows.next - rows.first;
  let step = search.isHereFirst ? 0 : 1;
  const last = search.isHereFirst ? count - 1 : count;
  let isStopped = false;

  const end = (found: Found): true => {
    isStopped = true;
    search.onEnd(found);
    return true;
  };

  const slice = (isOver: () => boolean): boolean => {
    if (isStopped) return true;
    for (; step <= last && count > 0; step++) {
      if (isOver()) {
        search.onProgress(step / count);
        return isStopped;
      }
      const beyond = rows.at - rows.first + by * step;
      const position = rows.first + (((beyond % count) + count) % count);
      const subject = rows.subject(position);
      if (subject && matches(subject))
        return end({ position, isWrapped: beyond < 0 || beyond >= count });
    }
    return end(undefined);
  };

  const { work, stop } = within.start({ slice, onProgress() {} });
  work();
  return () => {
    isStopped = true;
    stop();
  };
}
