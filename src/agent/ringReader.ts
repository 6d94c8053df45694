import type { RecordSpan } from '../events/wire/span.ts';
import type { RingLook, Sensor } from './sensor.ts';

/** Reads the kernel's ring in turns of bounded length: between them the agent hears heartbeats, sends what it has, and can stop. */
export type RingReader = {
  turn(): RingLook;
  /**
   * Resolves when all that lies in the ring now has been read by turns. Not when the ring is empty: under a flood it never is.
   */
  caughtUp(): Promise<void>;
};

/** Well below the time between two flushes, and far below the deadline of enforcement. */
const TURN_MS = 15;

type Waiter = {
  /** Bytes read by then: no more can lie in the ring at the call. */
  readonly until: number;
  resolve(): void;
};

export function createRingReader(
  { read, ringBytes, heldBytes }: Pick<Sensor, 'read' | 'ringBytes' | 'heldBytes'>,
  visit: (record: RecordSpan) => void,
): RingReader {
  let total = 0;
  let waiters: Waiter[] = [];
  return {
    turn() {
      const asked = waiters;
      const found = read(visit, TURN_MS);
      total += found.bytes;
      if (asked.length === 0) return found;
      const isOver = (waiter: Waiter) =>
        total >= waiter.until || (found.isEmpty && asked.includes(waiter));
      const over = waiters.filter(isOver);
      waiters = waiters.filter((waiter) => !over.includes(waiter));
      for (const { resolve } of over) resolve();
      return found;
    },
    caughtUp: () =>
      new Promise((resolve) => {
        waiters = [...waiters, { until: total + heldBytes() + ringBytes, resolve }];
      }),
  };
}
