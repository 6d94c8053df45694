import { existsSync } from 'node:fs';
import type { BpfMap } from '../bpf/addon.ts';
import { readU32 } from '../bytes.ts';

/** struct pending_key of bpf/pending.h: the thread, then the hook (and which of a call’s accesses). */
const KEY = { tid: 0, hook: 4 } as const;

const numberAt = (key: Uint8Array, at: number): number => readU32(key.subarray(at, at + 4));

/** Takes out the calls that were waited for by hooks which are gone: their numbers will mean others. */
export function forgetHooks(pending: BpfMap, hooks: ReadonlySet<number>): void {
  for (const key of pending.keys()) if (hooks.has(numberAt(key, KEY.hook))) pending.delete(key);
}

/** Takes out the calls of threads that have ended: a call of theirs never returns. */
export function sweepPending(pending: BpfMap): void {
  for (const key of pending.keys())
    if (!existsSync(`/proc/${numberAt(key, KEY.tid)}`)) pending.delete(key);
}
