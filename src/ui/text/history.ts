import { type EditedLine, lineOf } from './lineEditor.ts';

/** Earlier texts, the newest last, and behind them what was typed before one was recalled. */
export type TextHistory = {
  readonly entries: readonly string[];
  /** Which of them is shown. */
  readonly at: number;
};

export function openHistory(text: string, earlier: readonly string[]): TextHistory {
  const others = earlier.filter((entry) => entry !== text);
  return { entries: [...others, text], at: others.length };
}

/** So many entries on; what is typed is kept in its place, as shells do. undefined: there is none further on. */
export function recall(
  { entries, at }: TextHistory,
  typed: string,
  by: number,
): { readonly history: TextHistory; readonly line: EditedLine } | undefined {
  const next = Math.min(Math.max(at + by, 0), entries.length - 1);
  if (next === at) return undefined;
  const kept = entries.with(at, typed);
  return { history: { entries: kept, at: next }, line: lineOf(kept[next] ?? '') };
}
