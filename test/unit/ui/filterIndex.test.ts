import { expect, test } from 'vitest';
import { createFilterIndex, type Held } from '../../../src/ui/store/filterIndex.ts';
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
