import type { TreeProcess } from '../../agent/messages.ts';

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

/** A process on its way to a row. */
export type TreeNode = {
  readonly process: TreeProcess;
  /** Which one it is of all, from 0. */
  readonly at: number;
  readonly children: TreeNode[];
  parent: TreeNode | undefined;
  isPlaced: boolean;
};

/** By the keys of their processes, in the order of siblings. */
export type TreeNodes = ReadonlyMap<string, TreeNode>;

type Source = {
  /** All processes, those that are not shown included. */
  readonly all: ReadonlyMap<string, TreeProcess>;
  isHidden(process: TreeProcess): boolean;
};

/** Nodes with their children, of those that are shown and in their order; below the nearest ancestor that is shown. */
export function linkNodes(shown: readonly TreeProcess[], source: Source): TreeNodes {
  const nodes = new Map<string, TreeNode>();
  for (const process of shown) {
    const node = { process, at: nodes.size, children: [], parent: undefined, isPlaced: false };
    nodes.set(process.key, node);
  }
  for (const node of nodes.values()) {
    const key = node.process.parent;
    if (key === undefined) continue;
    const parent = nodes.get(key) ?? nodes.get(visibleParent(node.process, source) ?? '');
    if (!parent) continue;
    node.parent = parent;
    parent.children.push(node);
  }
  return nodes;
}

/** Those that match and all above them, in the order of `shown`. */
export function withAncestors(
  shown: readonly TreeProcess[],
  matches: Iterable<TreeProcess>,
  source: Source,
): TreeProcess[] {
  const kept = new Set<TreeProcess>();
  for (const match of matches) {
    let process: TreeProcess | undefined = match;
    while (process && !kept.has(process)) {
      kept.add(process);
      const parent = visibleParent(process, source);
      process = parent === undefined ? undefined : source.all.get(parent);
    }
  }
  return shown.filter((process) => kept.has(process));
}

/** Kernel threads have kernel threads as ancestors, and few of them: more steps mean that the parents are wrong. */
const MAX_HIDDEN_ANCESTORS = 32;

/** The nearest ancestor that is shown: what a hidden kernel thread started stays in view. */
function visibleParent(process: TreeProcess, { all, isHidden }: Source): string | undefined {
  let key = process.parent;
  for (let steps = 0; key !== undefined && steps < MAX_HIDDEN_ANCESTORS; steps++) {
    const parent = all.get(key);
    if (!parent) return undefined;
    if (!isHidden(parent)) return key;
    key = parent.parent;
  }
  return undefined;
}

export type LaidRows = {
  readonly rows: readonly TreeRow[];
  /** Number of the row of each node, by `at`; of what a collapsed row stands for it is that one's. */
  readonly numbers: Int32Array;
};

type Options = {
  readonly collapsed: ReadonlySet<string>;
  isMatch(process: TreeProcess): boolean;
};

/** Rows from top to bottom. Without recursion: a chain of processes can be as long as there are process numbers. */
export function flatten(nodes: TreeNodes, { collapsed, isMatch }: Options): LaidRows {
  for (const node of nodes.values()) node.isPlaced = false;
  const rows: TreeRow[] = [];
  const numbers = new Int32Array(nodes.size);

  const place = (root: TreeNode) => {
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
        numbers[node.at] = rows.length - 1;
        for (const child of children) waiting.push({ node: child, above, isLast: true, hider });
        continue;
      }
      const hasChildren = children.length > 0;
      const isCollapsed = hasChildren && collapsed.has(process.key);
      const row: TreeRow = {
        process,
        above,
        isLast,
        hasChildren,
        isCollapsed,
        isMatch: isMatch(process),
        hidden: 0,
        hits,
        kills,
      };
      numbers[node.at] = rows.length;
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

  for (const node of nodes.values()) if (!node.parent) place(node);
  // What is left hangs together in circles, which wrong parents could make: each is opened at its eldest.
  for (const node of nodes.values()) if (!node.isPlaced) place(eldestOfCircle(node));
  return { rows, numbers };
}

type Waiting = {
  node: TreeNode;
  above: TreeRow | undefined;
  isLast: boolean;
  /** The collapsed row that stands for this node. */
  hider: TreeRow | undefined;
};

/** The first, in the order of the nodes, of the circle that the node's ancestors end in. */
function eldestOfCircle(node: TreeNode): TreeNode {
  const ancestors = new Set<TreeNode>();
  let at = node;
  while (at.parent && !ancestors.has(at)) {
    ancestors.add(at);
    at = at.parent;
  }
  let eldest = at;
  const circle = new Set<TreeNode>();
  for (let member = at; !circle.has(member); member = member.parent ?? at) {
    circle.add(member);
    if (member.at < eldest.at) eldest = member;
  }
  return eldest;
}
