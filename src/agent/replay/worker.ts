/** Entry of the replay's worker thread. It reads files, and neither the addon nor the kernel is touched. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromAgent, ToAgent } from '../messages.ts';
import { ReplayError } from './error.ts';
import type { ReplayOptions } from './options.ts';
import { startReplay } from './replay.ts';

const port = parentPort;
if (!port) throw new Error('a replay runs in a worker thread only');

const send = (message: FromAgent, transfer: ArrayBuffer[]) => port.postMessage(message, transfer);

const fail = (error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const remedy =
    error instanceof ReplayError ? error.remedy : 'please report this with the message above';
  send({ type: 'failed', message, remedy }, []);
  port.close();
  process.exit(1);
};

process.on('uncaughtException', fail);

/** Messages that come before it has begun wait. */
const starting = startReplay(workerData as ReplayOptions, send, fail);
port.on('message', async (message: ToAgent) => {
  const replay = await starting.catch(() => undefined);
  if (!replay) return;
  if (message.type !== 'stop') return replay.handle(message);
  await replay.stop();
  port.close();
});
starting.catch(fail);
