import { encodeEvent } from './json.ts';
import { type Event, hasProcess, type Process } from './types.ts';

/**
 * Tetragon's export aggregation: equal events within a window become one, which says how many they were. Events are equal when all
 * that they say is equal but for when it happened and which process it was: a shell that runs the same program a thousand times is
 * one event. The program (binary, arguments, folder, user, container) and everything about the parent's program still tell them apart.
 */
export type Aggregator = {
  /**
   * Takes an event.
   *
   * @param now ms
   * @returns events that are to be told now
   */
  add(event: Event, now: number): readonly Event[];
  /** Events whose window is over; with `all`, whatever is held. */
  flush(now: number, all?: boolean): readonly Event[];
  /** Different events that are held. */
  readonly size: number;
};

type AggregationLimits = {
  /** An event is told so many ms after the first of its like. */
  readonly windowMs: number;
  /** Different events held at a time; the oldest is told early when there are more. */
  readonly most: number;
};

type Held = { readonly first: Event; readonly since: number; count: bigint };

export function createAggregator({ windowMs, most }: AggregationLimits): Aggregator {
  /** The oldest first. */
  const held = new Map<string, Held>();

  /** Goes on where it was: each new iterator would walk over the holes that all who were taken away have left. */
  let order = held.entries();
  let first: [string, Held] | undefined;

  const oldest = (): [string, Held] | undefined => {
    first ??= order.next().value;
    if (first || held.size === 0) return first;
    // One that has come to the end stays there.
    order = held.entries();
    first = order.next().value;
    return first;
  };
  const takeWhile = (isDue: (one: Held) => boolean): Event[] => {
    const due: Event[] = [];
    for (let next = oldest(); next && isDue(next[1]); next = oldest()) {
      held.delete(next[0]);
      first = undefined;
      due.push(told(next[1]));
    }
    return due;
  };

  return {
    get size() {
      return held.size;
    },
    add(event, now) {
      if (!isFolded(event)) return [event];
      const key = keyOf(event);
      const equal = held.get(key);
      const count = event.aggregationInfo?.count ?? 1n;
      if (equal) {
        equal.count += count;
        return [];
      }
      const early = takeWhile(() => held.size >= most);
      held.set(key, { first: event, since: now, count });
      return early;
    },
    flush: (now, all = false) => takeWhile(({ since }) => all || now - since >= windowMs),
  };
}

/** What tells of the export itself, and what an operator did, is told at once. */
const isFolded = ({ kind }: Event): boolean =>
  kind !== 'rate_limit_info' && kind !== 'trigon_journal' && kind !== 'process_throttle';

/** The first of them, with their count. One that stayed alone says so too. */
const told = ({ first, count }: Held): Event => ({ ...first, aggregationInfo: { count } });

function keyOf(event: Event): string {
  const { time: _time, aggregationInfo: _info, ...rest } = event;
  if (!hasProcess(event)) return encodeEvent(rest as Event);
  const { parent, ancestors } = event;
  return encodeEvent({
    ...rest,
    ...(event.kind === 'process_exit' ? { exitTime: undefined } : {}),
    process: program(event.process),
    ...(parent ? { parent: program(parent) } : {}),
    ...(ancestors ? { ancestors: ancestors.map(program) } : {}),
  } as Event);
}

/** A process without what no other has. */
function program(process: Process): Process {
  const { pid: _pid, tid: _tid, startTime: _start, refcnt: _refcnt, ...rest } = process;
  return { ...rest, execId: '', parentExecId: '' };
}
