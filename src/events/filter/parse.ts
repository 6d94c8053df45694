import { type EventField, FILTER_FIELDS } from './fields.ts';
import type { FieldTable, Filter } from './language.ts';
import { readTerm } from './term.ts';
import { FilterMistake, type Token, tokenize } from './tokens.ts';

export type FilterResult<F extends string = string> =
  | {
      filter: Filter<F>;
      /** Texts of which each line that passes shows some, in small letters: for marking them. */
      texts: readonly string[];
      error?: undefined;
    }
  /** `at`: index into the text where the mistake begins. */
  | { filter?: undefined; error: string; at: number };

/** Deeper ones no hand has written; each level costs stack. */
const MOST_DEPTH = 50;

type Part = { readonly filter: Filter; readonly texts: readonly string[] };

const NOTHING: Part = { filter: () => true, texts: [] };

export function parseFilter(text: string): FilterResult<EventField>;
export function parseFilter<F extends string>(text: string, fields: FieldTable<F>): FilterResult<F>;
/** Reads a filter, see FILTER_RULES. An empty text lets everything pass. Never throws. */
export function parseFilter(text: string, fields: FieldTable = FILTER_FIELDS): FilterResult {
  try {
    return readAll(tokenize(text), fields);
  } catch (error) {
    if (!(error instanceof FilterMistake)) throw error;
    return { error: error.message, at: error.at };
  }
}

function readAll(tokens: readonly Token[], fields: FieldTable): Part {
  let next = 0;

  const isOr = (token: Token | undefined): boolean =>
    token?.kind === 'word' && token.text === 'OR' && !token.isQuoted;

  /** Alternatives one after the other, all of which must hold, up to the parenthesis that ends them. */
  const all = (depth: number): Part => {
    const parts: Part[] = [];
    for (let token = tokens[next]; token && token.kind !== 'close'; token = tokens[next])
      parts.push(alternatives(depth));
    return parts.length === 0 ? NOTHING : allOf(parts);
  };

  const alternatives = (depth: number): Part => {
    const parts = [unit(depth)];
    while (isOr(tokens[next])) {
      const { at } = tokens[next] ?? { at: 0 };
      next += 1;
      if (!tokens[next] || tokens[next]?.kind === 'close') throw new FilterMistake(ONE_SIDED, at);
      parts.push(unit(depth));
    }
    return parts.length === 1 ? (parts[0] ?? NOTHING) : anyOf(parts);
  };

  const unit = (depth: number): Part => {
    const token = tokens[next];
    if (!token || isOr(token)) throw new FilterMistake(ONE_SIDED, token?.at ?? 0);
    next += 1;
    switch (token.kind) {
      case 'word': {
        const { filter, text } = readTerm(token, fields);
        return { filter, texts: text === undefined || text === '' ? [] : [text] };
      }
      case 'not': {
        if (depth >= MOST_DEPTH) throw new FilterMistake('too many !', token.at);
        const { filter } = unit(depth + 1);
        return { filter: (subject) => !filter(subject), texts: [] };
      }
      case 'open': {
        if (depth >= MOST_DEPTH) throw new FilterMistake('too many parentheses', token.at);
        const inside = all(depth + 1);
        if (!tokens[next]) throw new FilterMistake('this parenthesis has no end', token.at);
        if (inside === NOTHING) throw new FilterMistake('nothing stands in here', token.at);
        next += 1;
        return inside;
      }
      case 'close':
        throw new FilterMistake('there is no parenthesis to close', token.at);
    }
  };

  const filter = all(0);
  const rest = tokens[next];
  if (rest) throw new FilterMistake('there is no parenthesis to close', rest.at);
  return filter;
}

const ONE_SIDED = 'OR needs a word on both sides';

const allOf = (parts: readonly Part[]): Part => ({
  filter: (subject) => parts.every(({ filter }) => filter(subject)),
  texts: parts.flatMap(({ texts }) => texts),
});

const anyOf = (parts: readonly Part[]): Part => ({
  filter: (subject) => parts.some(({ filter }) => filter(subject)),
  texts: parts.flatMap(({ texts }) => texts),
});
