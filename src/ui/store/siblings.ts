import { type CompareProcesses, type Family, NO_SUMS, type TreeNode } from './treeNode.ts';

/**
 * Siblings in their order, as a treap: a binary search tree that random priorities keep flat, so that whatever is done to one of n
 * siblings takes about log n steps. Each node has the sums of those under it: the row with a number is found without counting all.
 * Only putting one in compares; whoever's place in the order changes is taken out, and put in again when nobody else's will.
 */
export function addSibling(family: Family, node: TreeNode, compare: CompareProcesses): void {
  let up: TreeNode | undefined;
  let isLeft = false;
  for (let at = family.children; at; at = isLeft ? at.left : at.right) {
    up = at;
    isLeft = compare(node.process, at.process) < 0;
  }
  node.up = up;
  if (!up) family.children = node;
  else if (isLeft) up.left = node;
  else up.right = node;
  while (node.up && node.priority > node.up.priority) rotateUp(family, node, node.up);
  sumUp(node);
}

export function removeSibling(family: Family, node: TreeNode): void {
  const { up } = node;
  replace(family, node, join(node.left, node.right));
  node.left = undefined;
  node.right = undefined;
  node.up = undefined;
  sum(node);
  if (up) sumUp(up);
}

/** After `own` of a node has changed. */
export function sumUp(node: TreeNode): void {
  for (let at: TreeNode | undefined = node; at; at = at.up) sum(at);
}

/** Rows of the siblings before a node, and of what is below these. */
export function rowsBefore(node: TreeNode): number {
  let rows = node.left?.sum.rows ?? 0;
  for (let at = node; at.up; at = at.up)
    if (at.up.right === at) rows += at.up.own.rows + (at.up.left?.sum.rows ?? 0);
  return rows;
}

/** The sibling in whose rows one lies, and its number among these; undefined: there are not so many. */
export function siblingAt(
  { children }: Family,
  row: number,
): { node: TreeNode; row: number } | undefined {
  let left = row;
  for (let at = children; at; ) {
    const before = at.left?.sum.rows ?? 0;
    if (left < before) {
      at = at.left;
      continue;
    }
    left -= before;
    if (left < at.own.rows) return { node: at, row: left };
    left -= at.own.rows;
    at = at.right;
  }
  return undefined;
}

/** The first that the filter doesn't hide. */
export const firstShown = ({ children }: Family): TreeNode | undefined => firstUnder(children);

/** The next sibling that the filter doesn't hide. */
export function nextShown(node: TreeNode): TreeNode | undefined {
  const under = firstUnder(node.right);
  if (under) return under;
  for (let at = node; at.up; at = at.up) {
    if (at.up.left !== at) continue;
    if (at.up.own.rows > 0) return at.up;
    const beside = firstUnder(at.up.right);
    if (beside) return beside;
  }
  return undefined;
}

function firstUnder(top: TreeNode | undefined): TreeNode | undefined {
  for (let at = top; at && at.sum.rows > 0; ) {
    if (at.left && at.left.sum.rows > 0) at = at.left;
    else if (at.own.rows > 0) return at;
    else at = at.right;
  }
  return undefined;
}

function rotateUp(family: Family, node: TreeNode, up: TreeNode): void {
  replace(family, up, node);
  if (up.left === node) {
    up.left = node.right;
    if (up.left) up.left.up = up;
    node.right = up;
  } else {
    up.right = node.left;
    if (up.right) up.right.up = up;
    node.left = up;
  }
  up.up = node;
  sum(up);
}

/** Another takes a node's place under the one above it. */
function replace(family: Family, node: TreeNode, by: TreeNode | undefined): void {
  const { up } = node;
  if (by) by.up = up;
  if (!up) family.children = by;
  else if (up.left === node) up.left = by;
  else up.right = by;
}

/** One treap of two, of which all of the first come before all of the second. */
function join(first: TreeNode | undefined, second: TreeNode | undefined): TreeNode | undefined {
  if (!first || !second) return first ?? second;
  if (first.priority > second.priority) {
    first.right = join(first.right, second);
    if (first.right) first.right.up = first;
    sum(first);
    return first;
  }
  second.left = join(first, second.left);
  if (second.left) second.left.up = second;
  sum(second);
  return second;
}

function sum(node: TreeNode): void {
  const { own } = node;
  const left = node.left?.sum ?? NO_SUMS;
  const right = node.right?.sum ?? NO_SUMS;
  node.sum.rows = left.rows + own.rows + right.rows;
  node.sum.processes = left.processes + own.processes + right.processes;
  node.sum.matches = left.matches + own.matches + right.matches;
  node.sum.hits = left.hits + own.hits + right.hits;
  node.sum.kills = left.kills + own.kills + right.kills;
}
