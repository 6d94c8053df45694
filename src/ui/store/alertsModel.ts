import type { AlertGroup } from '../../agent/messages.ts';
import { SEVERITIES } from '../../policies/model.ts';
import { type ActiveFilter, activeFilter, NO_FILTER } from './activeFilter.ts';
import { alertSubject } from './alertFilter.ts';
import { ALERT_FIELDS, type AlertField } from './filterFields.ts';
import { compareTexts, createSortedRows, type Sort, type SortedRows } from './sortedRows.ts';

export type AlertChanges = {
  readonly reset: boolean;
  readonly changed: readonly AlertGroup[];
  readonly removed: readonly string[];
};

/** What rows are sorted by, in the order of the columns. */
export const ALERT_COLUMNS = [
  'severity',
  'policy',
  'count',
  'perMinute',
  'killed',
  'denied',
  'wouldAct',
  'spared',
  'lastSeen',
  'binary',
  'target',
] as const;
export type AlertColumn = (typeof ALERT_COLUMNS)[number];

const NAMES: ReadonlySet<AlertColumn> = new Set(['policy', 'binary', 'target']);

/** What is most of interest comes first: the worst, the most, the newest; but names from A. */
export const naturalAlertSort = (column: AlertColumn): Sort<AlertColumn> => ({
  column,
  descending: !NAMES.has(column),
});

/** The alerts as sorted rows, all or those that match a filter. */
export type AlertsModel = Omit<SortedRows<AlertGroup, AlertColumn>, 'change' | 'reset'> & {
  apply(changes: AlertChanges): void;
  /** '' without one; a text that is no filter takes it away too. */
  filter: string;
  /** Groups, those that the filter hides included. */
  readonly size: number;
};

export function createAlertsModel(): AlertsModel {
  let groups = new Map<string, AlertGroup>();
  let filter: ActiveFilter<AlertField> = NO_FILTER;
  const sorted = createSortedRows<AlertGroup, AlertColumn>(
    {
      *all() {
        const { passes } = filter;
        for (const group of groups.values())
          if (!passes || passes(alertSubject(group))) yield group;
      },
      find: (key) => groups.get(key),
      keyOf: ({ key }) => key,
      comparer,
    },
    naturalAlertSort('lastSeen'),
  );

  return {
    rows: sorted.rows,
    rowOf: sorted.rowOf,
    get shown() {
      return sorted.shown;
    },
    get size() {
      return groups.size;
    },
    get sort() {
      return sorted.sort;
    },
    set sort(wanted) {
      sorted.sort = wanted;
    },
    get filter() {
      return filter.text;
    },
    set filter(wanted) {
      filter = activeFilter(wanted, ALERT_FIELDS);
      sorted.reset();
    },
    apply({ reset, changed, removed }) {
      if (reset) {
        groups = new Map();
        sorted.reset();
      }
      for (const key of removed) groups.delete(key);
      for (const group of changed) groups.set(group.key, group);
      sorted.change();
    },
  };
}

const SECOND = 1000;

/** Ties stand in the order of their first event, whichever way the column is sorted. */
function comparer({
  column,
  descending,
}: Sort<AlertColumn>): (a: AlertGroup, b: AlertGroup) => number {
  const sign = descending ? -1 : 1;
  const byAge = (a: AlertGroup, b: AlertGroup) => b.firstSeen - a.firstSeen || +b.key - +a.key;
  if (column === 'policy' || column === 'binary' || column === 'target')
    return (a, b) => sign * compareTexts(a[column], b[column]) || byAge(a, b);
  const value = (group: AlertGroup): number => {
    if (column === 'severity')
      return group.severity === undefined ? -1 : SEVERITIES.indexOf(group.severity);
    // Storms that go on side by side would change places all the time.
    return column === 'lastSeen' ? Math.floor(group.lastSeen / SECOND) : group[column];
  };
  return (a, b) => sign * (value(a) - value(b)) || byAge(a, b);
}
