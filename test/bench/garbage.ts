import { readFileSync } from 'node:fs';
import type { HeapInfo } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { until } from '../driver/until.ts';
import { type AgentReader, startReader } from './agentReader.ts';
import { median, sleep } from './cpu.ts';
import { type Figure, figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { startLoad } from './load.ts';
import type { Effort } from './step.ts';

const EVENTS_PER_SECOND = 20_000;
const WINDOWS = 5;
const SECONDS = 2;
/** For V8 to compile what each event runs through: code that is not yet makes more. */
const WARM_UP_SECONDS = 4;
/** Below, a window says nothing of an event. */
const LEAST_SHARE = 0.5;

/**
 * What the agent's thread leaves for V8 to collect, for events of a policy that nobody looks at: they go into the screen's store as
 * bytes and are never decoded. Of V8's own count of what was allocated, so that a collection in between changes nothing; buffers,
 * which lie outside of its heap, are not in it.
 */
export async function measureGarbage(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const agent = await startReader({ path: bench.policy, text: readFileSync(bench.policy, 'utf8') });
  const windows = quick ? 2 : WINDOWS;
  try {
    await sleep(WARM_UP_SECONDS * 1000);
    const idle: Stretch[] = [];
    for (let window = 0; window < windows; window++) idle.push(await watch(agent, SECONDS));
    const load = startLoad(bench, EVENTS_PER_SECOND);
    const busy: Stretch[] = [];
    try {
      if (!(await until(() => agent.counts().events > 0))) throw new Error('no event came');
      await watch(agent, WARM_UP_SECONDS);
      for (let window = 0; window < windows; window++) busy.push(await watch(agent, SECONDS));
    } finally {
      await load.stop();
    }
    const told = Math.min(...busy.map(({ events, seconds }) => events / seconds));
    if (told < EVENTS_PER_SECOND * LEAST_SHARE)
      throw new Error(`only ${told.toFixed(0)} of ${EVENTS_PER_SECOND} ev/s were told of`);
    const without = idle.map(({ bytes, seconds }) => bytes / seconds);
    const other = median(without);
    const perEvent = busy.map(({ bytes, events, seconds }) => (bytes - other * seconds) / events);
    const { lost } = agent.counts();
    return [
      figureOf('garbage of the agent, an event that nobody looks at', 'bytes', perEvent, {
        note: `at ${(told / 1000).toFixed(0)}k ev/s, ${lost} lost; over what it leaves without events`,
      }),
      figureOf(
        'garbage of the agent, no event of a policy',
        'KB/s',
        without.map((bytes) => bytes / 1000),
        { note: 'what else happens on this machine is in it' },
      ),
    ];
  } finally {
    await agent.stop();
  }
}

type Stretch = { readonly bytes: number; readonly events: number; readonly seconds: number };

async function watch({ worker, counts }: AgentReader, seconds: number): Promise<Stretch> {
  const read = async () => ({
    bytes: await readAllocated(worker),
    events: counts().events,
    at: performance.now(),
  });
  const before = await read();
  await sleep(seconds * 1000);
  const after = await read();
  return {
    bytes: after.bytes - before.bytes,
    events: after.events - before.events,
    seconds: (after.at - before.at) / 1000,
  };
}

/** Bytes that a worker's heap has given out since it began; its types in Node's declarations are behind. */
async function readAllocated(worker: Worker): Promise<number> {
  const heap: HeapInfo & { total_allocated_bytes?: number } = await worker.getHeapStatistics();
  if (heap.total_allocated_bytes === undefined)
    throw new Error("this Node does not tell what a worker's heap has given out");
  return heap.total_allocated_bytes;
}
