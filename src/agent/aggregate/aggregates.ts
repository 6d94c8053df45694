import type { BinaryProfile, BlastRadius, FromAgent, Topic } from '../messages.ts';
import type { EngineHook } from '../policies/engine.ts';
import type { ProcessEntry } from '../processTable.ts';
import { createAlerts, type Sighting } from './alerts.ts';
import { type Binaries, createBinaries } from './binaries.ts';
import { createBlast } from './blast.ts';
import { type BlastQuestion, blastRadius } from './blastRadius.ts';
import type { PolicyHit, RecordHit } from './hit.ts';
import { createProcessTree, type Now, type ProcessTree, type ReadStat } from './tree.ts';
import { difference, isNothing, NOTHING_UNTOLD } from './untold.ts';

/** The process tree, the counters of binaries and the alerts, kept from every event, and sent to a screen that shows them. */
export type Aggregates = Pick<ProcessTree & Binaries, 'found' | 'forked' | 'executed'> &
  Pick<Binaries, 'exited' | 'untold'> & {
    vanished: ProcessTree['vanished'];
    hit(pid: number, entry: ProcessEntry | undefined, hit: RecordHit): void;
    /** The same of a policy event that others told of. */
    toldHit(number: number, entry: ProcessEntry, hit: PolicyHit, sighting: Sighting): void;
    /** Whom arming a policy would hit. */
    blastRadius(question: BlastQuestion): BlastRadius;
    /** What is known of a program; undefined: nothing (any more). */
    profile(binary: string): BinaryProfile | undefined;
    /**
     * From now on only these topics are sent; those that weren't before go out whole at once. So do those of `again`, after what
     * has changed of them: somebody else watches them too.
     */
    watch(topics: readonly Topic[], again?: readonly Topic[]): void;
    /** Sends what changed in the watched topics. */
    send(): void;
    /** Sends the watched topics whole: somebody has set the clock, and their times of day are others now. */
    followClock(): void;
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
  let toldOthers = NOTHING_UNTOLD;

  const sendWhole = (topic: Topic, moment: Now) => {
    const common = { reset: true, removed: [] };
    if (topic === 'tree') tell({ type: topic, ...common, changed: tree.all(moment) });
    else if (topic === 'binaries') {
      toldOthers = binaries.untold.others();
      tell({ type: topic, ...common, changed: binaries.all(moment), others: toldOthers });
    } else tell({ type: topic, ...common, changed: alerts.all(moment) });
  };

  const sendChanges = (topic: Topic, moment: Now) => {
    const common = { reset: false };
    if (topic === 'tree') {
      const changes = tree.take(moment);
      if (isAny(changes)) tell({ type: topic, ...common, ...changes });
    } else if (topic === 'binaries') {
      const changes = binaries.take(moment);
      const others = binaries.untold.others();
      const isNew = !isNothing(difference(others, toldOthers));
      toldOthers = others;
      if (isNew) tell({ type: topic, ...common, ...changes, others });
      else if (isAny(changes)) tell({ type: topic, ...common, ...changes });
    } else {
      const changes = alerts.take(moment);
      if (isAny(changes)) tell({ type: topic, ...common, ...changes });
    }
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
    untold: binaries.untold,
    exited(pid, entry, time, code, record) {
      tree.exited(pid, time, code);
      binaries.exited(pid, entry, time, code, record);
    },
    vanished(pid, time) {
      tree.vanished(pid, time);
      binaries.vanished(pid);
    },
    hit(pid, entry, hit) {
      tree.hit(pid, hit);
      binaries.hit(entry, hit, alerts.hit(hit, entry), hit.record);
      blast.hit(hit, entry);
    },
    toldHit(number, entry, hit, sighting) {
      tree.hit(number, hit);
      binaries.hit(entry, hit, alerts.told(sighting, entry));
    },
    blastRadius: (question) => blastRadius(blast, question, now()),
    profile: (binary) => binaries.profile(binary, now()),
    watch(topics, again = []) {
      const before = watched;
      watched = new Set(topics);
      const moment = now();
      for (const topic of again) sendChanges(topic, moment);
      for (const topic of watched)
        if (!before.has(topic) || again.includes(topic)) sendWhole(topic, moment);
    },
    send() {
      const moment = now();
      for (const topic of watched) sendChanges(topic, moment);
    },
    followClock() {
      const moment = now();
      for (const topic of watched) sendWhole(topic, moment);
    },
  };
}

const isAny = ({ changed, removed }: { changed: unknown[]; removed: unknown[] }): boolean =>
  changed.length > 0 || removed.length > 0;
