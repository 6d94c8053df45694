import { Worker } from 'node:worker_threads';
import type { FromAgent } from '../../src/agent/messages.ts';
import { createEventStore } from '../../src/ui/store/eventStore.ts';
import { startAgent } from '../driver/agent.ts';
import { until } from '../driver/until.ts';
import type { Figure } from './figure.ts';
import { figureOf } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { startLoad } from './load.ts';
import type { Effort } from './step.ts';
import type { TransferOrder } from './transferWorker.ts';

const EVENTS = 4_000_000;
const ROUNDS = 5;
/** Of these the agent makes batches such as a busy host has. */
const EVENTS_PER_SECOND = 20_000;
/** Fewer than it makes of them in 30 ms. */
const BATCH_EVENTS = 300;

type Batch = { readonly bytes: Uint8Array; readonly count: number };

/** Batches of the real agent, from a worker into the screen's store as fast as they go. */
export async function measureTransfer(bench: Bench, { quick }: Effort): Promise<Figure[]> {
  const batch = await recordBatch(bench);
  const rates: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
    const { seconds, addSeconds, events } = await transfer(batch);
    rates.push(events / seconds / 1e6);
    costs.push((addSeconds / events) * 1e9);
  }
  const size = `${(batch.bytes.length / batch.count).toFixed(0)} bytes an event, ${batch.count} a batch`;
  return [
    figureOf('worker to store', 'M events/s', rates, { note: size }),
    figureOf('worker to store, the store itself', 'ns/event', costs),
  ];
}

/** The first full one of the batches that the agent makes. */
async function recordBatch(bench: Bench): Promise<Batch> {
  let first: Batch | undefined;
  const keep = (message: FromAgent) => {
    if (message.type !== 'records' || message.count < BATCH_EVENTS || first) return;
    first = {
      bytes: new Uint8Array(message.buffer.slice(0, message.bytes)),
      count: message.count,
    };
  };
  const policies = [{ path: bench.policy, mode: 'monitor' as const }];
  const agent = await startAgent({ policies, ringBytes: 16 << 20 }, keep);
  const load = startLoad(bench, EVENTS_PER_SECOND);
  try {
    await until(() => first);
  } finally {
    await load.stop();
    await agent.stop();
  }
  if (!first) throw new Error('the agent sent no batch of events');
  return first;
}

async function transfer(
  batch: Batch,
): Promise<{ seconds: number; addSeconds: number; events: number }> {
  const times = Math.ceil(EVENTS / batch.count);
  const store = createEventStore();
  const workerData: TransferOrder = { batch: batch.bytes, times };
  let started = 0;
  let ended = 0;
  let adding = 0;
  const worker = new Worker(new URL('transferWorker.ts', import.meta.url), { workerData });
  worker.on('message', (buffer: ArrayBuffer) => {
    const before = performance.now();
    started ||= before;
    store.add(buffer, buffer.byteLength);
    ended = performance.now();
    adding += ended - before;
    worker.postMessage(buffer.byteLength);
  });
  await new Promise((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  const events = times * batch.count;
  if (store.next !== events) throw new Error(`${store.next} of ${events} events came`);
  return { seconds: (ended - started) / 1000, addSeconds: adding / 1000, events };
}
