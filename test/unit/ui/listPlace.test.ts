import { describe, expect, test } from 'vitest';
import { type KeyedRows, movePlace, placeAt, settleIn } from '../../../src/ui/panes/listMoves.ts';
import { FIRST_PLACE, type ListPlace, scrollTop } from '../../../src/ui/store/listPlace.ts';
import { createRandom } from '../../screen/terminal/random.ts';

const rowsOf = (keys: readonly string[]): KeyedRows => ({
  length: keys.length,
  keyAt: (index) => keys[index],
  indexOf: (key) => (keys.includes(key) ? keys.indexOf(key) : undefined),
});
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i));
const anchored = { rows: 10, anchored: true };
const standing = { rows: 10, anchored: false };

describe('the cursor stays on its row', () => {
  const at = placeAt(FIRST_PLACE, 50, rowsOf(numbers(100)), anchored);

  test('scrolled into view', () => {
    expect(at).toEqual({ key: '50', index: 50, top: 41 });
  });

  test('rows above come and go: anchored, it keeps its place on the screen', () => {
    const more = rowsOf(['x', 'y', 'z', ...numbers(100)]);
    expect(settleIn(at, more, anchored)).toEqual({ key: '50', index: 53, top: 44 });
    expect(settleIn(at, rowsOf(numbers(100).slice(5)), anchored)).toMatchObject({ top: 36 });
  });

  test('else the list stands, as long as the cursor is in view', () => {
    const fewer = rowsOf(numbers(100).slice(5));
    expect(settleIn(at, fewer, standing)).toEqual({ key: '50', index: 45, top: 41 });
    expect(settleIn(at, rowsOf(['50', ...numbers(50)]), standing)).toMatchObject({
      index: 0,
      top: 0,
    });
  });

  test('when it goes, a neighbour takes over', () => {
    const without = rowsOf(numbers(100).filter((key) => key !== '50'));
    expect(settleIn(at, without, anchored)).toEqual({ key: '51', index: 50, top: 41 });
    expect(settleIn(at, rowsOf(numbers(3)), anchored)).toEqual({ key: '2', index: 2, top: 0 });
    expect(settleIn(at, rowsOf([]), anchored)).toMatchObject({ index: 0, top: 0 });
  });

  test('without a key it is the first row, whichever that is', () => {
    expect(settleIn(FIRST_PLACE, rowsOf(['b', 'a']), standing)).toBe(FIRST_PLACE);
  });
});

test.each([1, 2, 3])('any history of rows, keys and sizes stays in range (seed %i)', (seed) => {
  const random = createRandom(seed);
  const moves = [
    'move.up',
    'move.down',
    'move.pageUp',
    'move.pageDown',
    'move.halfUp',
    'move.halfDown',
    'move.first',
    'move.last',
  ] as const;
  let keys = numbers(20);
  let next = 1000;
  let place: ListPlace = FIRST_PLACE;
  for (let step = 0; step < 3000; step++) {
    if (random.below(3) === 0) keys = keys.filter(() => random.below(10) > 0);
    if (random.below(2) === 0)
      for (let i = random.below(6); i > 0; i--)
        keys.splice(random.below(keys.length + 1), 0, String(next++));
    const range = { rows: 1 + random.below(30), anchored: random.below(2) === 0 };
    const rows = rowsOf(keys);
    place = settleIn(place, rows, range);
    place = movePlace(place, random.pick(moves), rows, range) ?? place;
    if (keys.length === 0) continue;
    expect(place.index).toBeLessThan(keys.length);
    expect(keys[place.index]).toBe(place.key ?? keys[0]);
    expect(place.top).toBeGreaterThanOrEqual(0);
    expect(place.index - place.top).toBeGreaterThanOrEqual(0);
    expect(place.index - place.top).toBeLessThan(range.rows);
    expect(place.top).toBeLessThanOrEqual(Math.max(0, keys.length - range.rows));
    expect(settleIn(place, rows, range)).toEqual(place);
  }
});

test.each([
  // top, cursor, length, rows: the top that it becomes
  [5, 6, 20, 4, 5],
  [5, 2, 20, 4, 2],
  [5, 12, 20, 4, 9],
  [18, 19, 20, 4, 16],
  [-3, 1, 20, 4, 0],
  [3, 1, 2, 4, 0],
  [0, 3, 20, 0, 3],
  [7, 0, 0, 4, 0],
])('scrolled to %i, cursor %i of %i in %i rows: %i', (top, cursor, length, rows, becomes) => {
  expect(scrollTop(top, cursor, { length, rows })).toBe(becomes);
});
