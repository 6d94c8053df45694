/** However long a log is, it is read piece by piece: 100 MB of it through everything that the screen's source does. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import type { FromAgent } from '../../../../src/agent/messages.ts';
import { until } from '../../../driver/until.ts';
import { exec, exit, file, INIT } from './log.ts';

const folder = mkdtempSync(join(tmpdir(), 'trigon-memory-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MEGABYTES = 100;
/** For the heap of the worker, of which models and compiled code are most. */
const MAX_HEAP_MB = 64;

test('100 MB in a heap of 64', { timeout: 240_000 }, async () => {
  const path = join(folder, 'large.jsonl');
  const log = openSync(path, 'w');
  const padding = 'x'.repeat(1500);
  let count = 0;
  for (let bytes = 0, i = 0; bytes < MEGABYTES * 1e6; ) {
    const lines: string[] = [];
    for (const last = i + 500; i < last; i++) {
      const program = { pid: 10 + i, seconds: i / 1000, parent: INIT, arguments: `${padding}${i}` };
      lines.push(exec(program), file(program, i / 1000, `/f${i}`), exit(program, i / 1000));
    }
    const block = `${lines.join('\n')}\n`;
    // Written several times: the same processes again, and much faster than making new ones.
    for (let again = 0; again < 20; again++) writeSync(log, block);
    bytes += block.length * 20;
    count += lines.length * 20;
  }
  closeSync(log);

  let played = 0;
  let failure: unknown;
  const worker = new Worker(join(import.meta.dirname, '../../../../src/agent/replay/worker.ts'), {
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    workerData: {
      ...{ files: [path], withRotated: false, isTailing: false, output: { kind: 'records' } },
      ...{ speed: Number.POSITIVE_INFINITY, hasRealGaps: false },
    },
  });
  onTestFinished(() => void worker.terminate());
  worker.on('error', (error) => {
    failure = error;
  });
  let isRead = false;
  worker.on('message', (message: FromAgent) => {
    // A screen that is a little slow: what is under way must wait for it.
    if (message.type === 'records')
      setTimeout(() => worker.postMessage({ type: 'done', bytes: message.bytes }), 5);
    if (message.type === 'ready')
      worker.postMessage({ type: 'watch', topics: ['tree', 'binaries', 'alerts'] });
    if (message.type === 'playback') {
      ({ played, isRead } = message.playback);
    }
  });
  expect(await until(() => isRead || failure !== undefined, { limitMs: 200_000 })).toBe(true);
  expect(failure).toBeUndefined();
  expect(played).toBe(count);
});
