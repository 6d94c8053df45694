import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFilesystem } from '../bpf/addon.ts';
import { findMount, type Mount } from './mounts.ts';

/** A folder of tracefs or securityfs, mounted on this host or opened just for us. */
export type KernelFiles = {
  /** Where it is mounted; undefined: nowhere, it was opened without mounting it for anybody. */
  mountedAt: string | undefined;
  folder: string;
};

/**
 * Runs `work` with the filesystem's folder, also where nobody has mounted it: its files exist all the same, and root can open
 * them. Undefined goes to `work` when there is no way to read it.
 */
export function withKernelFiles<T>(
  type: 'tracefs' | 'securityfs',
  mounts: readonly Mount[],
  work: (files: KernelFiles | undefined) => T,
): T {
  const mounted = findMount(mounts, type)?.folder;
  if (mounted !== undefined) return work({ mountedAt: mounted, folder: mounted });
  const root = tryOpen(type);
  if (root === undefined) return work(undefined);
  try {
    return work({ mountedAt: undefined, folder: `/proc/self/fd/${root}` });
  } finally {
    closeSync(root);
  }
}

/** Without CAP_SYS_ADMIN, or without the addon, it can't be done: then what the files say stays unknown. */
function tryOpen(type: string): number | undefined {
  try {
    return openFilesystem(type);
  } catch {
    return undefined;
  }
}

/** A file's text without the newline at its end, or undefined where it can't be read. */
export function readText(...path: string[]): string | undefined {
  try {
    return readFileSync(join(...path), 'utf8').trimEnd();
  } catch {
    return undefined;
  }
}
