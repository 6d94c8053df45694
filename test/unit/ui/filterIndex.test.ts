import { describe, expect, test } from 'vitest';
import { createFilterIndex, type Held, MOST_WAITING } from '../../../src/ui/store/filterIndex.ts';
import { createRandom } from '../../screen/terminal/random.ts';

/** Over after so many tests. */
const budget = (tests: number) => {
  let left = tests;
  return () => left-- <= 0;
};

test.each([1, 2, 3, 4, 5, 6])(
  'any history of events, evictions and slices: what is tested and held, and nothing else (seed %i)',
  (seed) => {
    const random = createRandom(seed);
    const salt = 1 + random.below(7);
    const matches = (number: number) => (number * 2654435761) % 11 < salt;
    let held: Held = { first: random.below(500), next: 500 + random.below(500) };
    const origin = held.first + random.below(held.next - held.first + 1);
    const index = createFilterIndex(origin, matches);
    /** Where events were first seen at: positions never change. */
    const places = new Map<number, number>();
    for (let step = 0; step < 400; step++) {
      if (random.below(3) === 0) held = { ...held, next: held.next + random.below(200) };
      if (random.below(3) === 0)
        held = { ...held, first: Math.min(held.next, held.first + random.below(220)) };
      const isDone = index.work(held, budget(random.below(120)));
      const from = Math.max(index.testedFrom, held.first);
      if (isDone) expect([from, index.testedTo]).toEqual([held.first, held.next]);
      const wanted: number[] = [];
      for (let number = from; number < index.testedTo; number++)
        if (matches(number)) wanted.push(number);
      const found: number[] = [];
      for (let position = index.first; position < index.next; position++) {
        const number = index.numberAt(position);
        if (number === undefined) throw new Error(`nothing at ${position}`);
        found.push(number);
        expect(places.get(number) ?? position).toBe(position);
        places.set(number, position);
        expect(number < origin).toBe(position < 0);
      }
      expect(found).toEqual(wanted);
      expect(index.numberAt(index.first - 1)).toBeUndefined();
      expect(index.numberAt(index.next)).toBeUndefined();
      const asked = held.first + random.below(held.next - held.first + 1);
      const expected = found.findIndex((number) => number >= asked);
      expect(index.positionOf(asked)).toBe(index.first + (expected < 0 ? found.length : expected));
    }
  },
);

test('the newest events come first, and nothing is tested twice', () => {
  const tested: number[] = [];
  const index = createFilterIndex(10, (number) => {
    tested.push(number);
    return true;
  });
  expect(index.work({ first: 0, next: 10 }, budget(3))).toBe(false);
  expect(index.work({ first: 0, next: 12 }, budget(4))).toBe(false);
  expect(index.work({ first: 0, next: 12 }, budget(100))).toBe(true);
  expect(tested).toEqual([9, 8, 7, 10, 11, 6, 5, 4, 3, 2, 1, 0]);
});

describe('more events than can be tested', () => {
  const RING = 30_000;

  test.each([1, 2, 3])(
    'the newest matches are there, places stay, and what was skipped is counted (seed %i)',
    (seed) => {
      const random = createRandom(seed);
      const tested = new Set<number>();
      const matches = (number: number) => (number * 2654435761) % 11 < 4;
      const index = createFilterIndex(1000, (number) => {
        expect(tested.has(number)).toBe(false);
        tested.add(number);
        return matches(number);
      });
      let held: Held = { first: 0, next: 1000 };
      const places = new Map<number, number>();
      let wasSkipped = false;
      for (let step = 0; step < 60; step++) {
        const next = held.next + random.below(4000);
        held = { first: Math.max(0, next - RING), next };
        index.keepUp(held);
        index.work(held, budget(20 + random.below(300)));

        const found: number[] = [];
        for (let position = index.first; position < index.next; position++) {
          const number = index.numberAt(position) ?? Number.NaN;
          expect(places.get(number) ?? position).toBe(position);
          places.set(number, position);
          found.push(number);
        }
        const isHeld = (number: number) => number >= held.first;
        const wanted = [...tested].filter((number) => isHeld(number) && matches(number));
        expect(found).toEqual(wanted.sort((a, b) => a - b));
        let untested = 0;
        for (let number = Math.max(index.testedFrom, held.first); number < index.testedTo; number++)
          if (!tested.has(number)) untested += 1;
        expect(index.skipped).toBe(untested);
        wasSkipped ||= untested > 0;
        // A burst of the last step may wait until the next one.
        expect(held.next - (found.at(-1) ?? 0)).toBeLessThan(MOST_WAITING + 4000 + 20);
      }
      expect(wasSkipped).toBe(true);
    },
  );

  test('nothing is skipped while the time was enough, however much has come', () => {
    const index = createFilterIndex(0, () => true);
    let held: Held = { first: 0, next: 2 * MOST_WAITING };
    index.keepUp(held);
    expect(index.work(held, budget(3 * MOST_WAITING))).toBe(true);
    held = { first: 0, next: 5 * MOST_WAITING };
    index.keepUp(held);
    expect(index.work(held, budget(4 * MOST_WAITING))).toBe(true);
    expect([index.next, index.skipped]).toEqual([held.next, 0]);
  });

  test('in a small store too, which loses them before they are tested', () => {
    const index = createFilterIndex(0, () => true);
    let held: Held = { first: 0, next: 0 };
    for (let step = 0; step < 50; step++) {
      held = { first: held.next - 200, next: held.next + 300 };
      index.keepUp(held);
      index.work(held, budget(40));
      if (step > 0) expect(index.numberAt(index.next - 1)).toBeGreaterThan(held.next - 500);
    }
  });
});
