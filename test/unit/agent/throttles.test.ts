import { expect, test } from 'vitest';
import { createThrottles } from '../../../src/agent/throttles.ts';
import { viewOf } from '../../../src/events/wire/view.ts';
import {
  tg_cgroup_cpu as KEY,
  tg_cgroup_rate as RATE,
  tg_throttle_record as THROTTLE,
  tg_throttle_type as TYPE,
} from '../../../src/generated/layouts.ts';
import { throttleRecord } from '../wire/records.ts';

const SECOND = 1_000_000_000n;

type Rate = { begin: bigint; count: number; before?: number; throttled?: boolean };

/** The kernel side's map, by `cgroup/cpu`. */
function world(events = 10) {
  const rates = new Map<string, Rate>();
  const nameOf = (key: Uint8Array) =>
    `${viewOf(key).getBigUint64(KEY.at.cgroup, true)}/${viewOf(key).getUint32(KEY.at.cpu, true)}`;
  const throttles = createThrottles(
    {
      get(key) {
        const rate = rates.get(nameOf(key));
        if (!rate) return undefined;
        const bytes = new Uint8Array(RATE.size);
        const view = viewOf(bytes);
        view.setBigUint64(RATE.at.begin, rate.begin, true);
        view.setUint32(RATE.at.count, rate.count, true);
        view.setUint32(RATE.at.before, rate.before ?? 0, true);
        view.setUint32(RATE.at.throttled, rate.throttled ? 1 : 0, true);
        return bytes;
      },
      delete: (key) => rates.delete(nameOf(key)),
    },
    { events, intervalMs: 1000 },
    2,
  );
  return { rates, throttles };
}

const stopsOf = (records: readonly Uint8Array[]) =>
  records.map((record) => {
    const view = viewOf(record);
    return [
      view.getBigUint64(THROTTLE.at.cgroup_id, true),
      view.getUint32(THROTTLE.at.type, true),
      view.getBigUint64(THROTTLE.at.head.ktime, true),
    ];
  });

test('a cgroup begins once, however many CPUs tell of it; another one is another', () => {
  const { throttles } = world();
  expect(throttles.begin(throttleRecord('a', 1n))).toBe(true);
  expect(throttles.begin(throttleRecord('a', 1n))).toBe(false);
  expect(throttles.begin(throttleRecord('b', 2n))).toBe(true);
});

test('it ends once when no CPU is over the limit, and only held counts are removed', () => {
  const { rates, throttles } = world();
  throttles.begin(throttleRecord('a', 7n));
  rates.set('7/0', { begin: 0n, count: 11, throttled: true });
  rates.set('7/1', { begin: 0n, count: 3 });
  expect(throttles.endQuiet(SECOND / 2n)).toEqual([]);
  expect(rates.size).toBe(2);
  const now = 2n * SECOND;
  expect(stopsOf(throttles.endQuiet(now))).toEqual([[7n, TYPE.TG_THROTTLE_STOP, now]]);
  expect([...rates.keys()]).toEqual(['7/1']);
  expect(throttles.endQuiet(now)).toEqual([]);
  expect(throttles.begin(throttleRecord('a', 7n))).toBe(true);
});

test('one CPU over the limit holds the cgroup, although another was told of', () => {
  const { rates, throttles } = world();
  throttles.begin(throttleRecord('a', 7n));
  rates.set('7/1', { begin: 0n, count: 50, throttled: true });
  expect(throttles.endQuiet(SECOND / 2n)).toEqual([]);
});

test('the interval before counts by the part that reaches into the one that ends now', () => {
  const { rates, throttles } = world();
  throttles.begin(throttleRecord('a', 7n));
  rates.set('7/0', { begin: SECOND, count: 2, before: 20, throttled: true });
  // 2 + 20 × 0.5 > 10, 2 + 20 × 0.4 = 10.
  expect(throttles.endQuiet(SECOND + (SECOND * 5n) / 10n)).toEqual([]);
  expect(throttles.endQuiet(SECOND + (SECOND * 6n) / 10n)).toHaveLength(1);
});

test('when nothing has come since, the count fades within the next interval', () => {
  const { rates, throttles } = world();
  throttles.begin(throttleRecord('a', 7n));
  rates.set('7/0', { begin: 0n, count: 20, throttled: true });
  expect(throttles.endQuiet((SECOND * 14n) / 10n)).toEqual([]);
  expect(throttles.endQuiet((SECOND * 15n) / 10n)).toHaveLength(1);
});

test('an entry that the kernel side has dropped is idle', () => {
  const { throttles } = world();
  throttles.begin(throttleRecord('a', 7n));
  expect(throttles.endQuiet(1n)).toHaveLength(1);
});
