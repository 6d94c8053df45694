/** Entry of the thread that asks others: see messages.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { createEnricher } from './enricher.ts';
import type { EnricherOptions, FromEnricher, ToEnricher } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('this runs in a worker thread only');

const enricher = createEnricher(workerData as EnricherOptions, (message: FromEnricher) =>
  port.postMessage(message),
);
port.on('message', (message: ToEnricher) => enricher.handle(message));
