import { describe, expect, test } from 'vitest';
import { createNumbers } from '../../../../src/agent/policies/numbers.ts';
import { PolicyRefusal } from '../../../../src/agent/policies/refusal.ts';
import { createRandom } from './random.ts';

describe('numbers', () => {
  test('begin where they should, in runs, and say when they are used up', () => {
    const numbers = createNumbers(1, 6, 'five fit');
    expect([numbers.take(2), numbers.take(3)]).toEqual([1, 3]);
    expect(() => numbers.take(1)).toThrow(new PolicyRefusal('five fit'));
    expect(numbers.used).toBe(5);
  });

  test('a number that was given back is not the next one to be taken', () => {
    const numbers = createNumbers(0, 4, '');
    const first = numbers.take(1);
    numbers.give(first, 1);
    expect([1, 1, 1, 1].map((count) => numbers.take(count))).toEqual([1, 2, 3, 0]);
  });

  test('a run is in one piece, also when it lies across the place of the last one', () => {
    const numbers = createNumbers(0, 6, 'no piece is large enough');
    numbers.take(6);
    numbers.give(0, 1);
    numbers.give(2, 1);
    expect(() => numbers.take(2)).toThrow('no piece is large enough');
    numbers.give(1, 1);
    expect(numbers.take(3)).toBe(0);
  });

  test('what is given back twice is a mistake', () => {
    const numbers = createNumbers(1, 4, '');
    numbers.give(numbers.take(1), 1);
    expect(() => numbers.give(1, 1)).toThrow('was not taken');
  });

  test('no number is taken twice, and every number can be taken, however they come and go', () => {
    const random = createRandom(1);
    const numbers = createNumbers(1, 65, 'full');
    const held: { first: number; count: number }[] = [];
    const owner = new Map<number, object>();
    for (let step = 0; step < 5000; step++) {
      const count = 1 + random.below(6);
      const isFree = (first: number) =>
        Array.from({ length: count }, (_, at) => first + at).every(
          (number) => number < 65 && !owner.has(number),
        );
      const fits = Array.from({ length: 64 }, (_, at) => at + 1).some(isFree);
      if (random.below(2) === 0) {
        if (!fits) {
          expect(() => numbers.take(count)).toThrow('full');
          continue;
        }
        const run = { first: numbers.take(count), count };
        expect(isFree(run.first)).toBe(true);
        for (let at = 0; at < count; at++) owner.set(run.first + at, run);
        held.push(run);
      } else {
        const [run] = held.splice(random.below(held.length || 1), 1);
        if (!run) continue;
        numbers.give(run.first, run.count);
        for (let at = 0; at < run.count; at++) owner.delete(run.first + at);
      }
      expect(numbers.used).toBe(owner.size);
    }
  });
});
