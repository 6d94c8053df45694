import type { BinaryCounters, UntoldCounts } from '../../agent/messages.ts';
import { type ActiveFilter, activeFilter, NO_FILTER } from './activeFilter.ts';
import { binarySubject } from './binaryFilter.ts';
import type { BinaryRow } from './binaryRow.ts';
import { BINARY_FIELDS, type BinaryField } from './filterFields.ts';
import { compareTexts, createSortedRows, type Sort, type SortedRows } from './sortedRows.ts';

export type BinaryChanges = {
  readonly reset: boolean;
  readonly changed: readonly BinaryCounters[];
  readonly removed: readonly string[];
  /** undefined: as before. */
  readonly others?: UntoldCounts;
};

/** What rows are sorted by, in the order of the columns. */
export const SORT_COLUMNS = [
  'execs',
  'exits',
  'failures',
  'running',
  'files',
  'network',
  'hits',
  'kills',
  'denials',
  'events',
  'perSecond',
  'untold',
  'firstSeen',
  'lastSeen',
  'binary',
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export type BinarySort = Sort<SortColumn>;

/** What is most of interest comes first: high numbers, but names from A. */
export const naturalSort = (column: SortColumn): BinarySort => ({
  column,
  descending: column !== 'binary',
});

/** The programs as sorted rows. */
export type BinariesModel = Omit<SortedRows<BinaryRow, SortColumn>, 'change' | 'reset'> & {
  /** `now`: of the same clock as for `rows`. */
  apply(changes: BinaryChanges, now: number): void;
  /** '' without one; a text that is no filter takes it away too. */
  filter: string;
  /** Programs, those that the filter hides included. */
  readonly size: number;
  /** Some program has events that are known by number only. */
  readonly hasUntold: boolean;
  /** Events of programs that are not known by name. */
  readonly others: number;
};

/** Rates are of at least this long, so that they are no noise. */
export const RATE_MS = 2000;

type Entry = {
  row: BinaryRow;
  /** All events when the running measurement began; undefined: it was not there, and is not new either. */
  eventsBefore: number | undefined;
};

/** @param clock ms of the clock that rates go by, from those that are passed with each call: a replay has its own time */
export function createBinariesModel(clock = (now: number) => now): BinariesModel {
  let entries = new Map<string, Entry>();
  let filter: ActiveFilter<BinaryField> = NO_FILTER;
  let measuredAt = Number.NEGATIVE_INFINITY;
  /** Programs that have events known by number only. */
  let untold = 0;
  let others = 0;
  const sorted = createSortedRows<BinaryRow, SortColumn>(
    {
      *all() {
        const { passes } = filter;
        for (const { row } of entries.values())
          if (!passes || passes(binarySubject(row))) yield row;
      },
      find: (binary) => entries.get(binary)?.row,
      keyOf: ({ counters }) => counters.binary,
      comparer,
    },
    naturalSort('execs'),
  );

  const put = (counters: BinaryCounters, eventsBefore: number | undefined) => {
    const known = entries.get(counters.binary);
    if (counters.untold > 0) untold += 1;
    if (known && known.row.counters.untold > 0) untold -= 1;
    if (known) known.row = { counters, perSecond: known.row.perSecond };
    else entries.set(counters.binary, { row: { counters, perSecond: undefined }, eventsBefore });
  };

  const remove = (binary: string) => {
    if ((entries.get(binary)?.row.counters.untold ?? 0) > 0) untold -= 1;
    entries.delete(binary);
  };

  /** Ends a measurement when it has been long enough, and begins the next one. */
  const measure = (now: number) => {
    const ms = now - measuredAt;
    if (ms < RATE_MS) return;
    measuredAt = now;
    for (const entry of entries.values()) {
      const { counters } = entry.row;
      if (entry.eventsBefore !== undefined) {
        const perSecond = ((counters.events - entry.eventsBefore) * 1000) / ms;
        if (perSecond !== entry.row.perSecond) {
          entry.row = { counters, perSecond };
          sorted.change();
        }
      }
      entry.eventsBefore = counters.events;
    }
  };

  return {
    get shown() {
      return sorted.shown;
    },
    rowOf: sorted.rowOf,
    get sort() {
      return sorted.sort;
    },
    set sort(wanted) {
      sorted.sort = wanted;
    },
    get size() {
      return entries.size;
    },
    get hasUntold() {
      return untold > 0;
    },
    get others() {
      return others;
    },
    get filter() {
      return filter.text;
    },
    set filter(wanted) {
      filter = activeFilter(wanted, BINARY_FIELDS);
      sorted.reset();
    },
    apply({ reset, changed, removed, others: news }, now) {
      sorted.change();
      if (news) others = news.execs + news.exits + news.hits;
      if (reset) {
        untold = 0;
        // Nobody has counted since when these are: no rate before the next measurement.
        entries = new Map();
        measuredAt = clock(now);
        for (const counters of changed) put(counters, counters.events);
        sorted.reset();
        return;
      }
      for (const binary of removed) remove(binary);
      for (const counters of changed) put(counters, 0);
    },
    rows(now) {
      measure(clock(now));
      return sorted.rows(now);
    },
  };
}

/** Ties stand in the order of their names, whichever way the column is sorted: they don't jump. */
function comparer({ column, descending }: BinarySort): (a: BinaryRow, b: BinaryRow) => number {
  const sign = descending ? -1 : 1;
  const byName = (a: BinaryRow, b: BinaryRow) => compareTexts(a.counters.binary, b.counters.binary);
  if (column === 'binary') return (a, b) => sign * byName(a, b);
  const value = ({ counters, perSecond }: BinaryRow): number =>
    column === 'perSecond' ? (perSecond ?? 0) : counters[column];
  return (a, b) => sign * (value(a) - value(b)) || byName(a, b);
}
