import { tg_outcome as OUTCOME, tg_policy_record as POLICY } from '../../generated/layouts.ts';
import type { AlertGroup } from '../messages.ts';
import type { EngineHook } from '../policies/engine.ts';
import type { ProcessEntry } from '../processTable.ts';
import { type HitSubject, type HitTarget, subjectAt } from './hit.ts';
import { binaryOf, isKernelThread, uidOf } from './program.ts';
import { createRecency } from './recency.ts';
import { countIn, createSlots, recentCounts, type Slots, sumRecent } from './slots.ts';
import { findTarget, readTarget, targetKey } from './target.ts';
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
   * @param view of the policy record; `entry` is undefined when lost records leave open whose it is
   * @returns what it is about, the same text for all events of a row; undefined: it is no event
   */
  hit(view: DataView, entry: ProcessEntry | undefined): HitTarget | undefined;
  /** What changed since the last `take` or `all`. */
  take(now: Now): Changes<AlertGroup>;
  /** Everything there is. */
  all(now: Now): AlertGroup[];
};

/** A row in the making. Times are boot clock ns. */
type Group = Counted & {
  /** What its events are known by. */
  readonly id: string;
  readonly subject: HitSubject | undefined;
  /** Of the latest event: it has the names. */
  hook: EngineHook | undefined;
  readonly slots: Slots;
  /** Somebody has its row, and what the rate in it is. */
  told: boolean;
  toldRate: number;
  older: Group | undefined;
  newer: Group | undefined;
};

type Counted = Omit<AlertGroup, 'severity' | 'call' | 'message' | 'perMinute' | 'trend'>;

export function createAlerts(findHook: (hook: number) => EngineHook | undefined): Alerts {
  const groups = new Map<string, Group>();
  const order = createRecency<Group>();
  const dirty = new Set<Group>();
  let removed: string[] = [];
  let made = 0;

  const create = (id: string, about: Pick<Group, keyof HitTarget | 'binary'>, time: number) => {
    made += 1;
    const group: Group = {
      ...about,
      ...{ id, key: String(made), hook: undefined, pid: 0, uid: 0 },
      ...{ count: 0, killed: 0, denied: 0, wouldAct: 0, spared: 0 },
      ...{ firstSeen: time, lastSeen: time, slots: createSlots(SLOTS) },
      ...{ told: false, toldRate: 0, older: undefined, newer: undefined },
    };
    groups.set(id, group);
    if (groups.size > MAX_GROUPS && order.oldest) remove(order.oldest);
    return group;
  };

  const remove = (group: Group) => {
    groups.delete(group.id);
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

  return {
    hit(view, entry) {
      const binary = entry ? binaryOf(entry.program) : '';
      if (entry && binary === '' && isKernelThread(entry.record)) return undefined;
      const hook = findHook(view.getUint32(POLICY.at.hook, true));
      const time = Number(view.getBigUint64(POLICY.at.head.ktime, true));
      const at = findTarget(view);
      const policy = hook?.names?.policyName ?? '';
      // No name holds a NUL.
      const id = `${policy}\0${binary}\0${targetKey(view, at)}`;
      const group =
        groups.get(id) ??
        create(
          id,
          { policy, binary, target: readTarget(view, at), subject: subjectAt(view, at) },
          time,
        );
      group.count += 1;
      countOutcome(group, view.getUint32(POLICY.at.outcome, true));
      group.hook = hook;
      group.pid = view.getUint32(POLICY.at.head.tgid, true);
      group.uid = entry ? uidOf(entry.program) : 0;
      if (time > group.lastSeen) group.lastSeen = time;
      countIn(group.slots, Math.floor(time / SLOT_NS));
      order.touch(group);
      dirty.add(group);
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

function countOutcome(group: Group, outcome: number): void {
  switch (outcome) {
    case OUTCOME.TG_OUTCOME_KILLED:
      group.killed += 1;
      return;
    case OUTCOME.TG_OUTCOME_OVERRIDDEN:
      group.denied += 1;
      return;
    case OUTCOME.TG_OUTCOME_WOULD_ACT:
      group.wouldAct += 1;
      return;
    case OUTCOME.TG_OUTCOME_PROTECTED:
    case OUTCOME.TG_OUTCOME_EXPIRED:
    case OUTCOME.TG_OUTCOME_FUSED:
      group.spared += 1;
      return;
  }
}

const slotOf = ({ boot }: Now): number => Math.floor(Number(boot) / SLOT_NS);

const milliseconds = (ns: number): number => Math.floor(ns / 1_000_000);
