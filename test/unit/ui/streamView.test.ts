import { describe, expect, test } from 'vitest';
import {
  INITIAL_STREAM_VIEW,
  moveCursor,
  newerThanShown,
  type StreamRange,
  type StreamView,
  settle,
  toFirst,
  togglePause,
  toLast,
} from '../../../src/ui/store/streamView.ts';
import { createRandom } from '../../screen/terminal/random.ts';

const range = (first: number, next: number, rows = 10): StreamRange => ({ first, next, rows });

const expectInRange = (view: StreamView, { first, next, rows }: StreamRange): void => {
  const end = view.pausedAt ?? next;
  expect(view.cursor).toBeGreaterThanOrEqual(first);
  expect(view.cursor).toBeLessThanOrEqual(Math.max(end - 1, first));
  expect(view.top).toBeGreaterThanOrEqual(first);
  expect(view.top).toBeLessThanOrEqual(view.cursor);
  expect(view.cursor - view.top).toBeLessThan(rows);
  // No empty rows at the bottom while there are events above the first one shown.
  expect(view.top).toBeLessThanOrEqual(Math.max(first, end - rows));
};

test.each([1, 2, 3, 4, 5])(
  'any history of keys, events and sizes: cursor and top stay in range (seed %i)',
  (seed) => {
    const random = createRandom(seed);
    let at = range(0, 0, 10);
    let view = INITIAL_STREAM_VIEW;
    for (let step = 0; step < 3000; step++) {
      switch (random.below(9)) {
        case 0:
        case 1:
          at = { ...at, next: at.next + random.below(40) };
          break;
        case 2:
          at = { ...at, first: Math.min(at.next, at.first + random.below(40)) };
          break;
        case 3:
          at = { ...at, rows: 1 + random.below(60) };
          break;
        case 4:
        case 5:
          view = moveCursor(view, random.below(41) - 20, at);
          break;
        case 6:
          view = toFirst(view, at);
          break;
        case 7:
          view = toLast(view, at);
          break;
        default:
          view = togglePause(view, at);
      }
      view = settle(view, at);
      expectInRange(view, at);
      expect(settle(view, at)).toEqual(view);
      expect(newerThanShown(view, at)).toBeGreaterThanOrEqual(0);
      if (view.follow && view.pausedAt === undefined) expect(newerThanShown(view, at)).toBe(0);
    }
  },
);

describe('following', () => {
  test('the newest event is the last row', () => {
    expect(settle(INITIAL_STREAM_VIEW, range(0, 100))).toMatchObject({ top: 90, cursor: 99 });
    expect(settle(INITIAL_STREAM_VIEW, range(0, 3))).toMatchObject({ top: 0, cursor: 2 });
  });

  test('moving up stops it, and moving down does not', () => {
    expect(moveCursor(INITIAL_STREAM_VIEW, -1, range(0, 100))).toMatchObject({
      follow: false,
      cursor: 98,
    });
    expect(moveCursor(INITIAL_STREAM_VIEW, 1, range(0, 100))).toMatchObject({
      follow: true,
      cursor: 99,
    });
  });

  test('reaching the end by moving does not resume it; toLast does', () => {
    const up = moveCursor(INITIAL_STREAM_VIEW, -1, range(0, 100));
    const down = moveCursor(up, 50, range(0, 100));
    expect(down).toMatchObject({ follow: false, cursor: 99 });
    expect(newerThanShown(down, range(0, 128))).toBe(28);
    expect(toLast(down, range(0, 128))).toMatchObject({ follow: true, top: 118 });
  });
});

describe('not following', () => {
  const held = moveCursor(INITIAL_STREAM_VIEW, -30, range(0, 100));

  test('new events and evicted older ones leave the rows where they are', () => {
    expect(held).toMatchObject({ cursor: 69, top: 69 });
    expect(settle(held, range(0, 5000))).toEqual(held);
    expect(settle(held, range(60, 5000))).toEqual(held);
  });

  test('only when the shown ones themselves are evicted it moves, to the oldest', () => {
    expect(settle(held, range(80, 5000))).toMatchObject({ cursor: 80, top: 80 });
  });
});

describe('pause', () => {
  const paused = togglePause(settle(INITIAL_STREAM_VIEW, range(0, 100)), range(0, 100));

  test('what comes later is not shown, but counted as newer', () => {
    expect(settle(paused, range(0, 150))).toMatchObject({ top: 90, cursor: 99 });
    expect(newerThanShown(paused, range(0, 150))).toBe(50);
    expect(toLast(paused, range(0, 150))).toMatchObject({ top: 90, cursor: 99 });
  });

  test('resuming shows the newest, also after scrolling', () => {
    const scrolled = moveCursor(paused, -40, range(0, 150));
    expect(scrolled.top).toBeLessThan(90);
    expect(togglePause(scrolled, range(0, 150))).toMatchObject({ follow: true, top: 140 });
  });

  test('who had stopped following before stays where they are', () => {
    const held = moveCursor(INITIAL_STREAM_VIEW, -30, range(0, 100));
    const resumed = togglePause(togglePause(held, range(0, 100)), range(0, 150));
    expect(resumed).toMatchObject({ follow: false, top: held.top, cursor: held.cursor });
  });
});
