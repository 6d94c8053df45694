import type { TreeProcess } from '../../agent/messages.ts';
import type { Sort } from './sortedRows.ts';
import { NO_SUMS } from './treeNode.ts';
import { createTreeNodes, type TreeNodes } from './treeNodes.ts';
import { BY_START, compareSiblings, type TreeOrder } from './treeOrder.ts';
import { inOrder, rowNumber, rowsBetween, type TreeRow } from './treeRows.ts';

/** What the agent says of the tree: everything, or changes. */
export type TreeChanges = {
  readonly reset: boolean;
  readonly changed: readonly TreeProcess[];
  readonly removed: readonly string[];
};

/**
 * The processes as rows from top to bottom. Nothing is worked out before somebody asks; then it costs what has changed since and
 * what is asked for, however many processes there are: a frame asks for the rows in sight.
 */
export type TreeModel = {
  apply(changes: TreeChanges): void;
  /** All of them: it takes as long as there are many. */
  rows(): readonly TreeRow[];
  /** How many these are. */
  readonly length: number;
  /** Some of them: from one number up to another, which is left out. */
  rowsBetween(from: number, to: number): readonly TreeRow[];
  /** undefined: there are not so many. */
  rowAt(number: number): TreeRow | undefined;
  /** Number of the row that shows a process, or that stands for it when an ancestor is collapsed. */
  rowOf(key: string): number | undefined;
  /** False when there is nothing to do. */
  setCollapsed(key: string, collapsed: boolean): boolean;
  /** From now on processes that run these programs come collapsed. */
  foldPrograms(programs: readonly string[]): void;
  /** Expands what hides a process, and shows kernel threads if it is one. */
  reveal(key: string): void;
  /** Expands everything; when everything is expanded already, collapses all but the roots. */
  toggleAll(): void;
  showKernelThreads: boolean;
  /** Of siblings. */
  order: Sort<TreeOrder>;
  /**
   * Shows only processes that pass, and their ancestors; undefined: all. It is asked again of processes that change, and of those
   * whose parent comes, goes, or gets another program or number: of other processes it must know nothing.
   */
  narrow(passes: ProcessFilter | undefined): void;
  /** Processes in the order of the rows, those in collapsed ones included. */
  inOrder(): readonly TreeProcess[];
  /** Processes in the tree, hidden ones included: those that run, those that have ended, and those that pass the filter. */
  count(): { running: number; ended: number; matches: number };
  /** Some process runs in a container. */
  hasContainers(): boolean;
  /** All of them, also those that no row is shown for. */
  processes(): Iterable<TreeProcess>;
  find(key: string): TreeProcess | undefined;
  has(key: string): boolean;
};

export type ProcessFilter = (process: TreeProcess) => boolean;

/** After more changes, of so great a share of all processes, all is made anew: that is sooner done. */
const MANY = { changes: 64, share: 1 / 4 };

export function createTreeModel(): TreeModel {
  let processes = new Map<string, TreeProcess>();
  let order = BY_START;
  /** As of the last time that somebody asked; undefined: must be made anew. */
  let nodes: TreeNodes | undefined;
  /** Keys of what has changed since. */
  const changes = new Set<string>();
  let rows: readonly TreeRow[] | undefined;
  let showKernelThreads = false;
  let passes: ProcessFilter | undefined;
  const collapsed = new Set<string>();
  const isCollapsed = (key: string) => collapsed.has(key);
  let folded: ReadonlySet<string> = new Set();

  const isHidden = (process: TreeProcess) => process.isKernelThread && !showKernelThreads;

  const reset = () => {
    nodes = undefined;
    rows = undefined;
    changes.clear();
  };

  const laidOut = (): TreeNodes => {
    if (nodes && changes.size > 0 && !nodes.renew(changes)) nodes = undefined;
    changes.clear();
    nodes ??= createTreeNodes({
      ...{ all: processes, isHidden, isCollapsed, compare: compareSiblings(order) },
      isMatch: passes ?? (() => true),
    });
    return nodes;
  };

  const sums = () => laidOut().roots.children?.sum ?? NO_SUMS;
  const between = (from: number, to: number) => rowsBetween(laidOut().roots, from, to, isCollapsed);
  const allRows = () => {
    rows ??= between(0, Number.POSITIVE_INFINITY);
    return rows;
  };

  return {
    apply({ reset: isReset, changed, removed }) {
      const before = processes;
      rows = undefined;
      if (isReset) {
        processes = new Map();
        reset();
      }
      for (const key of removed) {
        processes.delete(key);
        collapsed.delete(key);
        changes.add(key);
      }
      for (const process of changed) {
        const { key, binary } = process;
        // What is collapsed by hand later, or expanded, stays so: only a program that is new there counts.
        if (folded.has(binary) && before.get(key)?.binary !== binary) collapsed.add(key);
        processes.set(key, process);
        changes.add(key);
      }
      if (isReset) for (const key of collapsed) if (!processes.has(key)) collapsed.delete(key);
      const { size } = changes;
      if (size > MANY.changes && size > processes.size * MANY.share) reset();
    },
    rows: allRows,
    get length() {
      return sums().rows;
    },
    rowsBetween: between,
    rowAt: (number) => between(number, number + 1)[0],
    rowOf(key) {
      const node = laidOut().find(key);
      return node && rowNumber(node, isCollapsed);
    },
    setCollapsed(key, wanted) {
      if (collapsed.has(key) === wanted) return false;
      if (wanted) collapsed.add(key);
      else collapsed.delete(key);
      nodes?.retally(key);
      rows = undefined;
      return true;
    },
    foldPrograms(programs) {
      folded = new Set(programs);
    },
    reveal(key) {
      const process = processes.get(key);
      if (process && isHidden(process)) showKernelThreads = true;
      let above = process?.parent;
      for (const seen = new Set<string>(); above !== undefined && !seen.has(above); ) {
        seen.add(above);
        collapsed.delete(above);
        above = processes.get(above)?.parent;
      }
      reset();
    },
    toggleAll() {
      const all = allRows();
      if (all.some((row) => row.isCollapsed)) {
        collapsed.clear();
      } else {
        // The roots stay open, else a single row would be all that is left.
        for (const { process, hasChildren, above } of all)
          if (hasChildren && above) collapsed.add(process.key);
      }
      reset();
    },
    get order() {
      return order;
    },
    set order(wanted) {
      order = wanted;
      reset();
    },
    get showKernelThreads() {
      return showKernelThreads;
    },
    set showKernelThreads(shown) {
      showKernelThreads = shown;
      reset();
    },
    count() {
      const { running, ended } = laidOut();
      return { running, ended, matches: sums().matches };
    },
    narrow(wanted) {
      passes = wanted;
      reset();
    },
    inOrder: () => [...inOrder(laidOut().roots)],
    hasContainers: () => laidOut().hasContainers,
    processes: () => processes.values(),
    find: (key) => processes.get(key),
    has: (key) => processes.has(key),
  };
}
