/** Entry of the worker thread that is connected to Tetragon's agents. It speaks an agent's messages. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromAgent, ToAgent } from '../messages.ts';
import { startTetragonSource, type TetragonOptions } from './source.ts';

const port = parentPort;
if (!port) throw new Error('this runs in a worker thread only');

const send = (message: FromAgent, transfer: ArrayBuffer[]) => port.postMessage(message, transfer);
const fail = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  send({ type: 'failed', message, remedy: 'see trigon attach --help' }, []);
  port.close();
  process.exit(1);
};

try {
  const source = startTetragonSource(workerData as TetragonOptions, send);
  let isStopped = false;
  port.on('message', (message: ToAgent) => {
    if (isStopped) return;
    try {
      if (message.type !== 'stop') return source.handle(message);
      isStopped = true;
      source.stop().then(() => port.close(), fail);
    } catch (error) {
      fail(error);
    }
  });
  process.on('uncaughtException', fail);
} catch (error) {
  fail(error);
}
