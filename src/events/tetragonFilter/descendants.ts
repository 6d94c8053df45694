/** A process that runs already. */
export type RunningProcess = { readonly pid: number; readonly parent: number };

/** Processes and all that descend from them, as they come and go. */
export type Descendants = {
  has(pid: number): boolean;
  /** The processes that run already, in any order. */
  start(processes: readonly RunningProcess[]): void;
  /** Every new process. */
  onFork(pid: number, creator: number): void;
  onExit(pid: number): void;
};

/**
 * @param pids of their first ancestors, which may not run yet. When one of them ends it is still meant: whoever gets its number
 * next counts again.
 */
export function createDescendants(pids: readonly number[]): Descendants {
  const roots = new Set(pids);
  const members = new Set(pids);
  return {
    has: (pid) => members.has(pid),
    start(processes) {
      const children = Map.groupBy(processes, ({ parent }) => parent);
      const pending = [...roots];
      for (let pid = pending.pop(); pid !== undefined; pid = pending.pop())
        for (const child of children.get(pid) ?? []) {
          if (members.has(child.pid)) continue;
          members.add(child.pid);
          pending.push(child.pid);
        }
    },
    onFork(pid, creator) {
      if (members.has(creator)) members.add(pid);
      // The number of one that ended unseen is another's now.
      else if (!roots.has(pid)) members.delete(pid);
    },
    onExit(pid) {
      if (!roots.has(pid)) members.delete(pid);
    },
  };
}
