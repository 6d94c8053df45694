import type { TreeProcess } from '../../agent/messages.ts';
import { addSibling, removeSibling, sumUp } from './siblings.ts';
import {
  type CompareProcesses,
  createTreeNode,
  type Family,
  type TreeNode,
  tally,
} from './treeNode.ts';
import type { IsCollapsed } from './treeRows.ts';

/** The processes that are shown, each under the nearest ancestor that is, with the sums of what is below it. */
export type TreeNodes = {
  readonly roots: Family;
  readonly running: number;
  readonly ended: number;
  /** Some process runs in a container. */
  readonly hasContainers: boolean;
  find(key: string): TreeNode | undefined;
  /**
   * Takes over what these processes are now. It costs what has changed times the depth at which it did, not what there is.
   *
   * @returns false: all must be made anew, for a circle hangs in it; `this` is void
   */
  renew(keys: Iterable<string>): boolean;
  /** A process was collapsed, or expanded. */
  retally(key: string): void;
};

/** What the nodes are made of. Nothing but the processes changes while they are there, and what is collapsed. */
export type TreeSource = {
  /** All processes, those that are not shown included, as of now. */
  readonly all: ReadonlyMap<string, TreeProcess>;
  isHidden(process: TreeProcess): boolean;
  /** Says the same until the process changes, or the program or number of its parent. */
  isMatch(process: TreeProcess): boolean;
  readonly isCollapsed: IsCollapsed;
  readonly compare: CompareProcesses;
};

export function createTreeNodes(source: TreeSource): TreeNodes {
  const { all, isHidden, isMatch, compare } = source;
  const nodes = new Map<string, TreeNode>();
  const roots: Family = { children: undefined };
  /** Processes as they are taken over, hidden ones included; and the keys of those that name each as their parent. */
  const known = new Map<string, TreeProcess>();
  const namedBy = new Map<string, Set<string>>();
  let running = 0;
  let ended = 0;
  let contained = 0;

  const count = (process: TreeProcess, by: 1 | -1) => {
    if (isHidden(process)) return;
    if (process.endedAt === undefined) running += by;
    else ended += by;
    if (process.container !== '') contained += by;
  };

  const forget = (process: TreeProcess) => {
    count(process, -1);
    const { key, parent } = process;
    known.delete(key);
    const named = parent === undefined ? undefined : namedBy.get(parent);
    if (parent === undefined || !named?.delete(key)) return;
    if (named.size === 0) namedBy.delete(parent);
  };

  const learn = (process: TreeProcess) => {
    count(process, 1);
    const { key, parent } = process;
    known.set(key, process);
    if (parent === undefined) return;
    const named = namedBy.get(parent);
    if (named) named.add(key);
    else namedBy.set(parent, new Set([key]));
  };

  const collapsed = (node: TreeNode) => source.isCollapsed(node.process.key);

  /** Something about a node changed that sums are made of: up to where that makes no difference. */
  const tallyUp = (node: TreeNode | undefined) => {
    for (let at = node; at && tally(at, collapsed(at)); at = at.parent) sumUp(at);
  };

  const unlink = (node: TreeNode) => {
    if (!node.isLinked) return;
    const { parent } = node;
    removeSibling(parent ?? roots, node);
    node.isLinked = false;
    node.parent = undefined;
    tallyUp(parent);
  };

  const link = (node: TreeNode, parent: TreeNode | undefined) => {
    node.isLinked = true;
    node.parent = parent;
    tally(node, collapsed(node));
    addSibling(parent ?? roots, node, compare);
    tallyUp(parent);
  };

  const parentOf = (node: TreeNode): TreeNode | undefined => {
    const key = visibleParent(node.process, source);
    return key === undefined ? undefined : nodes.get(key);
  };

  const create = (process: TreeProcess): TreeNode => {
    const node = createTreeNode(process, isMatch(process));
    nodes.set(process.key, node);
    return node;
  };

  /** Nodes below a process, which may be hidden, with none but hidden ones between. */
  const nodesBelow = (key: string): Set<TreeNode> => {
    const found = new Set<TreeNode>();
    const seen = new Set([key]);
    for (const above of seen)
      for (const child of namedBy.get(above) ?? []) {
        const node = nodes.get(child);
        if (node) found.add(node);
        else seen.add(child);
      }
    return found;
  };

  /** What is asked of a parent may be answered in another way now. */
  const matchChildren = (key: string) => {
    for (const child of namedBy.get(key) ?? []) {
      const node = nodes.get(child);
      if (!node) continue;
      node.isMatch = isMatch(node.process);
      tallyUp(node);
    }
  };

  /** Takes over one process. @param moved gets the nodes that must be hung elsewhere, or among their siblings */
  const take = (key: string, moved: Set<TreeNode>) => {
    const was = known.get(key);
    const now = all.get(key);
    if (was) forget(was);
    if (now) learn(now);
    const node = nodes.get(key);
    const shown = now && !isHidden(now) ? now : undefined;
    const isMoved = was?.parent !== now?.parent;
    if ((node === undefined) !== (shown === undefined) || (isMoved && !shown))
      for (const below of nodesBelow(key)) moved.add(below);
    if (!shown) {
      if (node) unlink(node);
      if (node) moved.delete(node);
      nodes.delete(key);
    } else if (!node) {
      moved.add(create(shown));
    } else {
      if (isMoved || compare(node.process, shown) !== 0) moved.add(node);
      node.process = shown;
      node.isMatch = isMatch(shown);
      tallyUp(node);
    }
    if (was?.binary !== now?.binary || was?.pid !== now?.pid) matchChildren(key);
  };

  /** Hangs it below its parent; false: it is above that itself. */
  const place = (node: TreeNode): boolean => {
    const parent = parentOf(node);
    for (let at = parent; at; at = at.parent) if (at === node) return false;
    link(node, parent);
    return true;
  };

  const begin = (): boolean => {
    for (const process of all.values()) {
      learn(process);
      if (!isHidden(process)) create(process);
    }
    const { order, hasCircles } = parentsFirst([...nodes.values()], parentOf, compare);
    // Each with all that is below it in its place, and nothing above it yet that it would have to be summed up in.
    for (const { node, parent } of order.reverse()) link(node, parent);
    return hasCircles;
  };
  const hasCircles = begin();

  return {
    roots,
    get running() {
      return running;
    },
    get ended() {
      return ended;
    },
    get hasContainers() {
      return contained > 0;
    },
    find: (key) => nodes.get(key),
    renew(keys) {
      if (hasCircles) return false;
      const moved = new Set<TreeNode>();
      for (const key of keys) take(key, moved);
      // All out before the first goes in: what it is compared with must be in order.
      for (const node of moved) unlink(node);
      for (const node of moved) if (!place(node)) return false;
      return true;
    },
    retally: (key) => tallyUp(nodes.get(key)),
  };
}

/** Kernel threads have kernel threads as ancestors, and few of them: more steps mean that the parents are wrong. */
const MAX_HIDDEN_ANCESTORS = 32;

/** The nearest ancestor that is shown: what a hidden kernel thread started stays in view. */
function visibleParent(
  process: TreeProcess,
  { all, isHidden }: Pick<TreeSource, 'all' | 'isHidden'>,
): string | undefined {
  let key = process.parent;
  for (let steps = 0; key !== undefined && steps < MAX_HIDDEN_ANCESTORS; steps++) {
    const parent = all.get(key);
    if (!parent) return undefined;
    if (!isHidden(parent)) return key;
    key = parent.parent;
  }
  return undefined;
}

type Placed = { readonly node: TreeNode; readonly parent: TreeNode | undefined };

/**
 * All nodes, each after its parent. Circles, which wrong parents could make, are opened at their eldest. Without recursion: a chain
 * of processes can be as long as there are process numbers.
 */
function parentsFirst(
  nodes: readonly TreeNode[],
  parentOf: (node: TreeNode) => TreeNode | undefined,
  compare: CompareProcesses,
): { order: Placed[]; hasCircles: boolean } {
  const parents = new Map(nodes.map((node) => [node, parentOf(node)]));
  const children = Map.groupBy(nodes, (node) => parents.get(node));
  const order: Placed[] = [];
  const placed = new Set<TreeNode>();

  const place = (root: TreeNode) => {
    const waiting: Placed[] = [{ node: root, parent: undefined }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { node } = next;
      if (placed.has(node)) continue;
      placed.add(node);
      order.push(next);
      for (const child of children.get(node) ?? []) waiting.push({ node: child, parent: node });
    }
  };

  for (const root of children.get(undefined) ?? []) place(root);
  const hasCircles = placed.size < nodes.length;
  for (const node of nodes)
    if (!placed.has(node)) place(eldestOfCircle(node, (one) => parents.get(one), compare));
  return { order, hasCircles };
}

/** The first, in the order of siblings, of the circle that the node's ancestors end in. */
function eldestOfCircle(
  node: TreeNode,
  parentOf: (node: TreeNode) => TreeNode | undefined,
  compare: CompareProcesses,
): TreeNode {
  const ancestors = new Set<TreeNode>();
  let at = node;
  for (let parent = parentOf(at); parent && !ancestors.has(at); parent = parentOf(at)) {
    ancestors.add(at);
    at = parent;
  }
  let eldest = at;
  const circle = new Set<TreeNode>();
  for (let member = at; !circle.has(member); member = parentOf(member) ?? at) {
    circle.add(member);
    if (compare(member.process, eldest.process) < 0) eldest = member;
  }
  return eldest;
}
