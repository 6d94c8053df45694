import type { PackedEvent } from '../../events/wire/packed.ts';
import { numbersBetween, type TimedEvents } from './eventTimes.ts';

export type AroundEvents = TimedEvents & { get(number: number): PackedEvent | undefined };

export type AroundOptions = {
  readonly events: AroundEvents;
  /** Number of the event in the middle. */
  readonly center: number;
  /** So far to each side, ms. */
  readonly halfMs: number;
  /** Only processes of the same tree. */
  readonly isTreeOnly: boolean;
  /** The event's process runs a shell: a tree ends there. */
  isShell(event: PackedEvent): boolean;
};

/**
 * What happened around an event, found out bit by bit: the events of a span of time, all or those of one tree. The tree: the
 * event's process, its ancestors up to the nearest shell above it (or the first one that ran before the events that are held; never
 * PID 1 or kthreadd), and all their descendants.
 */
export type Around = {
  /** Their numbers, in order. */
  readonly numbers: readonly number[];
  /** The tree's topmost process, and an event of it, if one is held; undefined before it is known. */
  readonly root: { readonly pid: number; readonly event: PackedEvent | undefined } | undefined;
  /** Events of the span's beginning are not held any more. */
  readonly isCut: boolean;
  /** Looks at more events, also at those that have come since, until all are done (true), or the time is over. */
  work(isOver: () => boolean): boolean;
};

/** Of a real tree a dozen. */
const MAX_DEPTH = 64;
/** Events of the span may be overtaken by others, by less than this. */
const LATE_NS = 1_000_000_000n;
/** The clock is asked that often. */
const STRIDE = 64;
/** PID 1, which everything descends from, and kthreadd. */
const LAST_ROOT = 2;

type Seen = { readonly parent: string | undefined; readonly number: number };
type Candidate = { readonly number: number; readonly key: string };

const keyOf = (pid: number, ktime: bigint): string => `${pid}:${ktime}`;
const parentOf = ({ parentTgid, parentKtime }: PackedEvent): string | undefined =>
  parentTgid <= LAST_ROOT || parentKtime === 0n ? undefined : keyOf(parentTgid, parentKtime);

export function createAround(options: AroundOptions): Around {
  const { events, center, halfMs, isTreeOnly, isShell } = options;
  const half = BigInt(halfMs) * 1_000_000n;
  const start = events.get(center);
  const middle = start?.time ?? 0n;
  const from = middle - half;
  const to = middle + half;
  const isCut = (events.timeOf(events.first) ?? from) > from && events.first > 0;
  /** Who descends from whom is told by all events that are held, the span's or not. */
  const seen = new Map<string, Seen>();
  const candidates: Candidate[] = [];
  const window = numbersBetween(events, from, to);
  /** What comes later may belong to the span too, until an event is well behind it. */
  const heldNow = events.next;
  let isOpen = (events.timeOf(heldNow - 1) ?? 0n) <= to + LATE_NS;
  const heldEnd = isTreeOnly || isOpen ? heldNow : window.next;
  let at = isTreeOnly ? events.first : window.first;
  let numbers: readonly number[] = [];
  /** So many candidates have been looked at. */
  let judged = 0;
  let topmost: Around['root'];

  const note = (number: number) => {
    const event = events.get(number);
    if (!event) return;
    const key = keyOf(event.tgid, event.ktime);
    if (event.tgid !== 0 && !seen.has(key)) seen.set(key, { parent: parentOf(event), number });
    if (event.time >= from && event.time <= to) candidates.push({ number, key });
    if (number >= heldNow && event.time > to + LATE_NS) isOpen = false;
  };

  const rootOf = (key: string): string => {
    let root = key;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const parent = seen.get(root)?.parent;
      if (parent === undefined) break;
      root = parent;
      const above = seen.get(parent);
      const event = above && events.get(above.number);
      if (!event || isShell(event)) break;
    }
    return root;
  };

  const settleRoot = (): string | undefined => {
    if (!isTreeOnly || !start || start.tgid === 0) return undefined;
    const root = rootOf(keyOf(start.tgid, start.ktime));
    const ofRoot = seen.get(root);
    topmost = {
      pid: Number(root.slice(0, root.indexOf(':'))),
      event: ofRoot && events.get(ofRoot.number),
    };
    return root;
  };

  /** What belongs to the tree: of what has come since, and of everything once more when nothing else can come. */
  const judge = () => {
    const root = settleRoot();
    if (!isOpen) {
      numbers = [];
      judged = 0;
    }
    const known = new Map<string, boolean>(root === undefined ? [] : [[root, true]]);
    const isBelow = (key: string, depth = 0): boolean => {
      const answer = known.get(key);
      if (answer !== undefined) return answer;
      const parent = seen.get(key)?.parent;
      const result = parent !== undefined && depth < MAX_DEPTH && isBelow(parent, depth + 1);
      known.set(key, result);
      return result;
    };
    const more = candidates.slice(judged);
    judged = candidates.length;
    const belonging = isTreeOnly
      ? more.filter(({ number, key }) => number === center || isBelow(key))
      : more;
    numbers = [...numbers, ...belonging.map(({ number }) => number)];
  };

  return {
    get numbers() {
      return numbers;
    },
    get root() {
      return topmost;
    },
    isCut,
    work(isOver) {
      const before = at;
      at = Math.max(at, events.first);
      while (at < heldEnd || (isOpen && at < events.next)) {
        if (at % STRIDE === 0 && isOver()) return false;
        note(at);
        at += 1;
      }
      if (at > before) judge();
      return true;
    },
  };
}
