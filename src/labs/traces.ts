import { PACKED_KIND, type PackedEvent } from '../events/wire/packed.ts';

/** Tells which events are about an attack: about its first process, or one that descends from a process seen so far. */
export type Traces = {
  /** Events must come in their order. */
  isOurs(event: Pick<PackedEvent, 'kind' | 'tgid' | 'parentTgid'>): boolean;
  /** Its first process has ended, and that ends all others before: nothing more will come. */
  readonly areComplete: boolean;
};

/** @param root the attack's first process */
export function createTraces(root: number): Traces {
  const pids = new Set([root]);
  let areComplete = false;
  return {
    get areComplete() {
      return areComplete;
    },
    isOurs({ kind, tgid, parentTgid }) {
      if (!pids.has(tgid) && !pids.has(parentTgid)) return false;
      pids.add(tgid);
      areComplete ||= kind === PACKED_KIND.exit && tgid === root;
      return true;
    },
  };
}
