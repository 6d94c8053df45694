import type { TreeProcess } from '../../agent/messages.ts';
import type { Sort } from './sortedRows.ts';
import { BY_START, compareSiblings, type TreeOrder } from './treeOrder.ts';
import {
  flatten,
  type LaidRows,
  linkNodes,
  type TreeNodes,
  type TreeRow,
  withAncestors,
} from './treeRows.ts';

/** What the agent says of the tree: everything, or changes. */
export type TreeChanges = {
  readonly reset: boolean;
  readonly changed: readonly TreeProcess[];
  readonly removed: readonly string[];
};

/**
 * The processes as rows from top to bottom. They are worked out when somebody asks and only when something has changed since, in
 * one pass over all processes, so that a thousand changes cost as much as one.
 */
export type TreeModel = {
  apply(changes: TreeChanges): void;
  rows(): readonly TreeRow[];
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
  /** Shows only processes that pass, and their ancestors; undefined: all. It is asked for each change again. */
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

type Layout = LaidRows & {
  readonly nodes: TreeNodes;
  readonly running: number;
  readonly ended: number;
  readonly matches: number;
  readonly hasContainers: boolean;
};

export function createTreeModel(): TreeModel {
  let processes = new Map<string, TreeProcess>();
  /** In the order in which siblings stand; made anew when processes come or go. */
  let ordered: TreeProcess[] | undefined;
  let order = BY_START;
  let layout: Layout | undefined;
  let showKernelThreads = false;
  let passes: ProcessFilter | undefined;
  const collapsed = new Set<string>();
  let folded: ReadonlySet<string> = new Set();

  const isHidden = (process: TreeProcess) => process.isKernelThread && !showKernelThreads;

  const laidOut = (): Layout => {
    if (layout) return layout;
    ordered ??= [...processes.values()].sort(compareSiblings(order));
    const shown: TreeProcess[] = [];
    let running = 0;
    let hasContainers = false;
    for (const { key } of ordered) {
      // Where the order doesn't change, the rest of the process does.
      const process = processes.get(key);
      if (!process || isHidden(process)) continue;
      shown.push(process);
      if (process.endedAt === undefined) running += 1;
      if (process.container !== '') hasContainers = true;
    }
    const source = { all: processes, isHidden };
    const matching = passes && new Set(shown.filter(passes));
    const nodes = linkNodes(matching ? withAncestors(shown, matching, source) : shown, source);
    const isMatch = matching ? (process: TreeProcess) => matching.has(process) : matchesAll;
    layout = {
      ...flatten(nodes, { collapsed, isMatch }),
      ...{ nodes, running, ended: shown.length - running, hasContainers },
      matches: matching?.size ?? shown.length,
    };
    return layout;
  };

  return {
    apply({ reset, changed, removed }) {
      layout = undefined;
      // A start time never changes.
      if (order.column !== 'start') ordered = undefined;
      const before = processes;
      if (reset) {
        processes = new Map();
        ordered = undefined;
      }
      for (const key of removed) {
        if (processes.delete(key)) ordered = undefined;
        collapsed.delete(key);
      }
      for (const process of changed) {
        // What is collapsed by hand later, or expanded, stays so: only a program that is new there counts.
        if (folded.has(process.binary) && before.get(process.key)?.binary !== process.binary)
          collapsed.add(process.key);
        if (!processes.has(process.key)) ordered = undefined;
        processes.set(process.key, process);
      }
      if (reset) for (const key of collapsed) if (!processes.has(key)) collapsed.delete(key);
    },
    rows: () => laidOut().rows,
    rowOf(key) {
      const { nodes, numbers } = laidOut();
      const node = nodes.get(key);
      return node && numbers[node.at];
    },
    setCollapsed(key, wanted) {
      if (collapsed.has(key) === wanted) return false;
      if (wanted) collapsed.add(key);
      else collapsed.delete(key);
      layout = undefined;
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
      layout = undefined;
    },
    toggleAll() {
      const { rows } = laidOut();
      if (rows.some(({ isCollapsed }) => isCollapsed)) {
        collapsed.clear();
      } else {
        // The roots stay open, else a single row would be all that is left.
        for (const { process, hasChildren, above } of rows)
          if (hasChildren && above) collapsed.add(process.key);
      }
      layout = undefined;
    },
    get order() {
      return order;
    },
    set order(wanted) {
      order = wanted;
      ordered = undefined;
      layout = undefined;
    },
    get showKernelThreads() {
      return showKernelThreads;
    },
    set showKernelThreads(shown) {
      showKernelThreads = shown;
      layout = undefined;
    },
    count() {
      const { running, ended, matches } = laidOut();
      return { running, ended, matches };
    },
    narrow(wanted) {
      passes = wanted;
      layout = undefined;
    },
    inOrder() {
      const all = flatten(laidOut().nodes, { collapsed: NONE, isMatch: matchesAll });
      return all.rows.map(({ process }) => process);
    },
    hasContainers: () => laidOut().hasContainers,
    processes: () => processes.values(),
    find: (key) => processes.get(key),
    has: (key) => processes.has(key),
  };
}

const NONE: ReadonlySet<string> = new Set();
const matchesAll = () => true;
