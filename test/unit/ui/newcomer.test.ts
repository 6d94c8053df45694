/** The line for who sees the stream for the first time: there while there is room, and never in the way. */
import { expect, test } from 'vitest';
import { SIZE, setUpStream } from './streamSetUp.ts';

const HINT = ' New here? ? shows the first minute, 4 the policies; q quits.';

test('below what has happened, with a blank line between', () => {
  const { add, rows } = setUpStream();
  expect(rows()).toEqual([' no process has started or ended yet', '', HINT]);
  add(SIZE.height - 3);
  expect(rows().slice(-2)).toEqual(['', HINT]);
  expect(rows()).toHaveLength(SIZE.height - 1);
});

test('gone when events need its room', () => {
  const { add, rows } = setUpStream();
  add(SIZE.height - 2);
  expect(rows()).toHaveLength(SIZE.height - 2);
  expect(rows().join('\n')).not.toContain('New here?');
  add(100);
  expect(rows()).toHaveLength(SIZE.height);
});

test('not where somebody is at work: a filter, a stream that stands, a replay', () => {
  const { add, rows, pane } = setUpStream();
  add(2);
  pane.filter?.set('pid:100');
  expect(rows()).toHaveLength(2);
  pane.filter?.set('');
  expect(rows()).toContain(HINT);
  pane.run('move.up', SIZE);
  expect(rows()).toHaveLength(2);
  const { rows: replayed, state } = setUpStream();
  Object.assign(state, { source: { kind: 'replay', title: 'a log' } });
  expect(replayed()).toHaveLength(1);
});

test('a narrow screen cuts it, and a key is clicked nowhere in it', () => {
  const { add, rows, pane } = setUpStream();
  add(1);
  expect(rows({ width: 20, height: 10 }).at(-1)).toBe(HINT.slice(0, 20));
  expect(pane.click?.(2, 3, SIZE)).toBeUndefined();
});
