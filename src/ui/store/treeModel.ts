import type { TreeProcess } from '../../agent/messages.ts';
import type { Sort } from './sortedRows.ts';
import { BY_START, compareSiblings, type TreeOrder } from './treeOrder.ts';

/** What the agent says of the tree: everything, or changes. */
export type TreeChanges = {
  readonly reset: boolean;
  readonly changed: readonly TreeProcess[];
  readonly removed: readonly string[];
};

/** A process as a row that can be shown. */
export type TreeRow = {
  readonly process: TreeProcess;
  /** The row under which this one hangs. */
  readonly above: TreeRow | undefined;
  /** The last one under `above`: its line ends there. */
  readonly isLast: boolean;
  readonly hasChildren: boolean;
  readonly isCollapsed: boolean;
  /** Passes the filter; without one all do. The others are there for those below them. */
  readonly isMatch: boolean;
  /** Processes that the collapsed row stands for, beside its own. */
  hidden: number;
  /** Policy events and kills, those of hidden processes included. */
  hits: number;
  kills: number;
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
};

export type ProcessFilter = (process: TreeProcess) => boolean;

/** A process on its way to a row. */
type Node = {
  readonly process: TreeProcess;
  readonly children: Node[];
  parent: Node | undefined;
  isPlaced: boolean;
};

type Layout = {
  rows: TreeRow[];
  /** Number of the row by key, of hidden processes too. */
  indexes: Map<string, number>;
  running: number;
  ended: number;
  matches: number;
  nodes: readonly Node[];
  hasContainers: boolean;
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
    // Where the order doesn't change, the rest of the rows does.
    const current = ordered.flatMap(({ key }) => processes.get(key) ?? []);
    const shown = current.filter((process) => !isHidden(process));
    const parentOf = (process: TreeProcess) => visibleParent(process, processes, isHidden);
    const find = (key: string) => processes.get(key);
    const matches = shown.filter((process) => passes?.(process) ?? true);
    const matching = new Set(matches);
    const nodes = linked(passes ? withAncestors(shown, matches, parentOf, find) : shown, parentOf);
    const running = shown.filter(({ endedAt }) => endedAt === undefined).length;
    layout = {
      ...flatten(nodes, collapsed, matching),
      ...{ nodes, running, ended: shown.length - running, matches: matches.length },
      hasContainers: shown.some(({ container }) => container !== ''),
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
    rowOf: (key) => laidOut().indexes.get(key),
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
    inOrder: () => flatten(laidOut().nodes, NONE, NO_MATCHES).rows.map(({ process }) => process),
    hasContainers: () => laidOut().hasContainers,
    processes: () => processes.values(),
    find: (key) => processes.get(key),
  };
}

/** Kernel threads have kernel threads as ancestors, and few of them: more steps mean that the parents are wrong. */
const MAX_HIDDEN_ANCESTORS = 32;

/** The nearest ancestor that is shown: what a hidden kernel thread started stays in view. */
function visibleParent(
  process: TreeProcess,
  processes: ReadonlyMap<string, TreeProcess>,
  isHidden: (process: TreeProcess) => boolean,
): string | undefined {
  let key = process.parent;
  for (let steps = 0; key !== undefined && steps < MAX_HIDDEN_ANCESTORS; steps++) {
    const parent = processes.get(key);
    if (!parent) return undefined;
    if (!isHidden(parent)) return key;
    key = parent.parent;
  }
  return undefined;
}

const NONE: ReadonlySet<string> = new Set();
const NO_MATCHES: ReadonlySet<TreeProcess> = new Set();

/** Those that match and all above them, in the order of `shown`. */
function withAncestors(
  shown: readonly TreeProcess[],
  matches: readonly TreeProcess[],
  parentOf: (process: TreeProcess) => string | undefined,
  find: (key: string) => TreeProcess | undefined,
): TreeProcess[] {
  const kept = new Set<TreeProcess>();
  for (const match of matches) {
    let process: TreeProcess | undefined = match;
    while (process && !kept.has(process)) {
      kept.add(process);
      const parent = parentOf(process);
      process = parent === undefined ? undefined : find(parent);
    }
  }
  return shown.filter((process) => kept.has(process));
}

/** Nodes with their children, in the given order. */
function linked(
  processes: readonly TreeProcess[],
  parentOf: (process: TreeProcess) => string | undefined,
): Node[] {
  const nodes = new Map<string, Node>();
  for (const process of processes)
    nodes.set(process.key, { process, children: [], parent: undefined, isPlaced: false });
  for (const node of nodes.values()) {
    const key = parentOf(node.process);
    const parent = key === undefined ? undefined : nodes.get(key);
    if (!parent) continue;
    node.parent = parent;
    parent.children.push(node);
  }
  return [...nodes.values()];
}

/** Rows from top to bottom. Without recursion: a chain of processes can be as long as there are process numbers. */
function flatten(
  nodes: readonly Node[],
  collapsed: ReadonlySet<string>,
  matching: ReadonlySet<TreeProcess>,
): Pick<Layout, 'rows' | 'indexes'> {
  for (const node of nodes) node.isPlaced = false;
  const rows: TreeRow[] = [];
  const indexes = new Map<string, number>();

  const place = (root: Node) => {
    const waiting: Waiting[] = [{ node: root, above: undefined, isLast: true, hider: undefined }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { node, above, isLast, hider } = next;
      if (node.isPlaced) continue;
      node.isPlaced = true;
      const { process, children } = node;
      const { hits, kills } = process;
      if (hider) {
        hider.hidden += 1;
        hider.hits += hits;
        hider.kills += kills;
        indexes.set(process.key, rows.length - 1);
        for (const child of children) waiting.push({ node: child, above, isLast: true, hider });
        continue;
      }
      const hasChildren = children.length > 0;
      const isCollapsed = hasChildren && collapsed.has(process.key);
      const row: TreeRow = {
        ...{ process, above, isLast, hasChildren, isCollapsed },
        isMatch: matching.has(process),
        ...{ hidden: 0, hits, kills },
      };
      indexes.set(process.key, rows.length);
      rows.push(row);
      for (let i = children.length - 1; i >= 0; i--) {
        const child = children[i];
        if (!child) continue;
        const last = i === children.length - 1;
        waiting.push({
          node: child,
          above: row,
          isLast: last,
          hider: isCollapsed ? row : undefined,
        });
      }
    }
  };

  for (const node of nodes) if (!node.parent) place(node);
  // What is left hangs together in circles, which wrong parents could make: each is opened at its eldest.
  for (const node of nodes) if (!node.isPlaced) place(eldestOfCircle(node, nodes));
  return { rows, indexes };
}

type Waiting = {
  node: Node;
  above: TreeRow | undefined;
  isLast: boolean;
  /** The collapsed row that stands for this node. */
  hider: TreeRow | undefined;
};

/** The first, in the order of `nodes`, of the circle that the node's ancestors end in. */
function eldestOfCircle(node: Node, nodes: readonly Node[]): Node {
  const ancestors = new Set<Node>();
  let at = node;
  while (at.parent && !ancestors.has(at)) {
    ancestors.add(at);
    at = at.parent;
  }
  const circle = new Set<Node>();
  for (let member = at; !circle.has(member); member = member.parent ?? at) circle.add(member);
  return nodes.find((candidate) => circle.has(candidate)) ?? at;
}
