export type Sort<Column extends string> = {
  readonly column: Column;
  readonly descending: boolean;
};

/** Rows that move while they are read can't be read. */
export const SORT_MS = 500;

/** Rows in the order of a column. Everything is worked out when somebody asks. */
export type SortedRows<Row, Column extends string> = {
  /** `now`: ms, of any clock that only goes forward. The same list as at the last call while nothing has changed. */
  rows(now: number): readonly Row[];
  /** As of the last `rows`, without putting anything in order. */
  readonly shown: readonly Row[];
  /** As of the last `rows`. */
  rowOf(key: string): number | undefined;
  /** Takes effect with the next `rows`. */
  sort: Sort<Column>;
  /** Rows say something else, or have come or gone: they are put in order within SORT_MS. */
  change(): void;
  /** They are all others: put in order with the next `rows`. */
  reset(): void;
};

type Source<Row, Column extends string> = {
  all(): Iterable<Row>;
  /** As it is now; undefined: it is gone. */
  find(key: string): Row | undefined;
  keyOf(row: Row): string;
  /** Rows that are alike must always stand in the same order: they don't jump. */
  comparer(sort: Sort<Column>): (a: Row, b: Row) => number;
};

export function createSortedRows<Row, Column extends string>(
  { all, find, keyOf, comparer }: Source<Row, Column>,
  initial: Sort<Column>,
): SortedRows<Row, Column> {
  let sort = initial;
  let order: readonly Row[] = [];
  let indexes = new Map<string, number>();
  let sortedAt = Number.NEGATIVE_INFINITY;
  /** Rows are to be put in order, at most every SORT_MS. */
  let isUnsorted = false;
  /** The order of the rows stands, but they say something else. */
  let isStale = false;

  const show = (rows: readonly Row[]) => {
    isStale = false;
    order = rows;
    indexes = new Map(rows.map((row, index) => [keyOf(row), index]));
  };

  const reset = () => {
    isUnsorted = true;
    sortedAt = Number.NEGATIVE_INFINITY;
  };

  return {
    rows(now) {
      if (isUnsorted && now - sortedAt >= SORT_MS) {
        sortedAt = now;
        isUnsorted = false;
        show([...all()].sort(comparer(sort)));
      } else if (isStale) {
        show(order.flatMap((row) => find(keyOf(row)) ?? []));
      }
      return order;
    },
    get shown() {
      return order;
    },
    rowOf: (key) => indexes.get(key),
    get sort() {
      return sort;
    },
    set sort(wanted) {
      sort = wanted;
      // A key is obeyed at once.
      reset();
    },
    change() {
      isUnsorted = true;
      isStale = true;
    },
    reset,
  };
}

export const compareTexts = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
