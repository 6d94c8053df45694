import type { OpenFiles, ProcessDescription } from '../agent/inspect/types.ts';
import { type BodyPlace, FIRST_LINE } from './detail/place.ts';
import type { RelatedEvents } from './detail/related.ts';
import { type DetailTab, tabsOf } from './detail/tabs.ts';
import { type Subject, withLineage } from './subject.ts';

/** Everything about one row. */
export type DetailState = {
  readonly subject: Subject;
  readonly tab: DetailTab;
  readonly place: BodyPlace;
  /** Number of the question to the agent, by which its answer is known. */
  readonly request: number;
  /** The answer; undefined until it has come. */
  readonly description: ProcessDescription | undefined;
  /** undefined: not asked yet. `answer`: the one before stays until the next has come. */
  readonly files: { readonly request: number; readonly answer: OpenFiles | undefined } | undefined;
  /** undefined: not looked for yet. */
  readonly related: RelatedEvents | undefined;
  /** Of the environment only what differs from the parent's. */
  readonly isDifference: boolean;
  /** What looks like a secret is shown. */
  readonly isRevealed: boolean;
};

/** @param before whose tab and settings are kept, as far as they make sense */
export function openDetail(
  subject: Subject,
  request: number,
  before?: Pick<DetailState, 'tab' | 'isDifference'>,
): DetailState {
  const tab = tabsOf(subject).find((one) => one.tab === before?.tab)?.tab ?? 'fields';
  return {
    ...{ subject, tab, request, place: FIRST_LINE },
    ...{ description: undefined, files: undefined, related: undefined },
    isDifference: before?.isDifference ?? false,
    isRevealed: false,
  };
}

export function nextTab(detail: DetailState, by: number): DetailState {
  const tabs = tabsOf(detail.subject);
  const at = tabs.findIndex(({ tab }) => tab === detail.tab);
  const tab = tabs[(at + by + tabs.length) % tabs.length]?.tab ?? 'fields';
  return { ...detail, tab, place: FIRST_LINE };
}

/** With the agent's answer, if it is the one to this detail's question. */
export const answered = (
  detail: DetailState,
  request: number,
  description: ProcessDescription,
): DetailState =>
  request === detail.request
    ? { ...detail, description, subject: withLineage(detail.subject, description.lineage) }
    : detail;

/** The same for its open files. */
export const withFiles = (detail: DetailState, request: number, answer: OpenFiles): DetailState =>
  request === detail.files?.request ? { ...detail, files: { request, answer } } : detail;
