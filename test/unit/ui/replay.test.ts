/** A replay on the screen: its keys, what a restart leaves, marks, and events that others told. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPolicyBook } from '../../../src/agent/policyBook.ts';
import { COMMANDS } from '../../../src/ui/commands.ts';
import { whyNot } from '../../../src/ui/features/reach.ts';
import { createReplay } from '../../../src/ui/replay.ts';
import { createEventStore } from '../../../src/ui/store/eventStore.ts';
import { NO_PLACE } from '../../../src/ui/store/marks.ts';
import { describeCorpus } from '../../driver/corpus.ts';
import { until } from '../../driver/until.ts';
import { playback } from './playbackSample.ts';
import { plain } from './samples.ts';
import { setUp } from './setUp.ts';
import { NOON, SECOND } from './streamSetUp.ts';
import { corpusLines, execIdOf, execLine, packLines } from './toldEvents.ts';

const SIZE = { width: 120, height: 10 };

// A search goes on later when its time is over, however short it is: here none goes by.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());
const at = (second: number) => NOON + BigInt(second) * SECOND;

function replayed(change: Parameters<typeof setUp>[0] = {}) {
  const it = setUp({
    ...{ source: { kind: 'replay', title: 'a.jsonl' }, store: createEventStore(1000) },
    ...{ playback: playback(), policies: [] },
    ...change,
  });
  const book = createPolicyBook();
  const replay = createReplay({ state: it.state, panes: it.panes, book });
  const put = (...lines: string[]) => {
    const { buffer, bytes, count } = packLines(lines);
    it.state.store.add(buffer, bytes);
    it.state.rate.count(count);
    replay.onEvents();
  };
  const rows = (size = SIZE) => it.panes.stream.lines(size).map(plain);
  return { ...it, replay, put, rows };
}

describe('the keys of a replay', () => {
  test('play and pause, steps, ends', () => {
    const { state, told, command } = replayed();
    command('play.toggle');
    state.playback = playback({ isPlaying: false });
    command('play.toggle', 'play.step', 'play.stepBack', 'play.start', 'play.end');
    expect(told.map((message) => message.type === 'playback' && message.action)).toEqual(
      ['pause', 'play', 'step', 'step-back', 'to-start', 'to-end'].map((one) => ({ do: one })),
    );
  });

  test('the speed doubles and halves; a number can be typed', () => {
    const { state, told, command, actions } = replayed();
    const speeds = () =>
      told.splice(0).map((message) => message.type === 'playback' && message.action);
    command('play.faster', 'play.slower');
    expect(speeds()).toEqual([
      { do: 'speed', speed: 2 },
      { do: 'speed', speed: 0.5 },
    ]);
    state.playback = playback({ speed: 3 });
    command('play.faster', 'play.slower');
    actions.run('play.faster', '16x');
    actions.run('play.faster', 'max');
    expect(speeds()).toEqual(
      [4, 2, 16, Number.POSITIVE_INFINITY].map((speed) => ({ do: 'speed', speed })),
    );
    actions.run('play.faster', 'quick');
    expect(speeds()).toEqual([]);
    expect(state.notice).toMatchObject({ level: 'warning' });
  });

  test('going to a time seeks in the whole recording, played or not', () => {
    const { state, told, press, actions } = replayed();
    press('@', ...'12:08', 'enter');
    expect(told.at(-1)).toEqual({ type: 'playback', action: { do: 'seek', time: at(480) } });
    actions.run('stream.time', '+30s');
    expect(told.at(-1)).toEqual({ type: 'playback', action: { do: 'seek', time: at(90) } });
    const count = told.length;
    actions.run('stream.time', '13:00');
    expect(told).toHaveLength(count);
    expect(state.notice?.text).toContain('is not in it');
    // What wasn't read yet may be later.
    state.playback = playback({ isRead: false });
    actions.run('stream.time', '2026-11-21 13:00');
    expect(told.at(-1)).toEqual({ type: 'playback', action: { do: 'seek', time: at(3600) } });
  });

  test('to the marks before and behind', () => {
    const { state, told, replay, command } = replayed();
    const mark = (second: number) => ({ time: at(second), execId: '', label: `m${second}` });
    replay.onMarks([mark(30), mark(60), mark(90)]);
    command('play.nextMark', 'play.previousMark');
    expect(told.map((message) => message.type === 'playback' && message.action)).toEqual([
      { do: 'seek', time: at(90) },
      { do: 'seek', time: at(30) },
    ]);
    state.playback = playback({ at: at(200) });
    command('play.nextMark');
    expect(told).toHaveLength(2);
    expect(state.notice?.text).toContain('no mark');
  });

  test('a mark between two events is left behind, not gone to again and again', () => {
    const { state, told, put, command } = replayed({ playback: playback({ at: at(1) }) });
    put(execLine({ pid: 1, time: at(1) }));
    command('stream.mark');
    expect(state.marks.list()).toMatchObject([{ before: 1, at: at(1) + 1n }]);
    put(execLine({ pid: 2, time: at(2) }));
    command('play.nextMark');
    expect(told.splice(0)).toMatchObject([{ action: { do: 'seek', time: at(1) + 1n } }]);
    state.playback = playback({ at: at(2) });
    command('play.nextMark', 'play.previousMark');
    expect(told).toEqual([]);
  });

  test('without a replay they say so, and send nothing', () => {
    const { state, told, command } = setUp();
    for (const { id } of COMMANDS.filter(({ category }) => category === 'Replay')) {
      state.notice = undefined;
      command(id);
      expect(state.notice).toMatchObject({ text: 'nothing is replayed here: trigon replay FILE' });
    }
    expect(told).toEqual([]);
  });

  test('what a recording can’t do says why, by key and in lists', () => {
    const { state, told, actions } = replayed();
    const refused = [
      'policy.arm',
      'policy.toggle',
      'policy.test',
      'row.signal',
      'app.record',
    ] as const;
    for (const id of refused) {
      state.notice = undefined;
      actions.run(id);
      expect(state.notice, id).toMatchObject({ level: 'warning' });
      const command = COMMANDS.find((one) => one.id === id);
      expect(command && whyNot(command, { state }), id).toMatch(/recording/);
    }
    expect(told).toEqual([]);
  });
});

describe('a restart', () => {
  test('voids events, tags, models; filter and marks stay, and marks find their events again', () => {
    const it = replayed();
    const lines = [1, 2, 3, 4].map((pid) => execLine({ pid, args: `n${pid}`, time: at(pid) }));
    it.put(...lines);
    it.panes.stream.filter?.set('!n1');
    expect(it.rows()).toHaveLength(3);
    it.command('move.up', 'stream.mark', 'row.tag');
    expect(it.state.marks.list()).toMatchObject([
      { before: 2, at: at(3), execId: execIdOf(3), name: '' },
    ]);
    it.command('stream.pause');
    it.replay.restart();
    expect(it.rows()).toHaveLength(1);
    expect(it.state.store.first).toBe(it.state.store.next);
    expect(it.state.marks.list()).toMatchObject([{ before: NO_PLACE }]);
    expect(it.state.tags.countEvents(it.state.store.first)).toBe(0);
    expect(it.panes.stream.isPaused()).toBe(false);
    it.put(...lines.slice(0, 2));
    expect(it.state.marks.list()).toMatchObject([{ before: NO_PLACE }]);
    it.put(...lines.slice(2));
    expect(it.state.marks.list()).toMatchObject([{ before: 4 + 2 }]);
    const rows = it.rows();
    expect(rows.map((row) => /mark 1|n\d(?= *$)|n\d /.exec(row)?.[0].trim())).toEqual([
      'n2',
      'mark 1',
      'n3',
      'n4',
    ]);
  });

  test('policies of the recording are told anew', () => {
    const { state, replay } = replayed();
    replay.restart();
    expect(state.policies).toEqual([]);
    expect(state.playback).toMatchObject({ at: 0n, played: 0 });
  });
});

describe('marks of a recording', () => {
  const mark = (second: number, label: string) => ({
    ...{ time: at(second), execId: execIdOf(second), label },
  });

  test('stand before their events; removed and renamed ones follow the recording', () => {
    const { state, replay, put } = replayed();
    put(...[1, 2, 3].map((pid) => execLine({ pid, time: at(pid) })));
    replay.onMarks([mark(2, 'here'), mark(3, '')]);
    expect(state.marks.list()).toMatchObject([
      { number: 1, before: 1, name: 'here' },
      { number: 2, before: 2 },
    ]);
    replay.onMarks([mark(2, 'there')]);
    expect(state.marks.list()).toMatchObject([{ number: 1, name: 'there' }]);
    expect(state.marks.size).toBe(1);
  });

  test('what was taken away here doesn’t come back; after a restart they are still known', () => {
    const { state, replay } = replayed();
    replay.onMarks([mark(2, 'a'), mark(3, 'b')]);
    state.marks.remove(1);
    replay.restart();
    replay.onMarks([mark(2, 'a')]);
    expect(state.marks.list()).toMatchObject([{ number: 2, name: 'b' }]);
  });

  test('one without its event stands where it would be', () => {
    const { state, replay, put } = replayed();
    replay.onMarks([{ time: at(2), execId: 'gone', label: '' }, mark(9, 'last')]);
    put(execLine({ pid: 1, time: at(1) }), execLine({ pid: 5, time: at(5) }));
    expect(state.marks.list()).toMatchObject([{ before: 1 }, { before: NO_PLACE }]);
    replay.onPlayback(playback({ played: 2, total: 2, at: at(5) }));
    expect(state.marks.list()).toMatchObject([{ before: 1 }, { before: 2 }]);
  });

  test('there is room for a hundred', () => {
    const { state, replay } = replayed();
    replay.onMarks(Array.from({ length: 130 }, (_, second) => mark(second, '')));
    expect(state.marks.size).toBe(100);
    expect(state.notice?.text).toContain('30 more');
  });

  test('are sent to whoever records, when set, named and taken away; not in a replay', () => {
    const { state, told, actions, press } = setUp({ store: createEventStore(10) });
    const { buffer, bytes } = packLines([execLine({ pid: 1, time: at(1) })]);
    state.store.add(buffer, bytes);
    actions.run('move.first');
    actions.run('stream.mark');
    press("'", 'n', ...'login', 'enter', 'd');
    expect(told).toMatchObject([
      { type: 'mark', isSet: true, mark: { time: at(1), execId: execIdOf(1), label: '' } },
      { type: 'mark', isSet: false, mark: { label: '' } },
      { type: 'mark', isSet: true, mark: { time: at(1), label: 'login' } },
      { type: 'mark', isSet: false, mark: { label: 'login' } },
    ]);
    const other = replayed();
    other.put(execLine({ pid: 1, time: at(1) }));
    other.actions.run('stream.mark');
    expect(other.told).toEqual([]);
  });
});

describe('time in a replay', () => {
  test('is the playback’s, for ages and where -30s counts from', () => {
    const { state } = replayed();
    expect(state.clock()).toBe(Number(at(60) / 1_000_000n));
  });

  test('rates go by its seconds, whatever the speed', () => {
    const { state, replay, put } = replayed();
    replay.onPlayback(playback({ at: at(1) }));
    put(...Array.from({ length: 40 }, (_, pid) => execLine({ pid: pid + 1, time: at(2) })));
    replay.onPlayback(playback({ at: at(1) + SECOND / 2n }));
    expect(state.rate.perSecond).toBe(0);
    replay.onPlayback(playback({ at: at(5) }));
    expect(state.rate.history.slice(-5)).toEqual([0, 10, 10, 10, 10]);
    replay.restart();
    expect(state.rate.perSecond).toBe(0);
  });
});

describeCorpus('a real log', () => {
  test('rows, filters, details', async () => {
    const it = replayed({ store: createEventStore(10_000) });
    const lines = corpusLines();
    it.put(...lines);
    const all = it.rows({ width: 200, height: lines.length });
    expect(all).toHaveLength(lines.length);
    it.panes.stream.filter?.set('event=exec');
    const execs = lines.filter((line) => line.includes('"process_exec":{')).length;
    expect(execs).toBeGreaterThan(0);
    const found = () => it.rows({ width: 200, height: lines.length }).length;
    await until(() => found() === execs);
    expect(found()).toBe(execs);
    const subject = it.panes.stream.pick?.(SIZE);
    expect(subject?.process?.binary).toMatch(/^\//);
    expect(subject?.ktime).toBeGreaterThan(0n);
  });
});

describe('events that others told', () => {
  test('around an event: the same tree, up to the shell', async () => {
    const it = replayed();
    it.put(
      execLine({ pid: 20, parent: 10, binary: '/bin/bash', time: at(0) }),
      execLine({ pid: 30, parent: 20, binary: '/bin/a', time: at(1) }),
      execLine({ pid: 40, parent: 10, binary: '/bin/stranger', time: at(1) }),
      execLine({ pid: 31, parent: 30, binary: '/bin/b', time: at(1) }),
    );
    it.command('move.last', 'row.around');
    await until(() => it.rows()[0]?.includes('tree of bash (20): 3 events'));
    expect(it.rows()[0]).toContain('tree of bash (20): 3 events');
    const [, ...rows] = it.rows();
    expect(rows.map((row) => /\/bin\/\w+/.exec(row)?.[0])).toEqual([
      '/bin/bash',
      '/bin/a',
      '/bin/b',
    ]);
  });

  test('of several nodes: a column, a filter, and lines that name them', async () => {
    const it = replayed();
    it.put(execLine({ pid: 1, time: at(1), node: 'web-1' }));
    it.rows();
    expect(it.rows()[0]).not.toContain('web-1');
    it.put(execLine({ pid: 1, time: at(2), node: 'db-1' }));
    it.rows();
    expect(it.rows().map((row) => /web-1|db-1/.exec(row)?.[0])).toEqual(['web-1', 'db-1']);
    expect(it.rows({ width: 79, height: 10 })[0]).not.toContain('web-1');
    it.panes.stream.filter?.set('node:web');
    await until(() => it.rows().length === 1);
    expect(it.rows()).toHaveLength(1);
    const [text] = it.panes.stream.save?.().filter(({ extension }) => extension === 'txt') ?? [];
    expect([...(text?.lines() ?? [])]).toEqual([expect.stringContaining('web-1')]);
  });
});
