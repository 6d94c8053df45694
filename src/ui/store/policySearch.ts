import Fuse, { type FuseResult } from 'fuse.js';
import type { PolicyEntry } from './policyRows.ts';

/** What is searched of an entry; texts of policies, never shown from here. */
type Document = Readonly<Record<(typeof KEYS)[number]['name'], string>>;

/** The name says most. */
const KEYS = [
  { name: 'name', weight: 5 },
  { name: 'title', weight: 3 },
  { name: 'mitre', weight: 3 },
  { name: 'severity', weight: 2 },
  { name: 'sentence', weight: 1 },
  { name: 'hooks', weight: 1 },
] as const;

/** One letter of three may be wrong; more, and everything matches. */
const THRESHOLD = 0.34;

/** Finds policies by a few letters of their names, titles, descriptions, hooks, severities or MITRE ATT&CK ids. */
export type PolicySearch = {
  /** The entries in which every word is found, somewhere, best first; all of them for an empty query. */
  find(entries: readonly PolicyEntry[], query: string): readonly PolicyEntry[];
};

export function createPolicySearch(): PolicySearch {
  let indexed = '';
  let fuse: Fuse<Document> | undefined;
  /** Keys of what was found, which lives as long as texts and query stay: counters change all the time. */
  let found: { query: string; order: readonly number[] } | undefined;

  return {
    find(entries, query) {
      const words = query.trim().split(/\s+/).filter(Boolean);
      if (words.length === 0) return entries;
      const documents = entries.map(documentOf);
      const signature = JSON.stringify(documents);
      if (!fuse || signature !== indexed) {
        const options = { threshold: THRESHOLD, ignoreLocation: true, includeScore: true };
        fuse = new Fuse(documents, { keys: [...KEYS], ...options });
        indexed = signature;
        found = undefined;
      }
      if (found?.query !== query) found = { query, order: orderOf(fuse, words) };
      return found.order.flatMap((index) => entries[index] ?? []);
    },
  };
}

/** Each word may be found in another field. */
function orderOf(fuse: Fuse<Document>, words: readonly string[]): number[] {
  let scores: Map<number, number> | undefined;
  for (const word of words) {
    const hits = new Map(hitsOf(fuse, word).map(({ refIndex, score = 1 }) => [refIndex, score]));
    const before: ReadonlyMap<number, number> = scores ?? hits;
    scores = new Map(
      [...hits].flatMap(([index, score]) => {
        const other = before.get(index);
        return other === undefined ? [] : [[index, score + other] as const];
      }),
    );
  }
  return [...(scores ?? [])].sort(([, a], [, b]) => a - b).map(([index]) => index);
}

/** What holds the word as it is; only when nothing does, what is like it: long texts are like any short word. */
function hitsOf(fuse: Fuse<Document>, word: string): FuseResult<Document>[] {
  const hits = fuse.search(word);
  const wanted = word.toLowerCase();
  const exact = hits.filter(({ item }) =>
    Object.values(item).some((text) => text.toLowerCase().includes(wanted)),
  );
  return exact.length > 0 ? exact : hits;
}

function documentOf(entry: PolicyEntry): Document {
  if (entry.kind === 'file')
    return { name: entry.file.file, title: '', mitre: '', severity: '', sentence: '', hooks: '' };
  const { name, title, mitre, severity = '', sentence, hooks } = entry.policy;
  return {
    name,
    title,
    mitre: mitre.join(' '),
    severity,
    sentence,
    hooks: hooks.map(({ call }) => call).join(' '),
  };
}
