import { expect, test } from 'vitest';
import type { PolicyDescription, PolicyState } from '../../../src/agent/messages.ts';
import { createPolicyBook } from '../../../src/agent/policyBook.ts';
import { NO_COUNTS } from '../../../src/agent/selectorCounts.ts';
import { policy } from '../ui/samples.ts';

/** As the agent describes it: without what it counts. */
function describe(id: number, name: string, hook: number): PolicyDescription {
  const { hooks, ...rest } = policy({ id, name });
  return {
    ...rest,
    hooks: hooks.map(({ selectors, points, ...all }) => ({
      ...all,
      points: points.map((point) => ({
        ...point,
        numbers: [hook, hook + 1],
        names: point.names && { ...point.names, policyName: name },
      })),
      selectors: [...selectors, ...selectors].map(({ counts: _, ...selector }) => selector),
    })),
  };
}

const state = (id: number, matched: readonly number[]): PolicyState => ({
  id,
  counts: [matched.map((count) => ({ ...NO_COUNTS, matched: count }))],
  runs: { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
});

test('brings descriptions and counters together, in the order of the numbers', () => {
  const book = createPolicyBook();
  book.describe({
    type: 'policies',
    changed: [describe(2, 'b', 3), describe(1, 'a', 1)],
    removed: [],
  });
  expect(book.list().map(({ name, counts }) => [name, counts.matched])).toEqual([
    ['a', 0],
    ['b', 0],
  ]);
  book.count([state(1, [2, 3]), state(2, [0, 0])]);
  const [a] = book.list();
  expect(a).toMatchObject({ name: 'a', mode: 'monitor', counts: { matched: 5 } });
  expect(a?.hooks[0]?.selectors.map(({ counts }) => counts.matched)).toEqual([2, 3]);
  expect(book.list()).toBe(book.list());
});

test('a removed policy is gone, but its events keep their names until another takes its numbers', () => {
  const book = createPolicyBook();
  book.describe({ type: 'policies', changed: [describe(1, 'a', 1)], removed: [] });
  book.describe({ type: 'policies', changed: [], removed: [1] });
  expect(book.list()).toEqual([]);
  expect(book.hookNames(1, 2)?.policyName).toBe('a');
  book.describe({ type: 'policies', changed: [describe(1, 'b', 1)], removed: [] });
  expect(book.hookNames(1, 2)?.policyName).toBe('b');
});
