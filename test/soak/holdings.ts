import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { listPids, readStat } from '../../src/agent/procfs.ts';

/** What a process holds at a moment. */
export type Holdings = {
  readonly programs: number;
  readonly maps: number;
  readonly links: number;
  readonly perfEvents: number;
  /** All others: files, sockets, pipes, timers. */
  readonly descriptors: number;
  readonly threads: number;
  readonly children: number;
  /** Of its maps, by the kernel's own account (`memlock` in fdinfo). */
  readonly mapBytes: number;
};

/** Their ids in the kernel, as `prog:12`, `map:3`, `link:4`. */
export type Held = { readonly holdings: Holdings; readonly ids: readonly string[] };

/** @throws when the process is gone */
export function holdingsOf(pid: number): Held {
  const ids = new Set<string>();
  const kinds = { prog: 0, map: 0, link: 0, perf: 0, other: 0 };
  let mapBytes = 0;
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    const target = readOr(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
    if (target === undefined) continue;
    const kind = kindOf(target);
    if (kind === 'perf' || kind === 'other') {
      kinds[kind] += 1;
      continue;
    }
    const info = readOr(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? '';
    const id = new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm').exec(info)?.[1];
    // Two descriptors of one object hold it once.
    if (id === undefined || ids.has(`${kind}:${id}`)) continue;
    ids.add(`${kind}:${id}`);
    kinds[kind] += 1;
    if (kind === 'map') mapBytes += Number(/^memlock:\s*(\d+)/m.exec(info)?.[1] ?? 0);
  }
  return {
    holdings: {
      programs: kinds.prog,
      maps: kinds.map,
      links: kinds.link,
      perfEvents: kinds.perf,
      descriptors: kinds.other,
      threads: readdirSync(`/proc/${pid}/task`).length,
      children: childrenOf(pid),
      mapBytes,
    },
    ids: [...ids],
  };
}

function kindOf(target: string): 'prog' | 'map' | 'link' | 'perf' | 'other' {
  const bpf = /^anon_inode:\[?bpf[-_](prog|map|link)/.exec(target)?.[1];
  if (bpf === 'prog' || bpf === 'map' || bpf === 'link') return bpf;
  return target.includes('perf_event') ? 'perf' : 'other';
}

const childrenOf = (pid: number): number =>
  listPids().filter((each) => readStat(each)?.parent === pid).length;

/** Undefined when it went away meanwhile. */
function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Files below a folder, by their paths in it. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));

/** Names that anybody's pinned objects have in the kernel's own file system. */
export function pinnedObjects(): string[] {
  return readOr(() => filesBelow('/sys/fs/bpf')) ?? [];
}
