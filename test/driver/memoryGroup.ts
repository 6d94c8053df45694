import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMounts } from '../../src/agent/host/mounts.ts';
import { until } from './until.ts';

/** A cgroup of the test's own that has only so much memory, its programs' share of the kernel's included. */
export type MemoryGroup = {
  /** A command in front of another one, which then runs in it. */
  readonly wrap: readonly string[];
  /** Bytes it takes now: of its programs (`anon`), and in the kernel for them. */
  usage(): { readonly anon: number; readonly all: number };
  limit(bytes: number): void;
  /** What ran in it must have ended. */
  remove(): Promise<void>;
};

/** In the tree of cgroup v1's memory controller where there is one, else in cgroup v2's. */
export function openMemoryGroup(name: string): MemoryGroup {
  const folders = readMounts()
    .filter(({ type }) => type.startsWith('cgroup'))
    .map(({ folder }) => folder);
  const v1 = folders.find((folder) => existsSync(join(folder, 'memory.limit_in_bytes')));
  const v2 = folders.find((folder) => hasMemory(join(folder, 'cgroup.subtree_control')));
  const parent = v1 ?? v2;
  if (parent === undefined) throw new Error('no cgroup with a memory controller');
  const folder = join(parent, `trigon-test-${name}-${process.pid}`);
  mkdirSync(folder);
  const [current, limit] = v1
    ? ['memory.usage_in_bytes', 'memory.limit_in_bytes']
    : ['memory.current', 'memory.max'];
  const read = (file: string) => readFileSync(join(folder, file), 'latin1');
  return {
    wrap: ['/bin/sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder],
    usage() {
      const anon = /^(?:rss|anon) (\d+)$/m.exec(read('memory.stat'))?.[1];
      const file = /^(?:cache|file) (\d+)$/m.exec(read('memory.stat'))?.[1];
      // Pages of files are given back when there is no room.
      return { anon: Number(anon), all: Number(read(current ?? '')) - Number(file) };
    },
    limit: (bytes) => writeFileSync(join(folder, limit ?? ''), String(bytes)),
    async remove() {
      const removed = await until(() => {
        try {
          rmdirSync(folder);
          return true;
        } catch {
          return false;
        }
      });
      if (!removed) throw new Error(`${folder} can't be removed`);
    },
  };
}

function hasMemory(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'latin1').split(/\s/).includes('memory');
}
