import type { PolicyMode, PolicyStatus } from '../../agent/messages.ts';
import { SEVERITIES } from '../../events/severity.ts';
import { compareTexts, type Sort } from './sortedRows.ts';

/** What policies can be sorted by, in each group of the list. */
export type PolicyOrder = 'name' | 'state' | 'severity' | 'matches';

export const POLICY_ORDERS: Readonly<Record<PolicyOrder, string>> = {
  name: 'name',
  state: 'state: armed, on, off',
  severity: 'severity',
  matches: 'matches',
};

export const WORST_FIRST: ReadonlySet<PolicyOrder> = new Set(['state', 'severity', 'matches']);

const MODES: readonly PolicyMode[] = ['off', 'monitor', 'enforce'];

/** Those that are alike stand by name, whichever way it is sorted. */
export function comparePolicies({
  column,
  descending,
}: Sort<PolicyOrder>): (a: PolicyStatus, b: PolicyStatus) => number {
  const sign = descending ? -1 : 1;
  if (column === 'name') return (a, b) => sign * byName(a, b);
  const value = ({ mode, severity, counts }: PolicyStatus): number => {
    if (column === 'state') return MODES.indexOf(mode);
    if (column === 'matches') return counts.matched;
    return severity === undefined ? -1 : SEVERITIES.indexOf(severity);
  };
  return (a, b) => sign * (value(a) - value(b)) || byName(a, b);
}

const byName = (a: PolicyStatus, b: PolicyStatus): number =>
  a.name.localeCompare(b.name) || compareTexts(a.namespace ?? '', b.namespace ?? '');
