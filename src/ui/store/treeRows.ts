import type { TreeProcess } from '../../agent/messages.ts';
import { firstShown, nextShown, rowsBefore, siblingAt } from './siblings.ts';
import { type Family, NO_SUMS, type TreeNode } from './treeNode.ts';

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
  readonly hidden: number;
  /** Policy events and kills, those of hidden processes included. */
  readonly hits: number;
  readonly kills: number;
};

/** Of the process with this key. */
export type IsCollapsed = (key: string) => boolean;

/** Rows from top to bottom: `from`, and those after it up to `to`, which is left out. What is above and below them costs nothing. */
export function rowsBetween(
  roots: Family,
  from: number,
  to: number,
  isCollapsed: IsCollapsed,
): TreeRow[] {
  const made = new Map<TreeNode, TreeRow>();
  const make = (node: TreeNode): TreeRow => {
    const row = makeRow(node, node.parent && made.get(node.parent), isCollapsed);
    if (row.hasChildren) made.set(node, row);
    return row;
  };
  const first = nodeAt(roots, from);
  for (const ancestor of ancestorsOf(first).reverse()) make(ancestor);
  const rows: TreeRow[] = [];
  for (let at = first; at && from + rows.length < to; at = nextNode(at, isCollapsed))
    rows.push(make(at));
  return rows;
}

/** Number of the row that shows a process, or that stands for it; undefined: the filter hides it. */
export function rowNumber(node: TreeNode, isCollapsed: IsCollapsed): number | undefined {
  if (node.own.rows === 0) return undefined;
  let number = rowsBefore(node);
  // In a collapsed one it is the number of that one.
  for (const ancestor of ancestorsOf(node))
    number = rowsBefore(ancestor) + (isCollapsed(ancestor.process.key) ? 0 : number + 1);
  return number;
}

/** All processes in the order of the rows, those in collapsed ones included. */
export function* inOrder(roots: Family): Iterable<TreeProcess> {
  for (let at = firstShown(roots); at; at = nextNode(at, () => false)) yield at.process;
}

function nodeAt(roots: Family, number: number): TreeNode | undefined {
  let found = siblingAt(roots, number);
  while (found && found.row > 0) found = siblingAt(found.node, found.row - 1);
  return found?.node;
}

/** The one in the row below. */
function nextNode(node: TreeNode, isCollapsed: IsCollapsed): TreeNode | undefined {
  const first = isCollapsed(node.process.key) ? undefined : firstShown(node);
  if (first) return first;
  for (let at: TreeNode | undefined = node; at; at = at.parent) {
    const next = nextShown(at);
    if (next) return next;
  }
  return undefined;
}

/** The nearest first. */
function ancestorsOf(node: TreeNode | undefined): TreeNode[] {
  const ancestors: TreeNode[] = [];
  for (let at = node?.parent; at; at = at.parent) ancestors.push(at);
  return ancestors;
}

function makeRow(node: TreeNode, above: TreeRow | undefined, isCollapsed: IsCollapsed): TreeRow {
  const { process, own, isMatch } = node;
  const hasChildren = (node.children?.sum ?? NO_SUMS).rows > 0;
  const stands = hasChildren && isCollapsed(process.key);
  return {
    process,
    above,
    isLast: !above || !nextShown(node),
    hasChildren,
    isCollapsed: stands,
    isMatch,
    hidden: stands ? own.processes - 1 : 0,
    hits: stands ? own.hits : process.hits,
    kills: stands ? own.kills : process.kills,
  };
}
