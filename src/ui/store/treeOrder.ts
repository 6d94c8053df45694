import type { TreeProcess } from '../../agent/messages.ts';
import { compareTexts, type Sort } from './sortedRows.ts';

/** What siblings in the tree can be sorted by. */
export type TreeOrder = 'start' | 'pid' | 'binary' | 'events' | 'hits';

export const TREE_ORDERS: Readonly<Record<TreeOrder, string>> = {
  start: 'start, among siblings',
  pid: 'process id',
  binary: 'name of the program',
  events: 'events of the process',
  hits: 'policy hits of the process',
};

export const MOST_FIRST: ReadonlySet<TreeOrder> = new Set(['events', 'hits']);

/** The order in which they started: nothing in it ever changes its place. */
export const BY_START: Sort<TreeOrder> = { column: 'start', descending: false };

/** Those that are alike stand in the order of their start, whichever way it is sorted. */
export function compareSiblings({
  column,
  descending,
}: Sort<TreeOrder>): (a: TreeProcess, b: TreeProcess) => number {
  const sign = descending ? -1 : 1;
  switch (column) {
    case 'start':
      return (a, b) => sign * byStart(a, b);
    case 'binary':
      return (a, b) => sign * compareTexts(a.binary, b.binary) || byStart(a, b);
    default:
      return (a, b) => sign * (a[column] - b[column]) || byStart(a, b);
  }
}

const byStart = (a: TreeProcess, b: TreeProcess): number =>
  a.startedAt - b.startedAt || a.pid - b.pid || compareTexts(a.key, b.key);
