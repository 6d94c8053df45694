import type { BinaryCounters } from '../messages.ts';
import type { Profile } from './profile.ts';
import { countIn, createSlots, recentCounts, type Slots } from './slots.ts';
import type { Now } from './tree.ts';

/** A program's row in the making; times in boot clock ns, so that no event has to convert them. */
export type Counter = Omit<BinaryCounters, 'firstSeen' | 'lastSeen' | 'trend'> & {
  firstSeen: bigint;
  lastSeen: bigint;
  /** Events by second; undefined: none yet. */
  slots: Slots | undefined;
  profile: Profile | undefined;
  /** Its neighbours among those with a profile. */
  older: Counter | undefined;
  newer: Counter | undefined;
  /** Somebody has its row. */
  told: boolean;
  /** Events in the trend of that row. */
  toldRecent: number;
};

const SECOND = 1_000_000_000n;
const HISTORY_SECONDS = 60;
const TREND_SECONDS = 10;
const NO_TREND: readonly number[] = Array.from({ length: TREND_SECONDS }, () => 0);

/** @param time of the first event, boot clock ns */
export const createCounter = (binary: string, time: bigint, told: boolean): Counter => ({
  binary,
  execs: 0,
  exits: 0,
  failures: 0,
  running: 0,
  files: 0,
  network: 0,
  hits: 0,
  kills: 0,
  denials: 0,
  events: 0,
  firstSeen: time,
  lastSeen: 0n,
  slots: undefined,
  profile: undefined,
  older: undefined,
  newer: undefined,
  told,
  toldRecent: 0,
});

/** @returns whether it is the first one of this second */
export function countEvent(counter: Counter, second: number): boolean {
  counter.events += 1;
  counter.slots ??= createSlots(HISTORY_SECONDS);
  const isFirst = counter.slots.newest < second;
  countIn(counter.slots, second);
  return isFirst;
}

/** Seconds of the boot clock. Events come in bursts: nearly all are of the second that was asked for last. */
export function createSeconds(): { of(time: bigint): number } {
  let second = 0;
  let begin = 0n;
  let end = 0n;
  return {
    of(time) {
      if (time >= begin && time < end) return second;
      begin = time - (time % SECOND);
      end = begin + SECOND;
      second = secondOf(begin);
      return second;
    },
  };
}

export function tellCounter(counter: Counter, { boot, bootToWall }: Now): BinaryCounters {
  const { binary, execs, exits, failures, running } = counter;
  const { files, network, hits, kills, denials, events, slots } = counter;
  return {
    ...{ binary, execs, exits, failures, running },
    ...{ files, network, hits, kills, denials, events },
    trend: slots ? recentCounts(slots, secondOf(boot), TREND_SECONDS) : NO_TREND,
    firstSeen: milliseconds(counter.firstSeen + bootToWall),
    lastSeen: milliseconds(counter.lastSeen + bootToWall),
  };
}

/** Events of each of the last seconds, the oldest first. */
export const tellHistory = ({ slots }: Counter, { boot }: Now): number[] =>
  slots
    ? recentCounts(slots, secondOf(boot), HISTORY_SECONDS)
    : Array.from({ length: HISTORY_SECONDS }, () => 0);

export const secondOf = (boot: bigint): number => Number(boot / SECOND);

const milliseconds = (ns: bigint): number => Number(ns / 1_000_000n);
