/** A million programs, each of another path: whatever is kept of programs stays bounded, and so does the memory. It keeps a processor busy, and so runs alone. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAggregates } from '../../src/agent/aggregate/aggregates.ts';
import { MAX_BINARIES } from '../../src/agent/aggregate/binaries.ts';
import { createExporter } from '../../src/agent/export/exporter.ts';
import { createLineQueue } from '../../src/agent/export/lineQueue.ts';
import { makeSieve } from '../../src/agent/export/sieve.ts';
import { createFactBook } from '../../src/agent/factBook.ts';
import type { ExportOptions, FromAgent } from '../../src/agent/messages.ts';
import { createLabelCounter, MOST_PAIRS } from '../../src/agent/metrics/labelCounter.ts';
import { encodeEvent } from '../../src/events/json.ts';
import type { Event } from '../../src/events/types.ts';
import { createWorld } from '../unit/agent/world.ts';

const MILLION = 1_000_000;
/** That run at a time. Prime to ten, so that each is a new one at times. */
const PROCESSES = 1001;
/** By then everything is as full as it gets. */
const FULL = 200_000;
/** Bytes by which the heap may have grown at the end; a million programs of 100 bytes would be more. */
const MOST_GROWN = 64 << 20;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trigon-many-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');
const heap = (): number => {
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
};

test('the process table, the counters, the facts, the metrics', { timeout: 400_000 }, () => {
  const world = createWorld({
    found: (...args) => aggregates.found(...args),
    forked: (...args) => aggregates.forked(...args),
    executed: (...args) => aggregates.executed(...args),
    exited: (...args) => aggregates.exited(...args),
  });
  const rows = new Set<string>();
  const tell = (message: FromAgent) => {
    if (message.type !== 'binaries') return;
    for (const binary of message.removed) rows.delete(binary);
    for (const { binary } of message.changed) rows.add(binary);
  };
  const aggregates = createAggregates(
    tell,
    () => world.now(),
    (pid) => world.readStat(pid),
    () => undefined,
  );
  const facts = createFactBook();
  const metrics = createLabelCounter(true);
  world.old(1, 0, '/sbin/init');
  aggregates.watch(['binaries', 'tree']);
  const sha256 = 'a'.repeat(64);
  for (let pid = 2; pid < 2 + PROCESSES; pid++) world.fork(pid, 1);
  const run = (from: number, to: number) => {
    for (let turn = from; turn < to; turn++) {
      const pid = 2 + (turn % PROCESSES);
      const binary = `/tmp/${turn}/program`;
      // Some are new processes, the others run one program after the other.
      if (turn % 10 === 0) {
        world.exit(pid);
        world.fork(pid, 1);
      }
      world.exec(pid, binary);
      facts.learn([{ kind: 'sha256', executable: `8388609:${turn}:1000:5`, sha256 }]);
      metrics.add('PROCESS_EXEC', binary);
      if (turn % 10_000 === 0) {
        world.wait(500);
        aggregates.send();
      }
    }
  };
  run(0, FULL);
  const before = heap();
  run(FULL, MILLION);
  aggregates.send();
  expect(rows.size).toBeLessThanOrEqual(MAX_BINARIES);
  expect(rows.has(`/tmp/${MILLION - 1}/program`)).toBe(true);
  expect(world.table.listLive()).toHaveLength(1 + PROCESSES);
  expect([...facts.all()].length).toBeLessThanOrEqual(8192);
  // And the one that holds the rest.
  expect(metrics.list().length).toBeLessThanOrEqual(MOST_PAIRS + 1);
  expect(metrics.list().reduce((sum, { count }) => sum + count, 0)).toBe(MILLION);
  expect(heap() - before).toBeLessThan(MOST_GROWN);
});

test('an export that counts equal ones, and rotates', { timeout: 180_000 }, async () => {
  const file = join(folder, 'tetragon.log');
  const options: ExportOptions = {
    ...{ file, maxBytes: 4 << 20, maxBackups: 2, rotationMs: 0, compress: false, mode: 0o600 },
    ...{ allow: '', deny: '', fields: '', perMinute: undefined },
    aggregation: { windowMs: 15_000, most: 10_000 },
  };
  const exporter = createExporter({
    ...{ options, node: 'n', tell: () => {}, running: () => [] },
    sieve: makeSieve(options, { credentials: false, ancestors: [] }, () => {}),
  });
  const add = (turn: number) => {
    const process = { execId: `${turn}`, pid: turn, binary: `/tmp/${turn}/program` };
    const event = { kind: 'process_exec', process } as Event;
    exporter.add({
      packed: undefined as never,
      event: () => event,
      json: () => encodeEvent(event),
      whole: () => encodeEvent(event),
    });
  };
  const run = async (from: number, to: number) => {
    for (let turn = from; turn < to; turn++) {
      add(turn);
      if (turn % 5000 !== 0) continue;
      exporter.flush?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await run(0, FULL);
  const before = heap();
  await run(FULL, MILLION);
  expect(heap() - before).toBeLessThan(MOST_GROWN);
  await exporter.close();
  // It is fed faster than any disk writes: what is not in a file is counted.
  const lost = exporter.lost?.().exportFile ?? 0;
  expect((exporter.exported?.().events ?? 0) + lost).toBe(MILLION);
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
  expect(sizes.length).toBeLessThanOrEqual(4);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(4 << 20);
});

test('lines that wait take little more than their bytes', () => {
  const room = 16 << 20;
  const queue = createLineQueue(room);
  const field = 'x'.repeat(20);
  const event = (turn: number) =>
    ({
      kind: 'process_exec',
      process: {
        ...{ execId: `${turn}`, pid: turn, binary: `/tmp/${turn}/program`, arguments: field },
        ...{ cwd: field, flags: field, startTime: BigInt(turn), auid: turn, parentExecId: field },
      },
      nodeName: field,
    }) as Event;
  const before = heap();
  for (let turn = 0; queue.add(encodeEvent(event(turn))); turn++);
  expect(queue.length).toBeGreaterThan(room - 1000);
  expect(heap() - before).toBeLessThan(1.5 * room);
});
