import { expect, test } from 'vitest';
import { prometheusText } from '../../../../src/agent/metrics/exposition.ts';
import { createLabelCounter, OTHER_BINARIES } from '../../../../src/agent/metrics/labelCounter.ts';
import { createLatency } from '../../../../src/agent/metrics/latency.ts';
import { createRates } from '../../../../src/agent/metrics/rates.ts';
import { NO_COUNTS } from '../../../../src/agent/selectorCounts.ts';
import { statsTable } from '../../../../src/cli/statsTable.ts';
import { parseExposition } from '../../../driver/prometheus.ts';
import { STATS } from './sample.ts';

test('the text is of the format, with hostile names too', async () => {
  const { samples, types, value } = parseExposition(await prometheusText(STATS));
  expect(samples.length).toBeGreaterThan(50);
  expect(value('tetragon_events_total', { type: 'PROCESS_EXEC', binary: '/tmp/"b\\c\nd' })).toBe(3);
  expect(value('tetragon_events_total', { binary: '/bin/a', node_name: 'host' })).toBe(4);
  expect(value('tetragon_policy_events_total', { policy: 'p', hook: 'kprobe:tcp_connect' })).toBe(
    2,
  );
  expect(value('trigon_lost_events_total', { cause: 'ring_process' })).toBe(5);
  expect(value('tetragon_observer_ringbuf_events_lost_total')).toBe(5);
  expect(value('tetragon_tracingpolicy_loaded', { state: 'enabled' })).toBe(1);
  expect(value('tetragon_tracingpolicy_loaded', { state: 'load_error' })).toBe(0);
  expect(value('tetragon_tracingpolicy_selector_actions_total', { action: 'signal' })).toBe(2);
  expect(value('tetragon_tracingpolicy_selector_actions_total', { action: 'monitor_signal' })).toBe(
    3,
  );
  expect(value('trigon_policy_run_seconds_total', { policy: 'p' })).toBe(0.00005);
  expect(value('tetragon_map_capacity', { map: 'processes' })).toBe(32_768);
  expect(value('trigon_attached', { kind: 'grpc' })).toBe(1);
  expect(types.get('tetragon_events_total')).toBe('counter');
  expect(types.get('trigon_event_latency_seconds')).toBe('histogram');
});

test('the histogram adds up', async () => {
  const { samples, value } = parseExposition(await prometheusText(STATS));
  const buckets = samples.filter(({ name }) => name === 'trigon_event_latency_seconds_bucket');
  const counts = buckets.map((bucket) => bucket.value);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 4 });
  expect(counts.at(-2)).toBe(3);
  expect(value('trigon_event_latency_seconds_count')).toBe(4);
  expect(value('trigon_event_latency_seconds_sum')).toBeCloseTo(100.038, 6);
});

test('policies of one name are told together', async () => {
  const [policy] = STATS.policies;
  if (!policy) throw new Error('the sample has a policy');
  const { value } = parseExposition(await prometheusText({ ...STATS, policies: [policy, policy] }));
  expect(value('trigon_policy_kills_total', { policy: 'p' })).toBe(4);
});

test('however many binaries there are, so many are told apart, and all are counted', () => {
  const counter = createLabelCounter(true, 100);
  for (let i = 0; i < 100_000; i++) counter.add(i % 2 === 0 ? 'EXEC' : 'EXIT', `/tmp/${i >> 1}`);
  counter.add('EXEC', '/tmp/0');
  const list = counter.list();
  expect(list.length).toBeLessThanOrEqual(102);
  expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(100_001);
  expect(list.find(({ group, binary }) => group === 'EXEC' && binary === '/tmp/0')?.count).toBe(2);
  const rest = list.filter(({ binary }) => binary === OTHER_BINARIES).map(({ count }) => count);
  expect(rest).toEqual([49_950, 49_950]);
});

test('without binaries all are counted together', () => {
  const counter = createLabelCounter(false);
  for (const binary of ['/a', '/b', '/c']) counter.add('EXEC', binary);
  expect(counter.list()).toEqual([{ group: 'EXEC', binary: '', count: 3 }]);
});

test('a latency on a bound counts below it, and a clock that went back as none', () => {
  const latency = createLatency();
  latency.observe(5_000_000);
  latency.observe(-5);
  const { buckets, count, sum } = latency.read();
  expect([buckets[0], count, sum]).toEqual([{ seconds: 0.005, count: 2 }, 2, 0.005]);
});

test('rates are of the last ten seconds', () => {
  const rates = createRates();
  const at = (seconds: number, count: number) =>
    rates.note(seconds * 1000, new Map([['EXEC', count]]));
  expect(rates.perSecond(0, new Map([['EXEC', 5]])).get('EXEC')).toBe(0);
  for (let second = 0; second <= 60; second++) at(second, second < 40 ? second * 100 : 4000);
  expect(rates.perSecond(60_000, new Map([['EXEC', 4000]])).get('EXEC')).toBe(0);
  expect(
    rates.perSecond(
      60_000,
      new Map([
        ['EXEC', 4500],
        ['EXIT', 20],
      ]),
    ),
  ).toEqual(
    new Map([
      ['EXEC', 50],
      ['EXIT', 2],
    ]),
  );
});

test('the table', () => {
  expect(statsTable(STATS, 1_000_000 + 3_600_000)).toMatchInlineSnapshot(`
    "Trigon 0.1.0 on host, pid 4711, up 1 h 0 min
    memory 90.00 MB, processor 0.8% since its start

    Events           All   Per second
      PROCESS_EXEC     7          0.5

    Lost                            11
      kernel ring, process events    5
      queue                          6

    Kernel ring
      size                                       16.78 MB
      in it now                                     100 B
      at most                              1.05 MB (6.3%)
      records                                          20
      read within   10 ms (half), more than 5120 ms (99%)

    Map           Entries      Of    Memory
      processes       290   32768   1.00 MB

    Policy   Mode      State     Events   Killed   Denied   Would    Memory   Per run
      p      enforce   enabled        9        2        1       0   4.10 kB    500 ns

    Other
      processes remembered   300
      attached               2 screens, 1 gRPC clients
      cgroups throttled      2, ended: 1
      exported               7 events, 700 B
      names from DNS         learnt; answers not looked at: 6"
  `);
});

test('policies that are off and have counted nothing are only numbered, unless all are asked for', () => {
  const [first] = STATS.policies;
  if (!first) throw new Error('the sample has no policy');
  const off = {
    ...first,
    mode: 'off' as const,
    counts: NO_COUNTS,
    runs: { ...first.runs, runs: 0 },
  };
  const policies = [
    first,
    { ...off, name: 'q' },
    { ...off, name: 'once', counts: { ...NO_COUNTS, posted: 1 } },
    { ...off, name: 'r' },
  ];
  const names = (all: boolean) =>
    statsTable({ ...STATS, policies }, 0, all)
      .split('\n')
      .filter((line) => /^ {2}(?:[pqr]|once) |more are off/.test(line))
      .map((line) => line.trim().split(/ {2,}/)[0]);
  expect(names(false)).toEqual(['p', 'once', '2 more are off (--all)']);
  expect(names(true)).toEqual(['p', 'q', 'once', 'r']);
});
