/** The alerts by keys: order, filter, and the way to the events and back. */
import { describe, expect, test } from 'vitest';
import { NO_COUNTS } from '../../../src/agent/selectorCounts.ts';
import { alert } from './alertSamples.ts';
import { DARK, plain, policy } from './samples.ts';
import { setUp } from './setUp.ts';

const SIZE = { width: 120, height: 8 };

function app() {
  const made = setUp({ view: 'alerts' });
  const { state, panes } = made;
  const lines = () => panes.alerts.lines(SIZE);
  const targets = () =>
    lines()
      .slice(1)
      .map((line) => /\/t\d+/.exec(plain(line))?.[0]);
  const cursor = () =>
    /\/t\d+/.exec(plain(lines().find((line) => line.startsWith(DARK.cursor.open)) ?? ''))?.[0];
  const fill = () =>
    state.alerts.apply({
      reset: true,
      changed: [1, 2, 3].map((n) =>
        alert(String(n), { target: `/t${n}`, count: 10 * n, firstSeen: n }),
      ),
      removed: [],
    });
  return { ...made, lines, targets, cursor, fill };
}

describe('without a row', () => {
  test('it says why, and every command is harmless', () => {
    const { state, lines, command } = app();
    state.policies = [policy({ mode: 'off' })];
    expect(plain(lines()[0] ?? '')).toBe(' no policy is on: 4 shows them');
    state.policies = [policy()];
    expect(plain(lines()[0] ?? '')).toBe(' no policy has seen anything yet');
    command('move.down', 'move.last', 'sort.next', 'sort.reverse', 'alerts.events');
    expect(state.view).toBe('alerts');
    expect(state.notice?.text).toBe('there is no row here');
  });

  test('a filter that hides all says so', () => {
    const { fill, lines, panes } = app();
    fill();
    panes.alerts.filter?.set('nothing-of-that');
    expect(plain(lines()[0] ?? '')).toContain('no alert matches the filter');
    expect(panes.alerts.position(SIZE)).toBe('0 of 3 alerts ');
  });
});

test('events that stand in no row are told, and whose they are', () => {
  const { state, fill, panes } = app();
  const losing = (name: string, lost: number) =>
    policy({ name, counts: { ...NO_COUNTS, matched: lost + 60, posted: 60, lost } });
  fill();
  state.policies = [losing('calm', 0)];
  expect(panes.alerts.position(SIZE)).toBe('3 alerts ');
  state.policies = [losing('calm', 0), losing('etc-writes', 340)];
  expect(panes.alerts.position(SIZE)).toBe('3 alerts, +340 lost (etc-writes) ');
  state.policies = [losing('other', 2), losing('etc-writes', 340)];
  expect(panes.alerts.position(SIZE)).toBe('3 alerts, +342 lost (2 policies) ');
});

describe('keys', () => {
  test('the view tells the agent what it shows', () => {
    const { told, command } = setUp();
    command('view.alerts');
    expect(told).toEqual([{ type: 'watch', topics: ['alerts'] }]);
  });

  test('sorting, and the cursor stays on its row', () => {
    const { state, fill, targets, cursor, command } = app();
    fill();
    expect(targets()).toEqual(['/t3', '/t2', '/t1']);
    expect(cursor()).toBe('/t3');
    command('move.down', 'move.down');
    expect(cursor()).toBe('/t1');
    command('sort.next', 'sort.next');
    expect(state.notice?.text).toBe('sorted by target, ascending');
    expect(targets()).toEqual(['/t1', '/t2', '/t3']);
    expect(cursor()).toBe('/t1');
    command('sort.reverse');
    expect(targets()).toEqual(['/t3', '/t2', '/t1']);
    command('sort.next');
    expect(state.notice?.text).toBe('sorted by severity, descending');
  });

  test('/ narrows the list, Esc takes the filter away', () => {
    const { fill, targets, panes, press, command } = app();
    fill();
    press('/', ...'path:/t2', 'enter');
    expect(targets()).toEqual(['/t2']);
    expect(panes.alerts.filter?.text()).toBe('path:/t2');
    command('app.back');
    expect(targets()).toHaveLength(3);
  });

  test('Enter shows the row’s events in the stream, Esc goes back, and the stream has its former filter', () => {
    const { state, fill, panes, told, lines, command } = app();
    fill();
    lines();
    panes.stream.filter?.set('mine');
    command('move.down', 'alerts.events');
    expect(state.view).toBe('stream');
    expect(panes.stream.filter?.text()).toBe('policy:etc-writes binary:/usr/bin/tee path:/t2');
    expect(told.at(-1)).toEqual({ type: 'watch', topics: [] });
    // From one row to another: the filter that is brought back is still the operator's own.
    command('view.alerts', 'move.down', 'alerts.events');
    expect(panes.stream.filter?.text()).not.toContain('path:/t2');
    command('app.back');
    expect(state.view).toBe('alerts');
    expect(panes.stream.filter?.text()).toBe('mine');
    command('view.stream', 'app.back');
    expect(state.view).toBe('stream');
    expect(panes.stream.filter?.text()).toBe('');
  });

  test('a filter that was changed meanwhile leads nowhere', () => {
    const { state, fill, panes, lines, command } = app();
    fill();
    lines();
    command('alerts.events');
    panes.stream.filter?.set('mine');
    command('app.back');
    expect(state.view).toBe('stream');
    expect(panes.stream.filter?.text()).toBe('');
  });
});
