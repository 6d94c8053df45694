/** Sends a batch over and over to the thread that started it, as the agent does: in transferred buffers, 32 MiB at most under way. */
import { parentPort, workerData } from 'node:worker_threads';

export type TransferOrder = { readonly batch: Uint8Array; readonly times: number };

const MAX_UNDER_WAY = 32 << 20;

const { batch, times } = workerData as TransferOrder;
let sent = 0;
let underWay = 0;

const send = (): void => {
  while (sent < times && (underWay === 0 || underWay + batch.length <= MAX_UNDER_WAY)) {
    const buffer = batch.slice().buffer;
    underWay += batch.length;
    sent += 1;
    parentPort?.postMessage(buffer, [buffer]);
  }
};

parentPort?.on('message', (bytes: number) => {
  underWay -= bytes;
  send();
  if (sent === times && underWay === 0) parentPort?.close();
});
send();
