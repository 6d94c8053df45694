import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { readStat } from '../procfs.ts';
import type { HostFacts } from './facts.ts';
import { no, type Outcome, unknown } from './report.ts';

/**
 * Runs `work` with an empty cgroup of its own, where an attached program can meet no process, and removes it. Without one,
 * `work` gets the reason why.
 */
export function withEmptyCgroup<T>(
  facts: HostFacts,
  work: (folder: string | undefined, reason: Outcome) => T,
): T {
  const parent = facts.cgroup.v2;
  if (parent === undefined)
    return work(
      undefined,
      no(
        'cgroup v2 is not mounted, and programs attach to nothing else',
        'boot with systemd.unified_cgroup_hierarchy=1, or mount cgroup2',
      ),
    );
  removeLeftOvers(parent.folder);
  const folder = join(parent.folder, `${PREFIX}${process.pid}`);
  try {
    mkdirSync(folder);
  } catch (error) {
    return work(
      undefined,
      unknown(
        `not probed: can't make a cgroup for it in ${parent.folder} (${codeOf(error)})`,
        'run it as root',
      ),
    );
  }
  try {
    return work(folder, no(''));
  } finally {
    rmdirSync(folder);
  }
}

const PREFIX = 'trigon-doctor-';

/** Empty cgroups of those who were killed in the middle of it. */
function removeLeftOvers(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(parent, name);
    try {
      if (!isInUse(folder, Number(name.slice(PREFIX.length)))) rmdirSync(folder);
    } catch {
      // Somebody else removed it, or put processes into it.
    }
  }
}

/** Its maker is there, and not another process with that number, which is younger than the cgroup. */
function isInUse(folder: string, maker: number): boolean {
  const ticks = readStat(maker)?.startTicks;
  if (ticks === undefined) return false;
  const started = Date.now() - (uptime() - ticks / 100) * 1000;
  return started <= statSync(folder).ctimeMs;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
