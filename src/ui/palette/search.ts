import Fuse from 'fuse.js';
import type { PaletteItem } from './item.ts';

/** One letter of three may be wrong; more, and everything matches. */
const THRESHOLD = 0.34;
/** Three letters of which one may be wrong are in everything. */
const LEAST_LETTERS = 4;
/** More than a screen has. */
const MOST = 100;

type Document = { readonly first: string; readonly rest: string };

const documentOf = ({ texts: [first = '', ...rest] }: PaletteItem): Document => ({
  first,
  rest: rest.join(' '),
});

export type PaletteSearch = {
  /** Items that hold every word of the query, those first in which it means most. */
  holding(query: string): readonly PaletteItem[];
  /** Items that are like the query: a letter is wrong, or missing. The index is made with the first search. */
  alike(query: string): readonly PaletteItem[];
};

export function createPaletteSearch(items: readonly PaletteItem[]): PaletteSearch {
  let fuse: Fuse<Document> | undefined;

  return {
    holding(query) {
      const wanted = query.toLowerCase();
      const ranked = items.map((item) => ({ item, rank: rankOf(item, wanted) }));
      return ranked
        .filter(({ rank }) => rank < NOT_HELD)
        .sort((a, b) => a.rank - b.rank)
        .map(({ item }) => item);
    },
    alike(query) {
      if (query.length < LEAST_LETTERS) return [];
      fuse ??= new Fuse(items.map(documentOf), {
        keys: [
          { name: 'first', weight: 2 },
          { name: 'rest', weight: 1 },
        ],
        threshold: THRESHOLD,
        ignoreLocation: true,
      });
      return fuse.search(query, { limit: MOST }).flatMap(({ refIndex }) => items[refIndex] ?? []);
    },
  };
}

const NOT_HELD = 5;

/** The lower the sooner it is what was meant. */
function rankOf({ texts }: PaletteItem, wanted: string): number {
  const lower = texts.map((text) => text.toLowerCase());
  if (lower.some((text) => text === wanted)) return 0;
  if (lower.some((text) => text.startsWith(wanted))) return 1;
  if (lower.some((text) => text.includes(` ${wanted}`) || text.includes(`.${wanted}`))) return 2;
  if (lower.some((text) => text.includes(wanted))) return 3;
  const all = lower.join(' ');
  return wanted.split(/\s+/).every((word) => all.includes(word)) ? 4 : NOT_HELD;
}
