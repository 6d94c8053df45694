/** When the agent looks at its ring; time and the ring are the test's own. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRhythm, type Rhythm } from '../../../src/agent/rhythm.ts';

let pending: number;
let isUrgent: boolean;
let looks: number;
let flushes: number;
let announced: number;
/** Whoever waits for the ring. */
let waiting: (() => void) | undefined;
let rhythm: Rhythm;

beforeEach(() => {
  vi.useFakeTimers();
  pending = 0;
  isUrgent = false;
  looks = 0;
  flushes = 0;
  announced = 0;
  waiting = undefined;
  rhythm = createRhythm({
    turn() {
      looks += 1;
      // Two records a turn.
      const records = Math.min(2, pending);
      pending -= records;
      return { records, isEmpty: pending === 0, isUrgent };
    },
    flush() {
      flushes += 1;
    },
    announceSleep() {
      announced += 1;
    },
    rings: [
      {
        whenFilled(act) {
          waiting = act;
        },
        stopWaiting() {
          waiting = undefined;
        },
      },
    ],
  });
});

afterEach(() => {
  rhythm.close();
  vi.useRealTimers();
});

/** As the kernel wakes whoever waits. */
const ring = () => {
  const act = waiting;
  waiting = undefined;
  act?.();
};

/** Until the agent has waited for the ring for a while. */
const fallAsleep = () => {
  for (let ms = 0; ms < 1000 && !waiting; ms++) vi.advanceTimersByTime(1);
  vi.advanceTimersByTime(100);
};

test('without records: after some looks it waits for the ring, and looks no more', () => {
  fallAsleep();
  expect(waiting).toBeDefined();
  const before = looks;
  vi.advanceTimersByTime(60_000);
  expect(looks).toBe(before);
});

test('between the announcement and sleep lies a look: who had not heard of it is found', () => {
  let looksBefore = 0;
  for (let ms = 0; ms < 1000 && announced === 0; ms++) {
    looksBefore = looks + 1;
    vi.advanceTimersByTime(1);
  }
  expect(announced).toBe(1);
  expect(waiting).toBeUndefined();
  pending = 1;
  fallAsleep();
  expect(looks).toBeGreaterThan(looksBefore);
  expect(pending).toBe(0);
  // It was awake again, and said anew that it would sleep.
  expect(announced).toBe(2);
});

test('a record wakes it: read and sent at once, and looked for more for a while', () => {
  fallAsleep();
  pending = 1;
  const before = { looks, flushes };
  ring();
  expect(pending).toBe(0);
  expect(looks).toBe(before.looks + 1);
  expect(flushes).toBe(before.flushes + 1);
  // Who was woken looks again soon: much may be coming.
  pending = 1;
  vi.advanceTimersByTime(12);
  expect(pending).toBe(0);
  pending = 1;
  vi.advanceTimersByTime(32);
  expect(pending).toBe(0);
});

/** Looks and flushes of a second in which there is always something. */
function busySecond() {
  fallAsleep();
  pending = 1;
  ring();
  const before = { looks, flushes };
  for (let ms = 0; ms < 1000; ms++) {
    pending = 1;
    vi.advanceTimersByTime(1);
  }
  return { looks: looks - before.looks, flushes: flushes - before.flushes };
}

test('while events come: a look for each batch', () => {
  const busy = busySecond();
  expect(busy.looks).toBeGreaterThan(30);
  expect(busy.looks).toBeLessThan(40);
  expect(busy.looks - busy.flushes).toBeLessThan(3);
});

test('while it is urgent: three looks for each batch', () => {
  isUrgent = true;
  const busy = busySecond();
  expect(busy.looks).toBeGreaterThan(90);
  expect(busy.looks).toBeLessThanOrEqual(101);
  expect(busy.flushes).toBeGreaterThan(30);
  expect(busy.flushes).toBeLessThan(40);
});

test('it sleeps only when all that was read is sent', () => {
  fallAsleep();
  pending = 1;
  ring();
  pending = 1;
  const before = flushes;
  vi.advanceTimersByTime(12);
  expect(pending).toBe(0);
  expect(flushes).toBe(before);
  fallAsleep();
  expect(flushes).toBeGreaterThan(before);
});

test('a ring that is readable without a record is looked at by time, not for ever at once', () => {
  fallAsleep();
  const before = looks;
  ring();
  expect(looks).toBe(before + 1);
  expect(waiting).toBeUndefined();
});

test('what is left after a turn is read in the next, without a pause', () => {
  fallAsleep();
  pending = 7;
  ring();
  // Less than what lies between two looks at an empty ring.
  vi.advanceTimersByTime(5);
  expect(pending).toBe(0);
});

test('woken by hand: a sleeper looks soon, and sends', () => {
  fallAsleep();
  const before = { looks, flushes };
  rhythm.wake();
  expect(waiting).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(looks).toBe(before.looks + 1);
  expect(flushes).toBe(before.flushes + 1);
});

test('woken by hand while it is awake: a look that is far off comes soon, and is not put off by more of it', () => {
  fallAsleep();
  pending = 1;
  ring();
  vi.advanceTimersByTime(12);
  const before = looks;
  for (let ms = 0; ms < 12; ms++) {
    rhythm.wake();
    vi.advanceTimersByTime(1);
  }
  expect(looks).toBe(before + 1);
});

test('a reminder finds what nobody woke it for, and else lets it sleep', () => {
  fallAsleep();
  rhythm.remind();
  expect(waiting).toBeDefined();
  pending = 1;
  rhythm.remind();
  expect(pending).toBe(0);
  expect(waiting).toBeUndefined();
});

test('closed: neither time nor the ring makes it look', () => {
  fallAsleep();
  rhythm.close();
  expect(waiting).toBeUndefined();
  const before = looks;
  rhythm.remind();
  vi.advanceTimersByTime(1000);
  expect(looks).toBe(before);
});

test('closed by what a turn tells: nothing is planned after it', () => {
  rhythm.look();
  rhythm.close();
  const before = looks;
  vi.advanceTimersByTime(1000);
  expect(looks).toBe(before);
});
