import { tg_outcome as OUTCOME } from '../../generated/layouts.ts';
import type { AlertGroup } from '../messages.ts';
import type { EngineHook } from '../policies/engine.ts';
import type { ProcessEntry } from '../processTable.ts';
import { hashText, mix, SEED } from './hash.ts';
import { createHashTable } from './hashTable.ts';
import { type HitSubject, type HitTarget, type RecordHit, subjectAt } from './hit.ts';
import { binaryHashOf, binaryOf, runsInKernel, uidOf } from './program.ts';
import { createRecency } from './recency.ts';
import { countIn, createSlots, recentCounts, type Slots, sumRecent } from './slots.ts';
import { findTarget, readTarget } from './target.ts';
import {
  createTargetKey,
  hashKey,
  isSameKey,
  keepKey,
  keyOfText,
  readTargetKey,
  type TargetKey,
} from './targetKey.ts';
import type { Changes, Now } from './tree.ts';

/** Groups kept. Beyond, the least recently seen one goes. */
export const MAX_GROUPS = 2000;

const SLOT_NS = 10_000_000_000;
/** A minute. */
const SLOTS = 6;

/**
 * Policy events by policy, binary and target: however many there are, one row. Policies of one name are one, so that a policy
 * that is loaded anew, or gone, keeps its rows. What kernel threads do is no event.
 */
export type Alerts = {
  /**
   * @param entry undefined when lost records leave open whose it is
   * @returns what it is about, the same text for all events of a row; undefined: it is no event
   */
  hit(hit: RecordHit, entry: ProcessEntry | undefined): HitTarget | undefined;
  /** The same of an event that others told of. */
  told(sighting: Sighting, entry: ProcessEntry | undefined): HitTarget;
  /** What changed since the last `take` or `all`. */
  take(now: Now): Changes<AlertGroup>;
  /** Everything there is. */
  all(now: Now): AlertGroup[];
};

/** What alerts need of a policy event. */
export type Sighting = {
  readonly policy: string;
  /** Tells its target from others of the same policy. */
  readonly key: string;
  /** Boot clock ns. */
  readonly time: number;
  readonly pid: number;
  readonly outcome: SightingOutcome | undefined;
  readonly hook: HookWords | undefined;
  /** What it is about: asked for the first of a row only. */
  readonly about: () => Pick<HitTarget, 'target' | 'subject'>;
};

/** Counters of a row. */
export type SightingOutcome = 'killed' | 'denied' | 'wouldAct' | 'spared';

/** What a row says of the hook of its latest event. */
type HookWords = Pick<EngineHook, 'severity' | 'call'> & {
  readonly names?: { readonly message?: string | undefined } | undefined;
};

/** A row in the making. Times are boot clock ns. */
type Group = Counted & {
  readonly hash: number;
  nextAlike: Group | undefined;
  /** With policy and binary: what its events are known by. */
  readonly about: TargetKey;
  readonly subject: HitSubject | undefined;
  /** Of the latest event: it has the names. */
  hook: HookWords | undefined;
  readonly slots: Slots;
  /** Somebody has its row, and what the rate in it is. */
  told: boolean;
  toldRate: number;
  older: Group | undefined;
  newer: Group | undefined;
};

type Counted = Omit<AlertGroup, 'severity' | 'call' | 'message' | 'perMinute' | 'trend'>;

/** @param hashOf a hash of 32 bits: of what is alike the same */
export function createAlerts(
  findHook: (hook: number) => EngineHook | undefined,
  hashOf: (policy: number, binary: number, key: TargetKey) => number = hashAll,
): Alerts {
  const groups = createHashTable<Group>();
  const order = createRecency<Group>();
  const dirty = new Set<Group>();
  /** Of the event at hand. */
  const wanted = createTargetKey();
  const policyHashes = createLastHash();
  let removed: string[] = [];
  let made = 0;

  const find = (policy: string, binary: string, key: TargetKey, hash: number) => {
    let group = groups.first(hash);
    while (
      group &&
      !(group.policy === policy && group.binary === binary && isSameKey(group.about, key))
    )
      group = group.nextAlike;
    return group;
  };

  const hashFor = (policy: string, entry: ProcessEntry | undefined, key: TargetKey): number =>
    hashOf(policyHashes(policy), binaryHashOf(entry?.program), key);

  const create = (
    known: Pick<Group, 'hash' | 'policy' | 'binary' | 'about' | 'target' | 'subject'>,
    time: number,
  ) => {
    made += 1;
    const group: Group = {
      ...known,
      ...{ nextAlike: undefined, key: String(made), hook: undefined, pid: 0, uid: 0 },
      ...{ count: 0, killed: 0, denied: 0, wouldAct: 0, spared: 0 },
      ...{ firstSeen: time, lastSeen: time, slots: createSlots(SLOTS) },
      ...{ told: false, toldRate: 0, older: undefined, newer: undefined },
    };
    groups.add(group);
    if (groups.size > MAX_GROUPS && order.oldest) remove(order.oldest);
    return group;
  };

  const remove = (group: Group) => {
    groups.remove(group);
    order.remove(group);
    dirty.delete(group);
    if (group.told) removed.push(group.key);
  };

  const row = (group: Group, slot: number, { bootToWall }: Now): AlertGroup => {
    const { hook, policy, binary, target, count, killed, denied, wouldAct, spared, pid, uid } =
      group;
    const trend = recentCounts(group.slots, slot, SLOTS);
    group.told = true;
    group.toldRate = trend.reduce((sum, part) => sum + part, 0);
    const toWall = Number(bootToWall);
    return {
      key: group.key,
      policy,
      severity: hook?.severity,
      ...{ binary, target, call: hook?.call ?? '', message: hook?.names?.message ?? '' },
      ...{ count, killed, denied, wouldAct, spared, perMinute: group.toldRate, trend },
      firstSeen: milliseconds(group.firstSeen + toWall),
      lastSeen: milliseconds(group.lastSeen + toWall),
      ...{ pid, uid },
    };
  };

  const count = (
    group: Group,
    { time, pid }: Pick<Sighting, 'time' | 'pid'>,
    hook: HookWords | undefined,
    outcome: SightingOutcome | undefined,
    entry: ProcessEntry | undefined,
  ) => {
    group.count += 1;
    if (outcome) group[outcome] += 1;
    group.hook = hook;
    group.pid = pid;
    group.uid = entry ? uidOf(entry.program) : 0;
    if (time > group.lastSeen) group.lastSeen = time;
    countIn(group.slots, Math.floor(time / SLOT_NS));
    order.touch(group);
    dirty.add(group);
  };

  return {
    told(sighting, entry) {
      const { policy, time } = sighting;
      const about = keyOfText(sighting.key);
      const hash = hashFor(policy, entry, about);
      const binary = entry ? binaryOf(entry.program) : '';
      const group =
        find(policy, binary, about, hash) ??
        create({ hash, policy, binary, about, ...sighting.about() }, time);
      count(group, sighting, sighting.hook, sighting.outcome, entry);
      return group;
    },
    hit(hit, entry) {
      const binary = entry ? binaryOf(entry.program) : '';
      if (entry && binary === '' && runsInKernel(entry.program)) return undefined;
      const { record, time } = hit;
      const hook = findHook(hit.hook);
      const policy = hook?.names?.policyName ?? '';
      const at = findTarget(record);
      readTargetKey(wanted, record, at);
      const hash = hashFor(policy, entry, wanted);
      let group = find(policy, binary, wanted, hash);
      group ??= create(
        {
          ...{ hash, policy, binary, about: keepKey(wanted) },
          ...{ target: readTarget(record, at), subject: subjectAt(record, at) },
        },
        time,
      );
      count(group, hit, hook, outcomeOf(hit.outcome), entry);
      return group;
    },
    take(now) {
      const slot = slotOf(now);
      // A rate falls without an event.
      for (const group of groups.values())
        if (group.toldRate > 0 && sumRecent(group.slots, slot, SLOTS) !== group.toldRate)
          dirty.add(group);
      const changed = Array.from(dirty, (group) => row(group, slot, now));
      const gone = removed;
      dirty.clear();
      removed = [];
      return { changed, removed: gone };
    },
    all(now) {
      dirty.clear();
      removed = [];
      return Array.from(groups.values(), (group) => row(group, slotOf(now), now));
    },
  };
}

function outcomeOf(outcome: number): SightingOutcome | undefined {
  switch (outcome) {
    case OUTCOME.TG_OUTCOME_KILLED:
      return 'killed';
    case OUTCOME.TG_OUTCOME_OVERRIDDEN:
      return 'denied';
    case OUTCOME.TG_OUTCOME_WOULD_ACT:
      return 'wouldAct';
    case OUTCOME.TG_OUTCOME_PROTECTED:
    case OUTCOME.TG_OUTCOME_EXPIRED:
    case OUTCOME.TG_OUTCOME_FUSED:
      return 'spared';
    default:
      return undefined;
  }
}

const hashAll = (policy: number, binary: number, key: TargetKey): number =>
  hashKey(mix(mix(SEED, policy), binary), key);

/** Hashes of texts; that of the last one is remembered, as events of one policy often come together. */
function createLastHash(): (text: string) => number {
  let last = '';
  let hash = hashText(last);
  return (text) => {
    if (text !== last) {
      last = text;
      hash = hashText(text);
    }
    return hash;
  };
}

const slotOf = ({ boot }: Now): number => Math.floor(Number(boot) / SLOT_NS);

const milliseconds = (ns: number): number => Math.floor(ns / 1_000_000);
