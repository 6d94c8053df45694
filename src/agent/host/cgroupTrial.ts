import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
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
  const folder = join(parent.folder, `trigon-doctor-${process.pid}`);
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

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
