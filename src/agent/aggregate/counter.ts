import type { BinaryCounters } from '../messages.ts';
import type { Profile } from './profile.ts';
import { countIn, createSlots, recentCounts, type Slots } from './slots.ts';
import type { Now } from './tree.ts';

/** A program's row in the making; times in boot clock ns, so that no event has to convert them. */
export type Counter = Omit<BinaryCounters, 'firstSeen' | 'lastSeen' | 'trend'> & {
  firstSeen: number;
  lastSeen: number;
  /** Events by second; undefined: none yet. */
  slots: Slots | undefined;
  /** The last one of its program by which the kernel side counts; 0: none yet. */
  number: number;
  /** Of Untold, when it was learnt. */
  generation: number;
  profile: Profile | undefined;
  /** Its neighbours among those with a profile. */
  older: Counter | undefined;
  newer: Counter | undefined;
  /** Somebody has its row. */
  told: boolean;
  /** Events in the trend of that row. */
  toldRecent: number;
};

const SECOND_NS = 1_000_000_000;
const HISTORY_SECONDS = 60;
const TREND_SECONDS = 10;
const NO_TREND: readonly number[] = Array.from({ length: TREND_SECONDS }, () => 0);

/** @param time of the first event, boot clock ns */
export const createCounter = (binary: string, time: number, told: boolean): Counter => ({
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
  untold: 0,
  firstSeen: time,
  lastSeen: 0,
  slots: undefined,
  number: 0,
  generation: 0,
  profile: undefined,
  older: undefined,
  newer: undefined,
  told,
  toldRecent: 0,
});

/** @returns whether it is the first one of this second */
export function countEvent(counter: Counter, second: number, count = 1): boolean {
  counter.events += count;
  counter.slots ??= createSlots(HISTORY_SECONDS);
  const isFirst = counter.slots.newest < second;
  countIn(counter.slots, second, count);
  return isFirst;
}

export function tellCounter(counter: Counter, { boot, bootToWall }: Now): BinaryCounters {
  const { binary, execs, exits, failures, running } = counter;
  const { files, network, hits, kills, denials, events, untold, slots } = counter;
  const toWall = Number(bootToWall);
  return {
    ...{ binary, execs, exits, failures, running },
    ...{ files, network, hits, kills, denials, events, untold },
    trend: slots ? recentCounts(slots, secondOf(Number(boot)), TREND_SECONDS) : NO_TREND,
    firstSeen: milliseconds(counter.firstSeen + toWall),
    lastSeen: milliseconds(counter.lastSeen + toWall),
  };
}

/** Events of each of the last seconds, the oldest first. */
export const tellHistory = ({ slots }: Counter, { boot }: Now): number[] =>
  slots
    ? recentCounts(slots, secondOf(Number(boot)), HISTORY_SECONDS)
    : Array.from({ length: HISTORY_SECONDS }, () => 0);

/** @param boot boot clock ns */
export const secondOf = (boot: number): number => Math.floor(boot / SECOND_NS);

const milliseconds = (ns: number): number => Math.floor(ns / 1_000_000);
