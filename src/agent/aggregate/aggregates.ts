import type { BinaryProfile, BlastRadius, FromAgent, Topic } from '../messages.ts';
import type { EngineHook } from '../policies/engine.ts';
import type { ProcessEntry } from '../processTable.ts';
import { createAlerts } from './alerts.ts';
import { type Binaries, createBinaries } from './binaries.ts';
import { createBlast } from './blast.ts';
import { type BlastQuestion, blastRadius } from './blastRadius.ts';
import type { PolicyHit } from './hit.ts';
import { createProcessTree, type Now, type ProcessTree, type ReadStat } from './tree.ts';

/** The process tree, the counters of binaries and the alerts, kept from every event, and sent to a screen that shows them. */
export type Aggregates = Pick<ProcessTree & Binaries, 'found' | 'forked' | 'executed'> &
  Pick<Binaries, 'exited'> & {
    vanished: ProcessTree['vanished'];
    /** @param record the policy record that the hit was read from */
    hit(pid: number, entry: ProcessEntry | undefined, hit: PolicyHit, record: DataView): void;
    /** Whom arming a policy would hit. */
    blastRadius(question: BlastQuestion): BlastRadius;
    /** What is known of a program; undefined: nothing (any more). */
    profile(binary: string): BinaryProfile | undefined;
    /** From now on only these topics are sent; those that weren't before go out whole at once. */
    watch(topics: readonly Topic[]): void;
    /** Sends what changed in the watched topics. */
    send(): void;
  };

export function createAggregates(
  tell: (message: FromAgent) => void,
  now: () => Now,
  readStat: ReadStat,
  findHook: (hook: number) => EngineHook | undefined,
): Aggregates {
  const tree = createProcessTree(readStat);
  const binaries = createBinaries();
  const alerts = createAlerts(findHook);
  const blast = createBlast(findHook);
  let watched: ReadonlySet<Topic> = new Set();

  const reset = (topic: Topic) => {
    const common = { reset: true, removed: [] };
    if (topic === 'tree') tell({ type: topic, ...common, changed: tree.all(now()) });
    else if (topic === 'binaries') tell({ type: topic, ...common, changed: binaries.all(now()) });
    else tell({ type: topic, ...common, changed: alerts.all(now()) });
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
    hit(pid, entry, hit, record) {
      tree.hit(pid, hit);
      binaries.hit(entry, hit, alerts.hit(record, entry));
      blast.hit(record, entry);
    },
    blastRadius: (question) => blastRadius(blast, question, now()),
    profile: (binary) => binaries.profile(binary, now()),
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
      if (watched.has('alerts')) {
        const changes = alerts.take(now());
        if (isAny(changes)) tell({ type: 'alerts', reset: false, ...changes });
      }
    },
  };
}

const isAny = ({ changed, removed }: { changed: unknown[]; removed: unknown[] }): boolean =>
  changed.length > 0 || removed.length > 0;
