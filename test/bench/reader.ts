import { join } from 'node:path';
import { setImmediate as turnOver } from 'node:timers/promises';
import { createRingReader } from '../../src/agent/ringReader.ts';
import { startSensor } from '../../src/agent/sensor.ts';
import { RING_BYTES } from '../../src/cli/ringBytes.ts';
import { createPackedBatch, PACKED_FLAG, PACKED_KIND } from '../../src/events/wire/packed.ts';
import { bytesOf } from '../../src/events/wire/span.ts';
import { viewOf } from '../../src/events/wire/view.ts';
import {
  tg_record_kind as KIND,
  tg_policy_record as POLICY,
  tg_record as RECORD,
} from '../../src/generated/layouts.ts';
import { mainThreadCpu, sleep } from './cpu.ts';
import type { Feed } from './feed.ts';

const objectsDir = join(import.meta.dirname, '../../build/bpf');
const POLL_MS = 10;
const FLUSH_MS = 30;
const NOTHING = new Uint8Array();

/**
 * What the way from the ring into packed batches costs by itself: addon, reader and batches, without the process table and the
 * counters. On the main thread of the benchmarks.
 * @returns ns of CPU a record
 */
export async function measureReader(feed: Feed, perSecond: number): Promise<number> {
  const sensor = startSensor(objectsDir, RING_BYTES);
  try {
    const batch = createPackedBatch();
    let records = 0;
    const reader = createRingReader(sensor, (span) => {
      const record = bytesOf(span);
      const view = viewOf(record);
      if (view.getUint32(RECORD.at.kind, true) !== KIND.TG_RECORD_POLICY) return;
      records += 1;
      const head = {
        ...{ kind: PACKED_KIND.policy, flags: PACKED_FLAG.unknownProcess },
        time: view.getBigUint64(RECORD.at.ktime, true),
        tgid: view.getUint32(RECORD.at.tgid, true),
        tid: view.getUint32(RECORD.at.tid, true),
        ktime: view.getBigUint64(POLICY.at.process_ktime, true),
        ...{ parentTgid: 0, parentKtime: 0n },
      };
      batch.append(head, record, NOTHING);
    });
    let lastFlush = 0;
    const turn = async () => {
      const { isEmpty } = reader.turn();
      if (performance.now() - lastFlush > FLUSH_MS) {
        lastFlush = performance.now();
        batch.take();
      }
      await (isEmpty ? sleep(POLL_MS) : turnOver());
    };
    const burst = async (seconds: number): Promise<number> => {
      const cpu = mainThreadCpu(process.pid);
      const before = records;
      let isOver = false;
      const over = feed.post({ policy: 0, hook: 0 }, perSecond, seconds).finally(() => {
        isOver = true;
      });
      while (!isOver) await turn();
      await over;
      return ((mainThreadCpu(process.pid) - cpu) / (records - before)) * 1e9;
    };
    await burst(2);
    return await burst(1);
  } finally {
    sensor.close();
  }
}
