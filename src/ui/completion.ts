import type { FieldTable, FilterSubject } from '../events/filter/language.ts';
import { hasLetters } from '../events/filter/term.ts';
import { writeValue } from '../events/filter/write.ts';

/** What could be meant at the cursor. */
export type Completion = {
  /** Indices into the text: what a candidate takes the place of. */
  readonly from: number;
  readonly to: number;
  /** What the candidates are. */
  readonly title: string;
  readonly candidates: readonly Candidate[];
};

export type Candidate = {
  /** What stands in the list; it may be another program's text. */
  readonly label: string;
  readonly note: string;
  /** What is written; a value is followed by a blank, a field by its value. */
  readonly insert: string;
};

/** Where the values of a field come from. */
export type ValueSource = {
  readonly fields: FieldTable;
  /** Values that are known, the likeliest first, with how often each was seen (0: not, it is only possible). */
  values(field: string): ReadonlyMap<string, number>;
  /** Looks again the next time, where the last look was long ago: more has come. */
  refresh(): void;
};

/** In a list that is read at a glance. */
export const MOST_CANDIDATES = 8;
/** Longer ones nobody chooses from a list. */
const LONGEST_VALUE = 100;

type Part = { from: number; written: string; field: string | undefined };

/** What is being written at the cursor: behind signs that belong to no name. */
function partAt(text: string, at: number): Part {
  const start = wordStart(text, at);
  const word = text.slice(start, at);
  const match = /^([a-z][a-z0-9]*)(:|!=|>=|<=|=|>|<)("?)/.exec(word);
  if (!match) return { from: start, written: word, field: undefined };
  const [sign, field = '', , quote] = match;
  // The quote is part of what is replaced: the value may need none.
  return {
    from: start + sign.length - (quote?.length ?? 0),
    written: word.slice(sign.length),
    field,
  };
}

/** Where the word begins in which the cursor stands. In quotes blanks belong to it. */
function wordStart(text: string, at: number): number {
  let start = 0;
  let isInside = false;
  for (let i = 0; i < at; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') isInside = !isInside;
    else if (!isInside && (text[i] === ' ' || (text[i] === '(' && i === start))) start = i + 1;
    else if (!isInside && text[i] === '!' && i === start) start = i + 1;
  }
  return start;
}

/** What stands behind the cursor and belongs to the same word is replaced too. */
function wordEnd(text: string, at: number): number {
  const rest = /^[^ ()"]*"?/.exec(text.slice(at))?.[0] ?? '';
  return at + rest.length;
}

/**
 * Candidates for the word at the cursor: fields whose names begin with it, values of its field that hold it, then those that have
 * its letters. @param isAsked also for an empty word: the operator wants to see what there is
 */
export function completionAt(
  text: string,
  at: number,
  source: ValueSource,
  isAsked: boolean,
): Completion {
  const part = partAt(text, at);
  const { from, field } = part;
  const written = part.written.replace(/^~/, '').toLowerCase();
  const isField = field !== undefined && Object.hasOwn(source.fields, field);
  const candidates = isField
    ? valueCandidates(field, written, source)
    : written === '' && !isAsked
      ? []
      : fieldCandidates(written, source.fields);
  // What is there already needs no list.
  const [only] = candidates;
  const isDone = candidates.length === 1 && only?.label.toLowerCase() === written;
  return {
    ...{ from, to: wordEnd(text, at) },
    title: isField ? `${field}: ${source.fields[field]?.about ?? ''}` : 'fields',
    candidates: isDone && !isAsked ? [] : candidates,
  };
}

const fieldCandidates = (written: string, fields: FieldTable): Candidate[] =>
  Object.entries(fields)
    .filter(([name]) => name.startsWith(written))
    .map(([name, { about }]) => ({ label: name, note: about, insert: `${name}:` }));

function valueCandidates(field: string, written: string, { values }: ValueSource): Candidate[] {
  const ranked: { rank: number; candidate: Candidate }[] = [];
  for (const [value, count] of values(field)) {
    const lower = value.toLowerCase();
    if (value === '' || value.length > LONGEST_VALUE) continue;
    const rank = rankOf(lower, written);
    if (rank === undefined) continue;
    const note = count === 0 ? '' : count === 1 ? 'seen once' : `seen ${count} times`;
    ranked.push({ rank, candidate: { label: value, note, insert: `${writeValue(value)} ` } });
  }
  return ranked.sort((a, b) => a.rank - b.rank).map(({ candidate }) => candidate);
}

/** The least is best; undefined: it isn't meant. The sort keeps the order of values that are as good. */
function rankOf(value: string, written: string): number | undefined {
  if (value === written) return -1;
  if (value.startsWith(written)) return 0;
  if (value.slice(value.lastIndexOf('/') + 1).startsWith(written)) return 1;
  if (value.includes(written)) return 2;
  return hasLetters(value, written) ? 3 : undefined;
}

/** A key is answered within this also when there are many subjects. */
const SCAN_MS = 6;
const MOST_SUBJECTS = 3000;
const MOST_VALUES = 300;
/** What is looked up stays at least for so long: keys that come fast cost no more than one look. */
const STALE_MS = 500;

/** Values that a field has in the list: of the first thousands of subjects, and for a few milliseconds at most. */
export function createValueSource(
  fields: FieldTable,
  subjects: () => Iterable<FilterSubject>,
): ValueSource {
  const known = new Map<string, { values: ReadonlyMap<string, number>; at: number }>();

  const scan = (field: string): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    const end = performance.now() + SCAN_MS;
    let looked = 0;
    for (const subject of subjects()) {
      const value = subject.field(field);
      if (value !== '' && (counts.has(value) || counts.size < MOST_VALUES))
        counts.set(value, (counts.get(value) ?? 0) + 1);
      looked += 1;
      if (looked >= MOST_SUBJECTS || performance.now() >= end) break;
    }
    const seen = [...counts].sort(([, a], [, b]) => b - a);
    const possible = (fields[field]?.values ?? []).filter((value) => !counts.has(value));
    return new Map([...seen, ...possible.map((value): [string, number] => [value, 0])]);
  };

  return {
    fields,
    values(field) {
      const before = known.get(field);
      if (before) return before.values;
      const values = scan(field);
      known.set(field, { values, at: performance.now() });
      return values;
    },
    refresh() {
      const now = performance.now();
      for (const [field, { at }] of known) if (now - at > STALE_MS) known.delete(field);
    },
  };
}
