import type { FromAgent, Topic } from '../messages.ts';
import { type Binaries, createBinaries } from './binaries.ts';
import { createProcessTree, type Now, type ProcessTree, type ReadStat } from './tree.ts';

/** The process tree and the counters of binaries, kept from every event, and sent to a screen that shows them. */
export type Aggregates = Pick<ProcessTree & Binaries, 'found' | 'forked' | 'executed'> &
  Pick<Binaries, 'exited'> & {
    vanished: ProcessTree['vanished'];
    hit(pid: number, ...rest: Parameters<Binaries['hit']>): void;
    /** From now on only these topics are sent; those that weren't before go out whole at once. */
    watch(topics: readonly Topic[]): void;
    /** Sends what changed in the watched topics. */
    send(): void;
  };

export function createAggregates(
  tell: (message: FromAgent) => void,
  now: () => Now,
  readStat: ReadStat,
): Aggregates {
  const tree = createProcessTree(readStat);
  const binaries = createBinaries();
  let watched: ReadonlySet<Topic> = new Set();

  const reset = (topic: Topic) => {
    const common = { reset: true, removed: [] };
    if (topic === 'tree') tell({ type: topic, ...common, changed: tree.all(now()) });
    else if (topic === 'binaries') tell({ type: topic, ...common, changed: binaries.all(now()) });
  };

  return {
    found(entry) {
      tree.found(entry);
      binaries.found(entry);
    },
    forked(entry) {
      tree.forked(entry);
      binaries.forked(entry);
    },
    executed(entry) {
      tree.executed(entry);
      binaries.executed(entry);
    },
    exited(pid, entry, time, code) {
      tree.exited(pid, time, code);
      binaries.exited(pid, entry, time, code);
    },
    vanished(pid, time) {
      tree.vanished(pid, time);
      binaries.vanished(pid);
    },
    hit(pid, entry, hit) {
      tree.hit(pid, hit);
      binaries.hit(entry, hit);
    },
    watch(topics) {
      const before = watched;
      watched = new Set(topics);
      for (const topic of watched) if (!before.has(topic)) reset(topic);
    },
    send() {
      if (watched.has('tree')) {
        const changes = tree.take(now());
        if (isAny(changes)) tell({ type: 'tree', reset: false, ...changes });
      }
      if (watched.has('binaries')) {
        const changes = binaries.take(now());
        if (isAny(changes)) tell({ type: 'binaries', reset: false, ...changes });
      }
    },
  };
}

const isAny = ({ changed, removed }: { changed: unknown[]; removed: unknown[] }): boolean =>
  changed.length > 0 || removed.length > 0;
