import type { BinaryCounters } from '../../agent/messages.ts';

export type BinaryChanges = {
  readonly reset: boolean;
  readonly changed: readonly BinaryCounters[];
  readonly removed: readonly string[];
};

/** A program with what the screen works out itself. */
export type BinaryRow = {
  readonly counters: BinaryCounters;
  /** Events a second, of the last seconds; undefined: not known yet. */
  readonly perSecond: number | undefined;
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
  'perSecond',
  'lastSeen',
  'binary',
] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];

export type BinarySort = { readonly column: SortColumn; readonly descending: boolean };

/** What is most of interest comes first: high numbers, but names from A. */
export const naturalSort = (column: SortColumn): BinarySort => ({
  column,
  descending: column !== 'binary',
});

/** The programs as sorted rows. Everything is worked out when somebody asks. */
export type BinariesModel = {
  apply(changes: BinaryChanges, now: number): void;
  /** `now`: ms, of any clock that only goes forward, the same as for `apply`. */
  rows(now: number): readonly BinaryRow[];
  /** As of the last `rows`. */
  rowOf(binary: string): number | undefined;
  /** Takes effect with the next `rows`. */
  sort: BinarySort;
};

/** Rows that move while they are read can't be read. */
export const SORT_MS = 500;
/** Rates are of at least this long, so that they are no noise. */
export const RATE_MS = 2000;

type Entry = {
  row: BinaryRow;
  /** All events when the running measurement began; undefined: it was not there, and is not new either. */
  eventsBefore: number | undefined;
};

export function createBinariesModel(): BinariesModel {
  let entries = new Map<string, Entry>();
  let sort = naturalSort('execs');
  let order: BinaryRow[] = [];
  let indexes = new Map<string, number>();
  let sortedAt = Number.NEGATIVE_INFINITY;
  let measuredAt = Number.NEGATIVE_INFINITY;
  /** Rows are to be put in order, at most every SORT_MS. */
  let isUnsorted = false;
  /** The order of the rows stands, but they say something else. */
  let isStale = false;

  const put = (counters: BinaryCounters, eventsBefore: number | undefined) => {
    const known = entries.get(counters.binary);
    if (known) known.row = { counters, perSecond: known.row.perSecond };
    else entries.set(counters.binary, { row: { counters, perSecond: undefined }, eventsBefore });
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
          isUnsorted = true;
          isStale = true;
        }
      }
      entry.eventsBefore = counters.events;
    }
  };

  const putInOrder = (now: number) => {
    sortedAt = now;
    isUnsorted = false;
    isStale = false;
    order = Array.from(entries.values(), ({ row }) => row).sort(comparer(sort));
    indexes = new Map(order.map(({ counters }, index) => [counters.binary, index]));
  };

  /** The same order with what the rows say now. */
  const refresh = () => {
    isStale = false;
    order = order.flatMap(({ counters }) => entries.get(counters.binary)?.row ?? []);
    indexes = new Map(order.map(({ counters }, index) => [counters.binary, index]));
  };

  return {
    apply({ reset, changed, removed }, now) {
      isUnsorted = true;
      isStale = true;
      if (reset) {
        // Nobody has counted since when these are: no rate before the next measurement.
        entries = new Map();
        measuredAt = now;
        for (const counters of changed) put(counters, counters.events);
        sortedAt = Number.NEGATIVE_INFINITY;
        return;
      }
      for (const binary of removed) entries.delete(binary);
      for (const counters of changed) put(counters, 0);
    },
    rows(now) {
      measure(now);
      if (isUnsorted && now - sortedAt >= SORT_MS) putInOrder(now);
      else if (isStale) refresh();
      return order;
    },
    rowOf: (binary) => indexes.get(binary),
    get sort() {
      return sort;
    },
    set sort(wanted) {
      sort = wanted;
      isUnsorted = true;
      // A key is obeyed at once.
      sortedAt = Number.NEGATIVE_INFINITY;
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

const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
