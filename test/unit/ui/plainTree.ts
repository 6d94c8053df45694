import type { TreeProcess } from '../../../src/agent/messages.ts';
import type { Sort } from '../../../src/ui/store/sortedRows.ts';
import { compareSiblings, type TreeOrder } from '../../../src/ui/store/treeOrder.ts';

export type PlainOptions = {
  readonly collapsed: ReadonlySet<string>;
  readonly kernelThreads: boolean;
  readonly order: Sort<TreeOrder>;
  passes(process: TreeProcess): boolean;
};

/** What a row says; `above`: number of the row it hangs under. */
export type PlainRow = {
  readonly process: TreeProcess;
  readonly above: number | undefined;
  readonly isLast: boolean;
  readonly hasChildren: boolean;
  readonly isCollapsed: boolean;
  readonly isMatch: boolean;
  readonly hidden: number;
  readonly hits: number;
  readonly kills: number;
};

/** What the tree should say of processes that hang in no circle, worked out the plain way, from nothing. */
export function plainTree(all: ReadonlyMap<string, TreeProcess>, options: PlainOptions) {
  const { collapsed, kernelThreads, order, passes } = options;
  const isShown = (one: TreeProcess) => kernelThreads || !one.isKernelThread;
  const parentOf = (one: TreeProcess): TreeProcess | undefined => {
    const parent = one.parent === undefined ? undefined : all.get(one.parent);
    return !parent || isShown(parent) ? parent : parentOf(parent);
  };
  const shown = [...all.values()].filter(isShown).sort(compareSiblings(order));
  const linked = Map.groupBy(shown, parentOf);
  const isKept = (one: TreeProcess): boolean => passes(one) || (linked.get(one) ?? []).some(isKept);
  const childrenOf = (one: TreeProcess | undefined) => (linked.get(one) ?? []).filter(isKept);
  const family = (one: TreeProcess): TreeProcess[] => [one, ...childrenOf(one).flatMap(family)];

  const rows: PlainRow[] = [];
  /** Number of the row that shows each, or stands for it. */
  const numbers = new Map<string, number>();
  const place = (process: TreeProcess, above: number | undefined, isLast: boolean) => {
    const children = childrenOf(process);
    const isCollapsed = children.length > 0 && collapsed.has(process.key);
    const counted = isCollapsed ? family(process) : [process];
    const number = rows.length;
    for (const { key } of counted) numbers.set(key, number);
    rows.push({
      ...{ process, above, isLast, isCollapsed },
      hasChildren: children.length > 0,
      isMatch: passes(process),
      hidden: counted.length - 1,
      hits: counted.reduce((sum, { hits }) => sum + hits, 0),
      kills: counted.reduce((sum, { kills }) => sum + kills, 0),
    });
    if (isCollapsed) return;
    for (const child of children) place(child, number, child === children.at(-1));
  };
  const roots = childrenOf(undefined);
  for (const root of roots) place(root, undefined, true);
  return {
    rows,
    numbers,
    inOrder: roots.flatMap(family),
    count: {
      running: shown.filter(({ endedAt }) => endedAt === undefined).length,
      ended: shown.filter(({ endedAt }) => endedAt !== undefined).length,
      matches: shown.filter(passes).length,
    },
    hasContainers: shown.some(({ container }) => container !== ''),
  };
}
