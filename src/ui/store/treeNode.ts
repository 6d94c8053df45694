import type { TreeProcess } from '../../agent/messages.ts';

/** Of a process and all below it in the tree; of several of these together. Without those that the filter hides. */
export type TreeSums = {
  /** Rows as they are shown: none for what a collapsed one stands for. */
  rows: number;
  /** Processes, those in collapsed rows included. */
  processes: number;
  /** Those that pass the filter; without one all do. */
  matches: number;
  hits: number;
  kills: number;
};

/** A process in its place among its siblings, who are kept in a treap: see siblings.ts. */
export type TreeNode = Family & {
  process: TreeProcess;
  isMatch: boolean;
  /** It hangs in the tree: under a parent, or as a root. */
  isLinked: boolean;
  parent: TreeNode | undefined;
  /** Of this process and all below it. */
  readonly own: TreeSums;
  left: TreeNode | undefined;
  right: TreeNode | undefined;
  up: TreeNode | undefined;
  readonly priority: number;
  /** Of this one and the siblings that hang under it in the treap. */
  readonly sum: TreeSums;
};

/** Siblings: the children of a process, or the roots. */
export type Family = {
  /** The top of their treap. */
  children: TreeNode | undefined;
};

export type CompareProcesses = (a: TreeProcess, b: TreeProcess) => number;

export const createTreeNode = (process: TreeProcess, isMatch: boolean): TreeNode => ({
  ...{ process, isMatch, isLinked: false, parent: undefined, own: zero(), children: undefined },
  ...{ left: undefined, right: undefined, up: undefined, priority: Math.random(), sum: zero() },
});

const zero = (): TreeSums => ({ rows: 0, processes: 0, matches: 0, hits: 0, kills: 0 });

/** What there is of no process at all. */
export const NO_SUMS: Readonly<TreeSums> = zero();

/** Works out `own` from the process and its children. @returns whether it is another than before */
export function tally(node: TreeNode, isCollapsed: boolean): boolean {
  const { own, process } = node;
  const below = node.children?.sum ?? NO_SUMS;
  const { rows, processes, matches, hits, kills } = own;
  own.matches = below.matches + (node.isMatch ? 1 : 0);
  // Without a match in it or below it the filter hides it, and what is below it just so.
  const isShown = own.matches > 0;
  own.rows = isShown ? 1 + (isCollapsed ? 0 : below.rows) : 0;
  own.processes = isShown ? 1 + below.processes : 0;
  own.hits = isShown ? process.hits + below.hits : 0;
  own.kills = isShown ? process.kills + below.kills : 0;
  return (
    own.rows !== rows ||
    own.processes !== processes ||
    own.matches !== matches ||
    own.hits !== hits ||
    own.kills !== kills
  );
}
