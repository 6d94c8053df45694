/** Policy records straight from where they lie into a batch: the same as by an event. */
import { describe, expect, test } from 'vitest';
import { createEventCounts } from '../../../src/agent/metrics/eventCounts.ts';
import { createPolicyPass, flagsOf } from '../../../src/agent/policyPass.ts';
import {
  createPackedBatch,
  PACKED_KIND,
  type PackedHead,
} from '../../../src/events/wire/packed.ts';
import type { RecordSpan } from '../../../src/events/wire/span.ts';
import { tg_policy_record as POLICY } from '../../../src/generated/layouts.ts';
import { fileArgument, hookNames, policyRecord } from '../wire/records.ts';
import { createWorld } from './world.ts';

const TO_WALL = 1_700_000_000_123_456_789n;

/** In a larger buffer, with other bytes in front of it and behind. */
function within(record: Uint8Array): RecordSpan {
  const buffer = new Uint8Array(record.length + 64).fill(0xee);
  buffer.set(record, 24);
  return { view: new DataView(buffer.buffer, 8), at: 16, length: record.length };
}

function scene() {
  const world = createWorld({});
  world.old(1, 0, '/sbin/init');
  world.old(2, 0);
  world.fork(10, 1);
  world.exec(10, '/bin/a');
  world.exec(10, '/bin/b');
  world.fork(11, 10);
  const names = hookNames(undefined, { policyName: 'p' });
  const countsOf = () => {
    const counts = createEventCounts(() => names, true);
    counts.beginTurn(5_000_000_000n, TO_WALL);
    return counts;
  };
  return { world, countsOf };
}

describe.each([0, 40, 300])('with a path of %i bytes', (length) => {
  test.each([
    ['a program that took another’s place', 10],
    ['a forked one', 11],
    ['one that is not known', 99],
  ])('%s', (_, pid) => {
    const { world, countsOf } = scene();
    const entry = world.table.findLive(pid);
    // No multiple of 4, for the copy's last bytes.
    const record = policyRecord([fileArgument(`/${'x'.repeat(length)}`, 0o100644)], {
      ...{ tgid: pid, ktime: 4_000_000_001n },
    }).subarray(0, -1);
    const time = 4_000_000_001n + TO_WALL;
    const head: PackedHead = {
      ...{ kind: PACKED_KIND.policy, flags: flagsOf(entry), time },
      ...{ tgid: pid, tid: new DataView(record.buffer).getUint32(POLICY.at.head.tid, true) },
      ktime: entry?.ktime ?? 0n,
      ...{ parentTgid: entry?.parentTgid ?? 0, parentKtime: entry?.parentKtime ?? 0n },
    };
    const process = entry?.record ?? new Uint8Array();
    const byEvent = { batch: createPackedBatch(64), counts: countsOf() };
    const straight = { batch: createPackedBatch(64), counts: countsOf() };
    const pass = createPolicyPass(straight.counts, straight.batch.appendRecord);
    // The second one shares the first one's exec record.
    for (let i = 0; i < 2; i++) {
      byEvent.batch.append(head, record, process);
      byEvent.counts.add({ ...head, payload: record, process }, entry?.program);
      pass(within(record), entry, TO_WALL);
    }
    expect(straight.batch.take()).toEqual(byEvent.batch.take());
    expect(straight.counts.read()).toEqual(byEvent.counts.read());
    expect(straight.counts.read().latency.sum).toBeCloseTo(2, 6);
  });
});

test('what kernel threads do is nobody’s process', () => {
  const { world, countsOf } = scene();
  const batch = createPackedBatch();
  const counts = countsOf();
  const pass = createPolicyPass(counts, batch.appendRecord);
  pass(within(policyRecord([], { tgid: 2 })), world.table.findLive(2), TO_WALL);
  expect(batch.take()).toBeUndefined();
  expect(counts.read().byType).toEqual([]);
});

test('processes are found by the time in a record as by the number it is', () => {
  const { world } = scene();
  const { table } = world;
  const times = [world.ktimeOf(10), world.ktimeOf(11), world.ktimeOf(10) - 1n, 0n];
  const check = () => {
    for (const pid of [10, 11, 12])
      for (const time of [...times, world.ktimeOf(pid)]) {
        const record = new Uint8Array(8);
        new DataView(record.buffer).setBigUint64(0, time, true);
        const { view, at } = within(record);
        for (let again = 0; again < 2; again++)
          expect(table.findIn(pid, { view, at, length: 8 }, 0)).toBe(table.find(pid, time));
      }
  };
  check();
  world.exec(10, '/bin/c');
  check();
  world.exit(11);
  check();
  world.fork(11, 10);
  check();
});

test('counters of all binaries together: nothing is decoded for them', () => {
  const { world } = scene();
  const program = world.table.findLive(10)?.program;
  const record = within(policyRecord([], { tgid: 10 }));
  const together = createEventCounts(() => undefined, false);
  together.addRecord(record, program);
  expect(program?.binary).toBeUndefined();
  expect(together.read().byType).toEqual([{ group: 'PROCESS_KPROBE', binary: '', count: 1 }]);
  const each = createEventCounts(() => undefined, true);
  each.addRecord(record, program);
  expect(each.read().byType).toEqual([{ group: 'PROCESS_KPROBE', binary: '/bin/b', count: 1 }]);
});
