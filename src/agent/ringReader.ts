import type { RecordSpan } from '../events/wire/span.ts';
import type { Sensor } from './sensor.ts';

/** Reads the kernel's ring in turns of bounded length: between them the agent hears heartbeats, sends what it has, and can stop. */
export type RingReader = {
  turn(): { readonly records: number; readonly isEmpty: boolean };
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
      const { records, bytes, isEmpty } = read(visit, TURN_MS);
      total += bytes;
      const isOver = (waiter: Waiter) =>
        total >= waiter.until || (isEmpty && asked.includes(waiter));
      const over = waiters.filter(isOver);
      waiters = waiters.filter((waiter) => !over.includes(waiter));
      for (const { resolve } of over) resolve();
      return { records, isEmpty };
    },
    caughtUp: () =>
      new Promise((resolve) => {
        waiters = [...waiters, { until: total + heldBytes() + ringBytes, resolve }];
      }),
  };
}
