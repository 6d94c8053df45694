import type { FieldTable } from '../events/filter/language.ts';
import { parseFilter } from '../events/filter/parse.ts';
import { type Candidate, type Completion, completionAt, type ValueSource } from './completion.ts';
import { openHistory, recall, type TextHistory } from './text/history.ts';
import { type EditedLine, editLine, insertText, lineOf } from './text/lineEditor.ts';

/** The filter being typed. */
export type FilterInput = {
  readonly line: EditedLine;
  readonly history: TextHistory;
  /** The list of candidates: none, as it comes of itself while typing, or also where it wouldn't. */
  readonly list: 'none' | 'typing' | 'asked';
  /** The candidate with the cursor; undefined: none. */
  readonly selected: number | undefined;
};

/** What a key made of the input: goes on, or ends with a text to apply, or without one. */
export type FilterStep =
  | { kind: 'typing'; input: FilterInput }
  | { kind: 'apply'; text: string }
  | { kind: 'cancel' };

export function openFilterInput(text: string, history: readonly string[]): FilterInput {
  return {
    // What is typed next is another word.
    line: lineOf(text === '' ? '' : `${text} `),
    history: openHistory(text, history),
    list: 'none',
    selected: undefined,
  };
}

/** Why the text is no filter, or undefined. */
export function filterMistake(
  text: string,
  fields: FieldTable,
): { error: string; at: number } | undefined {
  const result = parseFilter(text, fields);
  return result.filter ? undefined : result;
}

const NOTHING: Completion = { from: 0, to: 0, title: '', candidates: [] };

/** What could be meant at the cursor, as far as a list of it is shown. */
export const completionOf = (
  { line: { text, at }, list }: FilterInput,
  source: ValueSource,
): Completion => (list === 'none' ? NOTHING : completionAt(text, at, source, list === 'asked'));

export function filterKey(
  input: FilterInput,
  key: string,
  typed: string,
  source: ValueSource,
): FilterStep {
  const typing = (next: FilterInput): FilterStep => ({ kind: 'typing', input: next });
  const { candidates } = completionOf(input, source);
  const chosen = candidates[input.selected ?? -1];
  switch (key) {
    case 'escape':
      return { kind: 'cancel' };
    case 'enter': {
      const { text } = input.line;
      if (chosen) return typing(take(input, chosen, source));
      if (filterMistake(text, source.fields)) return typing(input);
      return { kind: 'apply', text: text.trim() };
    }
    case 'tab':
      return typing(complete(input, chosen, source));
    case 'up':
    case 'down': {
      const by = key === 'up' ? -1 : 1;
      return typing(
        candidates.length > 0 ? select(input, by, candidates.length) : goBack(input, by),
      );
    }
  }
  const edited = editLine(input.line, key);
  if (edited) {
    // Only what changes the text brings the list: moving in it does not.
    const list = edited.text === input.line.text ? 'none' : 'typing';
    return typing({ ...input, line: edited, list, selected: undefined });
  }
  return typing(typed === '' ? input : typeFilter(input, typed));
}

export const typeFilter = (input: FilterInput, text: string): FilterInput => ({
  ...input,
  line: insertText(input.line, text),
  list: 'typing',
  selected: undefined,
});

/** Tab: the chosen candidate, or the first; without a list it asks for one. */
function complete(
  input: FilterInput,
  chosen: Candidate | undefined,
  source: ValueSource,
): FilterInput {
  const asked: FilterInput = { ...input, list: 'asked', selected: undefined };
  const { candidates } = completionOf(input.list === 'none' ? asked : input, source);
  const [first] = candidates;
  if (!first) return asked;
  if (input.list !== 'none' || candidates.length === 1) return take(asked, chosen ?? first, source);
  return asked;
}

function take(input: FilterInput, { insert }: Candidate, source: ValueSource): FilterInput {
  const { text, at } = input.line;
  const { from, to } = completionAt(text, at, source, true);
  const behind = text.slice(to);
  const written = insert.endsWith(' ') && behind.startsWith(' ') ? insert.trimEnd() : insert;
  const line = { text: text.slice(0, from) + written + behind, at: from + written.length };
  // A field is followed by its values, a value by nothing in particular.
  return { ...input, line, list: insert.endsWith(' ') ? 'none' : 'typing', selected: undefined };
}

/** Down from none is the first, up from none the last; beyond both ends is none again. */
function select(input: FilterInput, by: number, count: number): FilterInput {
  const next = (input.selected ?? (by > 0 ? -1 : count)) + by;
  return { ...input, selected: next < 0 || next >= count ? undefined : next };
}

function goBack(input: FilterInput, by: number): FilterInput {
  const found = recall(input.history, input.line.text, by);
  return found ? { ...found, list: 'none', selected: undefined } : input;
}
