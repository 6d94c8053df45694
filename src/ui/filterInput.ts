import { parseFilter } from '../events/filter/parse.ts';
import { type EditedLine, editLine, insertText, lineOf } from './text/lineEditor.ts';

/** The filter being typed. */
export type FilterInput = {
  readonly line: EditedLine;
  /** Earlier filters of this session, the newest last, and behind them what was typed before ↑ was pressed. */
  readonly entries: readonly string[];
  /** Which of them is shown. */
  readonly entry: number;
};

/** What a key made of the input: goes on, or ends with a text to apply, or without one. */
export type FilterStep =
  | { kind: 'typing'; input: FilterInput }
  | { kind: 'apply'; text: string }
  | { kind: 'cancel' };

const MAX_HISTORY = 100;

export const openFilterInput = (text: string, history: readonly string[]): FilterInput => ({
  line: lineOf(text),
  entries: [...history.filter((entry) => entry !== text), text],
  entry: history.filter((entry) => entry !== text).length,
});

/** Why the text is no filter, or undefined. */
export function filterMistake(text: string): { error: string; at: number } | undefined {
  const result = parseFilter(text);
  return result.filter ? undefined : result;
}

export function filterKey(input: FilterInput, key: string, typed: string): FilterStep {
  if (key === 'escape') return { kind: 'cancel' };
  if (key === 'enter') {
    const { text } = input.line;
    return filterMistake(text) ? { kind: 'typing', input } : { kind: 'apply', text: text.trim() };
  }
  if (key === 'up' || key === 'down')
    return { kind: 'typing', input: recall(input, key === 'up' ? -1 : 1) };
  const edited = editLine(input.line, key);
  if (edited) return { kind: 'typing', input: { ...input, line: edited } };
  return { kind: 'typing', input: typed === '' ? input : typeFilter(input, typed) };
}

export const typeFilter = (input: FilterInput, text: string): FilterInput => ({
  ...input,
  line: insertText(input.line, text),
});

/** Goes through the history; what was typed is kept in its place, as shells do. */
function recall(input: FilterInput, by: number): FilterInput {
  const entry = Math.min(Math.max(input.entry + by, 0), input.entries.length - 1);
  if (entry === input.entry) return input;
  const entries = input.entries.with(input.entry, input.line.text);
  return { line: lineOf(entries[entry] ?? ''), entries, entry };
}

/** The history with one more filter; each stands in it once. */
export const remember = (history: readonly string[], text: string): readonly string[] =>
  text === '' ? history : [...history.filter((entry) => entry !== text), text].slice(-MAX_HISTORY);
