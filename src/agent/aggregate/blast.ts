import type { BlastRow } from '../messages.ts';
import type { EngineHook } from '../policies/engine.ts';
import type { ProcessEntry } from '../processTable.ts';
import { mix, SEED } from './hash.ts';
import { createHashTable } from './hashTable.ts';
import type { RecordHit } from './hit.ts';
import { binaryHashOf, binaryOf, uidOf } from './program.ts';
import { createRecency } from './recency.ts';
import { countIn, createSlots, type Slots, sumRecent } from './slots.ts';
import type { Now } from './tree.ts';

/** How far back hits are remembered. */
export const MOST_MINUTES = 30;
/** Different ones kept. Beyond, the least recently seen one goes. */
export const MAX_VICTIMS = 4096;
/** Of each the last so many processes. */
export const MAX_PIDS = 8;

const MINUTE_NS = 60_000_000_000;

/** Whom a policy hit, or would have; `pids`: the last ones. */
export type Victims = Omit<BlastRow, 'own'> & { readonly pids: readonly number[] };

/**
 * Policy events by policy, hook, selector, binary and user, minute by minute: what arming a policy would hit, as far as it was
 * seen. Counted in every mode.
 */
export type Blast = {
  /** @param entry undefined when lost records leave open whose it is */
  hit(hit: RecordHit, entry: ProcessEntry | undefined): void;
  /** Of the last minutes, this one included; most hits first. */
  rows(policy: number, minutes: number, now: Now): Victims[];
  /** Events that have been told of since the policy was loaded, without those that were forgotten for want of room. */
  told(policy: number): number;
};

/** The hits of a policy. It is the engine's object that tells policies apart: a number may be another's later. */
type Target = { readonly number: number; shape: string; told: number };

type Victim = {
  readonly hash: number;
  nextAlike: Victim | undefined;
  readonly target: Target;
  readonly hook: number;
  readonly selector: number;
  readonly binary: string;
  readonly uid: number;
  readonly pids: number[];
  hits: number;
  lastSeen: number;
  readonly slots: Slots;
  older: Victim | undefined;
  newer: Victim | undefined;
};

/** @param hashOf a hash of 32 bits: of the same numbers the same */
export function createBlast(
  findHook: (hook: number) => EngineHook | undefined,
  hashOf: HashOf = hashAll,
): Blast {
  const victims = createHashTable<Victim>();
  const order = createRecency<Victim>();
  /** By the number that records have; of policies that came later with the same number, the latest. */
  const targets = new Map<number, { identity: object; target: Target }>();
  let made = 0;

  const forget = (victim: Victim) => {
    victims.remove(victim);
    order.remove(victim);
    victim.target.told -= victim.hits;
  };

  const forgetTarget = (target: Target) => {
    for (const victim of victims.values()) if (victim.target === target) forget(victim);
  };

  const targetOf = (policy: number, hook: EngineHook): Target => {
    const known = targets.get(policy);
    if (known?.identity === hook.network && known.target.shape === hook.shape) return known.target;
    if (known) forgetTarget(known.target);
    made += 1;
    const target = { number: made, shape: hook.shape, told: 0 };
    targets.set(policy, { identity: hook.network, target });
    return target;
  };

  const create = (
    known: Pick<Victim, 'hash' | 'target' | 'hook' | 'selector' | 'binary' | 'uid'>,
  ) => {
    const victim: Victim = {
      ...known,
      ...{ pids: [], hits: 0, lastSeen: 0, slots: createSlots(MOST_MINUTES) },
      ...{ nextAlike: undefined, older: undefined, newer: undefined },
    };
    victims.add(victim);
    if (victims.size > MAX_VICTIMS && order.oldest) forget(order.oldest);
    return victim;
  };

  return {
    hit({ policy, hook: number, selector, time, pid }, entry) {
      const hook = findHook(number);
      if (!hook) return;
      const target = targetOf(policy, hook);
      const binary = entry ? binaryOf(entry.program) : '';
      const uid = entry ? uidOf(entry.program) : 0;
      const binaryHash = binaryHashOf(entry?.program);
      const hash = hashOf(target.number, hook.index, selector, uid, binaryHash);
      let victim = victims.first(hash);
      while (
        victim &&
        !(
          victim.target === target &&
          victim.hook === hook.index &&
          victim.selector === selector &&
          victim.uid === uid &&
          victim.binary === binary
        )
      )
        victim = victim.nextAlike;
      victim ??= create({ hash, target, hook: hook.index, selector, binary, uid });
      target.told += 1;
      victim.hits += 1;
      if (time > victim.lastSeen) victim.lastSeen = time;
      countIn(victim.slots, Math.floor(time / MINUTE_NS));
      notePid(victim.pids, pid);
      order.touch(victim);
    },
    rows(policy, minutes, { boot, bootToWall }) {
      const target = targets.get(policy)?.target;
      const minute = Math.floor(Number(boot) / MINUTE_NS);
      const rows: Victims[] = [];
      for (const victim of victims.values()) {
        if (victim.target !== target) continue;
        const hits = sumRecent(victim.slots, minute, minutes);
        if (hits === 0) continue;
        const { hook, selector, binary, uid, pids } = victim;
        const lastSeen = Math.floor((victim.lastSeen + Number(bootToWall)) / 1_000_000);
        rows.push({ hook, selector, binary, uid, hits, lastSeen, pids: [...pids] });
      }
      return rows.sort((a, b) => b.hits - a.hits);
    },
    told: (policy) => targets.get(policy)?.target.told ?? 0,
  };
}

type HashOf = (
  target: number,
  hook: number,
  selector: number,
  uid: number,
  binary: number,
) => number;

const hashAll: HashOf = (target, hook, selector, uid, binary) =>
  mix(mix(mix(mix(mix(SEED, target), hook), selector), uid), binary);

/** The latest stands last; one process after the other is the common case, and costs one comparison. */
function notePid(pids: number[], pid: number): void {
  if (pids[pids.length - 1] === pid) return;
  const at = pids.indexOf(pid);
  if (at >= 0) pids.splice(at, 1);
  pids.push(pid);
  if (pids.length > MAX_PIDS) pids.shift();
}
