import { describe, expect, test } from 'vitest';
import type { BinaryCounters } from '../../../src/agent/messages.ts';
import {
  type BinariesModel,
  createBinariesModel,
  naturalSort,
  RATE_MS,
  SORT_COLUMNS,
} from '../../../src/ui/store/binariesModel.ts';
import { SORT_MS } from '../../../src/ui/store/sortedRows.ts';
import { createRandom } from '../../screen/terminal/random.ts';
import { counters } from './treeSamples.ts';

const names = (model: BinariesModel, now: number): string =>
  model
    .rows(now)
    .map(({ counters: { binary } }) => binary)
    .join(' ');

const modelOf = (...rows: BinaryCounters[]): BinariesModel => {
  const model = createBinariesModel();
  model.apply({ reset: true, changed: rows, removed: [] }, 0);
  return model;
};

const change = (model: BinariesModel, now: number, ...changed: BinaryCounters[]) =>
  model.apply({ reset: false, changed, removed: [] }, now);

const three = () =>
  modelOf(
    counters('b', { execs: 2, lastSeen: 30 }),
    counters('c', { execs: 2, lastSeen: 10 }),
    counters('a', { execs: 1, lastSeen: 20 }),
  );

describe('sorting', () => {
  test('by execs at first, ties by name, whichever way', () => {
    const model = three();
    expect(names(model, 0)).toBe('b c a');
    model.sort = { column: 'execs', descending: false };
    expect(names(model, 0)).toBe('a b c');
  });

  test.each(SORT_COLUMNS)('by %s, both ways, like plain code', (column) => {
    const random = createRandom(3);
    const rows = Array.from({ length: 60 }, (_, i) => {
      const row = counters(`/bin/${i}`);
      for (const field of SORT_COLUMNS)
        if (field !== 'binary' && field !== 'perSecond') row[field] = random.below(5);
      return { ...row, events: random.below(9) };
    });
    const model = modelOf();
    model.rows(0);
    change(model, 0, ...rows);
    for (const descending of [true, false]) {
      model.sort = { column, descending };
      const sorted = model.rows(RATE_MS);
      const sortedBy = (one: BinaryCounters) => {
        if (column === 'binary') return one.binary;
        return column === 'perSecond' ? one.events : one[column];
      };
      for (const [i, { counters: later }] of sorted.entries()) {
        const before = sorted[i - 1]?.counters;
        if (!before) continue;
        const [x, y] = [sortedBy(before), sortedBy(later)];
        if (x === y) expect(before.binary < later.binary).toBe(true);
        else expect(x > y).toBe(descending);
      }
      sorted.forEach(({ counters: { binary } }, index) => {
        expect(model.rowOf(binary)).toBe(index);
      });
    }
  });

  test('a key is obeyed at once, new numbers only every half second', () => {
    const model = three();
    expect(names(model, 0)).toBe('b c a');
    change(model, 10, counters('a', { execs: 9 }));
    expect(names(model, 10)).toBe('b c a');
    expect(model.rows(10)[2]?.counters.execs).toBe(9);
    expect(names(model, SORT_MS - 1)).toBe('b c a');
    expect(names(model, SORT_MS)).toBe('a b c');
    model.sort = naturalSort('binary');
    change(model, SORT_MS, counters('a', { execs: 0 }));
    expect(names(model, SORT_MS)).toBe('a b c');
    model.sort = naturalSort('lastSeen');
    expect(names(model, SORT_MS)).toBe('b c a');
  });

  test('what is removed goes at once', () => {
    const model = three();
    model.rows(0);
    model.apply({ reset: false, changed: [], removed: ['c'] }, 1);
    expect(names(model, 1)).toBe('b a');
    expect([model.rowOf('a'), model.rowOf('c')]).toEqual([1, undefined]);
  });

  test('without a change the rows are the same: no work', () => {
    const model = three();
    expect(model.rows(0)).toBe(model.rows(1));
    expect(model.rows(0)).toBe(model.rows(SORT_MS));
  });
});

describe('events a second', () => {
  const rate = (model: BinariesModel, now: number, binary: string) =>
    model.rows(now).find((row) => row.counters.binary === binary)?.perSecond;

  test('what was there before counts from when we looked, what is new from 0', () => {
    const model = modelOf(counters('old', { events: 1000 }));
    expect(rate(model, 0, 'old')).toBeUndefined();
    change(model, 500, counters('old', { events: 1010 }), counters('new', { events: 4 }));
    expect(rate(model, 600, 'new')).toBeUndefined();
    expect(rate(model, RATE_MS, 'old')).toBe(5);
    expect(rate(model, RATE_MS, 'new')).toBe(2);
  });

  test('it is over the time that really passed, and goes back to 0', () => {
    const model = modelOf(counters('a'));
    change(model, 10, counters('a', { events: 40 }));
    expect(rate(model, 2 * RATE_MS, 'a')).toBe(10);
    expect(rate(model, 3 * RATE_MS - 1, 'a')).toBe(10);
    expect(rate(model, 3 * RATE_MS, 'a')).toBe(0);
  });

  test('after a reset nothing is made up', () => {
    const model = modelOf(counters('a'));
    model.rows(RATE_MS);
    model.apply({ reset: true, changed: [counters('a', { events: 999 })], removed: [] }, 60_000);
    expect(rate(model, 60_000, 'a')).toBeUndefined();
    expect(rate(model, 60_000 + RATE_MS, 'a')).toBe(0);
  });
});

test('whether something is known by number only goes with the programs that it is about', () => {
  const model = modelOf(counters('a', { untold: 2 }), counters('b'));
  expect(model.hasUntold).toBe(true);
  change(model, 1, counters('a', { untold: 5 }), counters('b', { untold: 1 }));
  const remove = (...removed: string[]) => model.apply({ reset: false, changed: [], removed }, 2);
  remove('a', 'never there');
  expect(model.hasUntold).toBe(true);
  remove('b');
  expect(model.hasUntold).toBe(false);
  change(model, 3, counters('a', { untold: 1 }));
  expect(model.hasUntold).toBe(true);
  model.apply({ reset: true, changed: [counters('a')], removed: [] }, 4);
  expect(model.hasUntold).toBe(false);
});
