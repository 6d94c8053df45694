import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { findMount, readMounts } from '../../src/agent/host/mounts.ts';
import { run } from './command.ts';
import { until } from './until.ts';

/** Cgroups of the test's own, named as container runtimes name theirs. */
export type Cgroups = {
  /** Makes one. @returns its folder */
  make(name: string): string;
  /** Removes one, or all and the folder that they are in; waits until what ran in it is collected. */
  remove(folder?: string): Promise<void>;
};

export function openCgroups(name: string): Cgroups {
  const tree = findMount(readMounts(), 'cgroup2')?.folder;
  if (tree === undefined) throw new Error('no cgroup v2 tree');
  const root = join(tree, `trigon-test-${name}-${process.pid}`);
  mkdirSync(root);
  const made = new Set<string>();
  const removeOne = async (folder: string) => {
    if (!(await until(() => isRemoved(folder)))) throw new Error(`${folder} can't be removed`);
    made.delete(folder);
  };
  return {
    make(child) {
      const folder = join(root, child);
      mkdirSync(folder);
      made.add(folder);
      return folder;
    },
    async remove(folder) {
      if (folder !== undefined) return removeOne(folder);
      for (const one of [...made]) await removeOne(one);
      await removeOne(root);
    },
  };
}

function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** The shell moves itself into the cgroup, and becomes the command. */
export const inCgroup = (cgroup: string, command: readonly string[]): string[] => [
  ...['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', cgroup],
  ...command,
];

export const runIn = (cgroup: string, ...command: string[]) =>
  run('/bin/sh', inCgroup(cgroup, command));
