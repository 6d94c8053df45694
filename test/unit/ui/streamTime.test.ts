import { describe, expect, test } from 'vitest';
import { until } from '../../driver/until.ts';
import { NOON, SECOND, SIZE, setUpStream } from './streamSetUp.ts';

describe('pause and the ring', () => {
  test('paused events that newer ones took the place of are told, until none is left', () => {
    const { pane, add, shown, rows } = setUpStream({ capacity: 100 });
    add(100);
    shown();
    pane.run('stream.pause', SIZE);
    add(30);
    expect(shown().at(-1)).toBe(99);
    expect(pane.position(SIZE)).toContain('30 older gone  30 newer ↓');
    pane.run('move.first', SIZE);
    expect(shown()[0]).toBe(30);
    add(90);
    expect(rows()[0]).toContain('newer events took the place of all that the pause held');
    expect(pane.position(SIZE)).toContain('100 older gone');
    pane.run('stream.pause', SIZE);
    expect(shown()).not.toContain('gone');
    expect(pane.position(SIZE)).not.toContain('gone');
  });

  test('the position: the row among those held, the ring’s size, the time it spans', () => {
    const { pane, add, shown } = setUpStream({ capacity: 1000 });
    add(252);
    shown();
    expect(pane.position(SIZE)).toBe('252 / 1,000 · 00:04:11 ');
    pane.run('move.up', SIZE);
    shown();
    expect(pane.position(SIZE)).toBe('251 of 252 / 1,000 · 00:04:11 ');
    expect(pane.position({ ...SIZE, width: 80 })).toBe('251 of 252 / 1,000 ');
    expect(pane.position({ ...SIZE, width: 60 })).toBe('251 of 252 ');
    add(1000);
    shown();
    expect(pane.position(SIZE)).toBe('990 newer ↓  1 of 1,000 / 1,000 · 00:16:39 ');
  });
});

describe('marks in the stream', () => {
  const mark = ({ state, pane }: ReturnType<typeof setUpStream>) =>
    state.marks.toggle(pane.markPlace(SIZE).before, Number(NOON / 1_000_000n));

  test('while following: a line behind the newest event, which moves up with it', () => {
    const stream = setUpStream();
    stream.add(20);
    mark(stream);
    expect(stream.shown()).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 'mark 1']);
    stream.add(2);
    expect(stream.shown()).toEqual([13, 14, 15, 16, 17, 18, 19, 'mark 1', 20, 21]);
    expect(stream.rows()[7]).toMatch(/^── mark 1 12:00:00 ─+$/);
    mark(stream);
    expect(stream.shown().at(-1)).toBe('mark 2');
    mark(stream);
    expect(stream.shown()).not.toContain('mark 2');
  });

  test('at the cursor: a line above its row; taken away by the same key', () => {
    const stream = setUpStream();
    stream.add(20);
    stream.shown();
    stream.pane.run('move.up', SIZE);
    mark(stream);
    // Its line takes the room of the last row.
    expect(stream.shown()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 'mark 1', 18]);
    expect(stream.cursor()).toBe(18);
    mark(stream);
    expect(stream.shown()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  test('with a filter that hides its event the line stands where it was', async () => {
    const stream = setUpStream();
    stream.add(100);
    stream.shown();
    for (let i = 0; i < 14; i++) stream.pane.run('move.up', SIZE);
    expect(stream.cursor()).toBe(85);
    mark(stream);
    stream.pane.filter?.set('tenth');
    await until(() => stream.pane.position(SIZE).includes('10 of 100 match '));
    expect(stream.shown()).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 'mark 1', 90]);
    stream.pane.goTo(85, SIZE);
    expect(stream.cursor()).toBe(90);
    stream.pane.run('move.first', SIZE);
    expect(stream.shown()).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 'mark 1']);
    expect(stream.cursor()).toBe(0);
  });

  test('many at once leave the cursor in sight, wherever it goes', () => {
    const stream = setUpStream();
    stream.add(40);
    for (let number = 5; number < 40; number++) stream.state.marks.toggle(number, 0);
    stream.pane.run('move.first', SIZE);
    for (let number = 0; number < 40; number++) {
      expect(stream.cursor()).toBe(number);
      expect(stream.shown().length).toBeLessThanOrEqual(SIZE.height);
      stream.pane.run('move.down', SIZE);
    }
    stream.pane.run('move.last', SIZE);
    expect(stream.shown().at(-1)).toBe(39);
  });

  test('its event is gone: no line is drawn, the mark stays', () => {
    const stream = setUpStream({ capacity: 20 });
    stream.add(20);
    stream.pane.run('move.first', SIZE);
    mark(stream);
    stream.add(5);
    stream.pane.run('move.first', SIZE);
    expect(stream.shown()).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(stream.state.marks.list()).toHaveLength(1);
  });
});

describe('going to an event', () => {
  test('it comes into the middle, and following stops', () => {
    const { pane, add, shown, cursor } = setUpStream();
    add(100);
    pane.goTo(50, SIZE);
    expect(cursor()).toBe(50);
    expect(shown()).toEqual([45, 46, 47, 48, 49, 50, 51, 52, 53, 54]);
    // What is in sight already stays where it is.
    pane.goTo(54, SIZE);
    expect(shown()[0]).toBe(45);
    expect(cursor()).toBe(54);
    pane.goTo(0, SIZE);
    expect(shown()[0]).toBe(0);
    pane.goTo(99, SIZE);
    expect(shown().at(-1)).toBe(99);
    expect(cursor()).toBe(99);
  });

  test('behind a pause: the last event before it', () => {
    const { pane, add, shown, cursor } = setUpStream();
    add(50);
    shown();
    pane.run('stream.pause', SIZE);
    add(50);
    pane.goTo(80, SIZE);
    expect(cursor()).toBe(49);
    expect(pane.timeFrame(SIZE)).toMatchObject({ newest: NOON + 49n * SECOND, next: 50 });
  });

  test('one that the filter’s search has yet to come to: the cursor goes there later', async () => {
    const { pane, add, cursor, shown } = setUpStream({ capacity: 20_000 });
    add(20_000);
    pane.filter?.set('tenth');
    pane.goTo(1000, SIZE);
    await until(() => cursor() === 1000);
    expect(shown()).toContain(1000);
  });
});

test('long lines: scrolled by steps until their ends are seen; time and symbol stay', () => {
  const { pane, put, rows } = setUpStream();
  const args = `start ${'x'.repeat(150)} the-end`;
  put({ args });
  const before = rows()[0] ?? '';
  expect(before).not.toContain('the-end');
  pane.run('stream.right', SIZE);
  expect(rows()[0]?.slice(0, 18)).toBe(before.slice(0, 18));
  expect(pane.position(SIZE)).toContain('→16');
  for (let i = 0; i < 20; i++) pane.run('stream.right', SIZE);
  expect(rows()[0]).toMatch(/the-end"?$/);
  const end = pane.position(SIZE);
  pane.run('stream.right', SIZE);
  expect(pane.position(SIZE)).toBe(end);
  for (let i = 0; i < 20; i++) pane.run('stream.left', SIZE);
  expect(rows()[0]).toBe(before);
});

test('tagged rows have a sign that isn’t colour, also under the cursor and in ASCII', () => {
  for (const ascii of [false, true]) {
    const { state, pane, add, rows } = setUpStream({ ascii });
    add(3);
    pane.run('move.up', SIZE);
    state.tags.toggleEvent(1);
    state.tags.toggleEvent(2);
    const sign = ascii ? '*' : '●';
    expect(rows().map((row) => row[0])).toEqual([' ', sign, sign]);
    expect(pane.position(SIZE)).toContain('2 tagged');
    state.tags.clear();
    expect(rows().map((row) => row[0])).toEqual([' ', ' ', ' ']);
  }
});
