/** The policies and broken files in the order of the list. */
import type { PolicyStatus } from '../../agent/messages.ts';
import { comparePolicies, type PolicyOrder } from './policyOrder.ts';
import type { FailedFile } from './policyProblems.ts';
import type { Sort } from './sortedRows.ts';

const BY_NAME: Sort<PolicyOrder> = { column: 'name', descending: false };

/** What the cursor can be on. */
export type PolicyEntry =
  | { kind: 'policy'; key: string; policy: PolicyStatus }
  | { kind: 'file'; key: string; file: FailedFile };

export type PolicyRow = PolicyEntry | { kind: 'heading'; key: string; text: string };

/** The file and the place in it, not the number: a file that is read anew may get another. */
const policyEntry = (policy: PolicyStatus): PolicyEntry => ({
  kind: 'policy',
  key: `${policy.file}\0${policy.position}`,
  policy,
});

const fileEntry = (file: FailedFile): PolicyEntry => ({ kind: 'file', key: file.file, file });

/** The user's own first, then files that could not be loaded, then the library; in each in the order that is wanted. */
export function policyEntries(
  policies: readonly PolicyStatus[],
  failed: readonly FailedFile[],
  order: Sort<PolicyOrder> = BY_NAME,
): PolicyEntry[] {
  const sorted = policies.toSorted(comparePolicies(order));
  const isOurs = ({ origin }: PolicyStatus) => origin === 'library';
  return [
    ...sorted.filter((policy) => !isOurs(policy)).map(policyEntry),
    ...failed.map(fileEntry),
    ...sorted.filter(isOurs).map(policyEntry),
  ];
}

const isOfLibrary = (entry: PolicyEntry): boolean =>
  entry.kind === 'policy' && entry.policy.origin === 'library';

/** With a heading above each group, where there are two. */
export function withHeadings(entries: readonly PolicyEntry[]): PolicyRow[] {
  const library = entries.filter(isOfLibrary);
  const own = entries.filter((entry) => !isOfLibrary(entry));
  if (own.length === 0 || library.length === 0) return [...entries];
  const heading = (text: string): PolicyRow => ({ kind: 'heading', key: text, text });
  return [
    heading(`Your own (${own.length})`),
    ...own,
    heading(`Library (${library.length})`),
    ...library,
  ];
}
