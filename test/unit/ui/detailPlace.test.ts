import { describe, expect, test } from 'vitest';
import {
  type BodyPlace,
  type BodyShape,
  cursorOf,
  FIRST_LINE,
  moveInBody,
  settleBody,
} from '../../../src/ui/detail/place.ts';

const ROOM = 5;

/** A note, entries of these heights, a note. */
function shapeOf(heights: readonly number[], notes = 1): BodyShape {
  let at = notes;
  const stops = heights.map((height) => {
    const start = at;
    at += height;
    return { start, height };
  });
  return { length: at + notes, stops, home: 0 };
}

const walk = (shape: BodyShape, by: number, steps: number, from: BodyPlace = FIRST_LINE) => {
  let place = from;
  for (let i = 0; i < steps; i++) place = moveInBody(place, shape, { by }, ROOM);
  return place;
};

describe('moving in a tab', () => {
  test('from entry to entry; those at the ends bring the notes around them into sight', () => {
    const shape = shapeOf([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(walk(shape, 1, 1)).toMatchObject({ cursor: 1, top: 0 });
    expect(walk(shape, 1, 5)).toMatchObject({ cursor: 5, top: 2 });
    expect(walk(shape, 1, 20)).toMatchObject({ cursor: 7, top: 5 });
    expect(walk(shape, -1, 20, walk(shape, 1, 20))).toMatchObject({ cursor: 0, top: 0 });
  });

  test('through an entry that is longer than the screen, a screen at a time, then on', () => {
    const shape = shapeOf([1, 12, 1]);
    const tops: number[] = [];
    let place = FIRST_LINE;
    for (let i = 0; i < 5; i++) {
      place = moveInBody(place, shape, { by: 1 }, ROOM);
      tops.push(place.top);
    }
    expect(tops).toEqual([2, 6, 9, 11, 11]);
    expect(place.cursor).toBe(2);
    place = moveInBody(place, shape, { by: -1 }, ROOM);
    expect(place).toMatchObject({ cursor: 1, top: 9 });
    place = moveInBody(place, shape, { by: -1 }, ROOM);
    expect(place).toMatchObject({ cursor: 1, top: 5 });
  });

  test('every line of it all is seen on the way down and on the way up', () => {
    for (const heights of [[1], [7], [1, 7, 1], [3, 3, 3], [9, 9], [1, 1, 1, 6, 1, 1, 12, 1]])
      for (const notes of [0, 1, 3])
        for (const room of [1, 2, 5, 40]) {
          const shape = shapeOf(heights, notes);
          const seen = new Set<number>();
          const look = ({ top }: BodyPlace) => {
            for (let line = top; line < Math.min(top + room, shape.length); line++) seen.add(line);
          };
          let place = settleBody(FIRST_LINE, shape, room);
          for (const by of [1, -1]) {
            seen.clear();
            look(place);
            for (let i = 0; i < 2 * shape.length + 5; i++) {
              place = settleBody(moveInBody(place, shape, { by }, room), shape, room);
              look(place);
            }
            const entries = heights.reduce((sum, height) => sum + height, 0);
            for (let line = notes; line < notes + entries; line++)
              expect(seen.has(line), `${heights} ${notes} ${room} ${by}: ${line}`).toBe(true);
          }
        }
  });

  test('by pages and to the ends', () => {
    const shape = shapeOf(Array.from({ length: 30 }, () => 2));
    expect(moveInBody(FIRST_LINE, shape, { by: 4 }, ROOM)).toMatchObject({ cursor: 2 });
    expect(moveInBody(FIRST_LINE, shape, { to: 'last' }, ROOM)).toMatchObject({
      ...{ cursor: 29, top: shape.length - ROOM },
    });
    const end = moveInBody(FIRST_LINE, shape, { to: 'last' }, ROOM);
    expect(moveInBody(end, shape, { by: -4 }, ROOM)).toMatchObject({ cursor: 27 });
    expect(moveInBody(end, shape, { to: 'first' }, ROOM)).toMatchObject({ cursor: 0, top: 0 });
  });

  test('without entries, line by line', () => {
    const shape = { length: 20, stops: [], home: 0 };
    expect(moveInBody(FIRST_LINE, shape, { by: 1 }, ROOM)).toEqual({ cursor: undefined, top: 1 });
    expect(moveInBody(FIRST_LINE, shape, { to: 'last' }, ROOM).top).toBe(15);
  });

  test('the place survives a change of size, and entries that come and go', () => {
    const shape = shapeOf([1, 1, 1, 1, 1, 1, 1, 1]);
    const place = walk(shape, 1, 20);
    expect(settleBody(place, shape, 40).top).toBe(0);
    expect(settleBody(FIRST_LINE, { ...shape, home: 7 }, ROOM).top).toBe(5);
    const keyed = { ...shape, stops: shape.stops.map((stop, key) => ({ ...stop, key })) };
    const third = walk(keyed, 1, 2);
    const later = { ...keyed, stops: keyed.stops.map((stop) => ({ ...stop, key: stop.key - 1 })) };
    expect(cursorOf(third, later)).toBe(3);
  });
});
