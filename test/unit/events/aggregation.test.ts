import { describe, expect, test } from 'vitest';
import { createAggregator } from '../../../src/events/aggregation.ts';
import type { Event, Process } from '../../../src/events/types.ts';
import { int, kprobe, process } from './helpers.ts';

const exec = (fields: Partial<Process> = {}, rest: object = {}): Event => ({
  kind: 'process_exec',
  nodeName: 'n',
  process: process(fields),
  ...rest,
});

const WINDOW = { windowMs: 1000, most: 3 };

const counts = (events: readonly Event[]) => events.map((event) => event.aggregationInfo?.count);

describe('aggregation', () => {
  test('equal events become the first of them, with their count', () => {
    const aggregator = createAggregator(WINDOW);
    const first = exec(
      { pid: 1, execId: 'a', parentExecId: 'p', startTime: 1n, tid: 1 },
      { time: 5n },
    );
    expect(aggregator.add(first, 0)).toEqual([]);
    expect(
      aggregator.add(
        exec({ pid: 2, execId: 'b', parentExecId: 'q', startTime: 2n, tid: 3 }, { time: 6n }),
        10,
      ),
    ).toEqual([]);
    expect(aggregator.add(exec({ pid: 3 }), 999)).toEqual([]);
    expect(aggregator.size).toBe(1);
    expect(aggregator.flush(999)).toEqual([]);
    expect(aggregator.flush(1000)).toEqual([{ ...first, aggregationInfo: { count: 3n } }]);
    expect(aggregator.flush(5000)).toEqual([]);
    expect(aggregator.size).toBe(0);
  });

  test.each<[string, Event]>([
    ['another program', exec({ binary: '/x' })],
    ['other arguments', exec({ arguments: 'x' })],
    ['another folder', exec({ cwd: '/x' })],
    ['another user', exec({ uid: 1 })],
    ['another container', exec({ docker: 'x' })],
    ["another parent's program", exec({}, { parent: process({ binary: '/x' }) })],
    ['another event', kprobe('f', [], { process: process() })],
    ['another node', exec({}, { nodeName: 'm' })],
  ])('%s is another event', (_what, other) => {
    const aggregator = createAggregator(WINDOW);
    aggregator.add(exec(), 0);
    aggregator.add(other, 0);
    expect(counts(aggregator.flush(0, true))).toEqual([1n, 1n]);
  });

  test('values of a hook tell apart, its parent and ancestors do by their programs alone', () => {
    const aggregator = createAggregator(WINDOW);
    const call = (value: number, pid: number) =>
      kprobe('f', [int(value)], {
        parent: process({ pid, execId: `${pid}` }),
        ancestors: [process({ pid: pid + 1 })],
      });
    for (const event of [call(1, 1), call(2, 1), call(1, 7)]) aggregator.add(event, 0);
    expect(counts(aggregator.flush(0, true))).toEqual([2n, 1n]);
  });

  test('exits are equal whenever they were', () => {
    const aggregator = createAggregator(WINDOW);
    const exit = (exitTime: bigint, status: number): Event => ({
      kind: 'process_exit',
      nodeName: 'n',
      process: process(),
      status,
      exitTime,
      time: exitTime,
    });
    for (const event of [exit(1n, 0), exit(2n, 0), exit(3n, 1)]) aggregator.add(event, 0);
    expect(counts(aggregator.flush(0, true))).toEqual([2n, 1n]);
  });

  test('counts of events that were aggregated already add up', () => {
    const aggregator = createAggregator(WINDOW);
    for (const count of [3n, 4n]) aggregator.add(exec({}, { aggregationInfo: { count } }), 0);
    expect(counts(aggregator.flush(0, true))).toEqual([7n]);
  });

  test('each has its own window; in order', () => {
    const aggregator = createAggregator(WINDOW);
    aggregator.add(exec({ binary: '/a' }), 0);
    aggregator.add(exec({ binary: '/b' }), 600);
    expect(
      aggregator.flush(1000).map((event) => 'process' in event && event.process.binary),
    ).toEqual(['/a']);
    expect(
      aggregator.flush(1600).map((event) => 'process' in event && event.process.binary),
    ).toEqual(['/b']);
  });

  test('when too many are held, the oldest is told early: none is lost', () => {
    const aggregator = createAggregator(WINDOW);
    const told: Event[] = [];
    for (let at = 0; at < 10; at++) {
      told.push(...aggregator.add(exec({ binary: `/${at}` }), 0));
      expect(aggregator.size).toBeLessThanOrEqual(3);
    }
    told.push(...aggregator.flush(0, true));
    expect(told.map((event) => 'process' in event && event.process.binary)).toEqual(
      Array.from({ length: 10 }, (_, at) => `/${at}`),
    );
    expect(counts(told)).toEqual(Array.from({ length: 10 }, () => 1n));
  });

  test.each<Event>([
    { kind: 'rate_limit_info', nodeName: 'n', numberOfDroppedProcessEvents: 1n },
    { kind: 'process_throttle', nodeName: 'n', type: 'THROTTLE_START', cgroup: 'c' },
    {
      kind: 'trigon_journal',
      nodeName: 'n',
      action: 'armed',
      policy: 'p',
      detail: '',
      via: 'screen',
    },
  ])('$kind is told at once, as it is', (event) => {
    const aggregator = createAggregator(WINDOW);
    expect(aggregator.add(event, 0)).toEqual([event]);
    expect(aggregator.size).toBe(0);
  });
});
