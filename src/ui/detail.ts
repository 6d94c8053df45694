import type { Process } from '../events/types.ts';
import { type Subject, withLineage } from './subject.ts';

export const DETAIL_TABS = [
  { tab: 'fields', title: 'Fields' },
  { tab: 'arguments', title: 'Arguments' },
  { tab: 'ancestry', title: 'Ancestry' },
  { tab: 'credentials', title: 'Credentials' },
  { tab: 'json', title: 'JSON' },
] as const;
export type DetailTab = (typeof DETAIL_TABS)[number]['tab'];

/** Everything about one row. */
export type DetailState = {
  readonly subject: Subject;
  readonly tab: DetailTab;
  /** Lines that are scrolled off. */
  readonly top: number;
  /** Number of the question to the agent, by which its answer is known. */
  readonly request: number;
};

export const openDetail = (
  subject: Subject,
  request: number,
  tab: DetailTab = 'fields',
): DetailState => ({ subject, tab, top: 0, request });

export function nextTab(detail: DetailState, by: number): DetailState {
  const count = DETAIL_TABS.length;
  const at = DETAIL_TABS.findIndex(({ tab }) => tab === detail.tab);
  return { ...detail, tab: DETAIL_TABS[(at + by + count) % count]?.tab ?? 'fields', top: 0 };
}

/** With the agent's answer, if it is the one to this detail's question. */
export const answered = (
  detail: DetailState,
  request: number,
  lineage: readonly Process[],
): DetailState =>
  request === detail.request
    ? { ...detail, subject: withLineage(detail.subject, lineage) }
    : detail;
