import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { takeAhead, WORKER_OPTIONS } from './aheadWorker.ts';
import { type Beats, beat, createBeats } from './beats.ts';
import type { AgentOptions, FromAgent, ToAgent } from './messages.ts';
import { objectsFolder, projectRoot, type WorkerName, workerFile } from './workerFiles.ts';

export { projectRoot };

/** The main thread's side of the agent. */
export type AgentClient = {
  send(message: ToAgent): void;
  /** Stops the agent in order: resolves when nothing of it is left in the kernel. */
  stop(): Promise<void>;
};

const HEARTBEAT_MS = 1000;
/** An agent that doesn't stop by then is terminated: its programs and maps go with it. */
const STOP_MS = 3000;

/**
 * Starts the agent in its worker thread and renews its dead-man deadline from here: when this thread hangs, enforcement ends.
 */
export const startAgentClient = (
  options: AgentOptions,
  onMessage: (message: FromAgent) => void,
): AgentClient => {
  const worker = takeAhead() ?? new Worker(workerFile('worker'), WORKER_OPTIONS);
  const beats = createBeats();
  const start: AgentStart = { options, objectsDir: objectsFolder(), beats };
  worker.postMessage(start);
  return clientOf(worker, onMessage, { beats });
};

/** What the agent's worker is told first. */
export type AgentStart = {
  readonly options: AgentOptions;
  readonly objectsDir: string;
  /** Of the main thread. */
  readonly beats: Beats;
};

/**
 * Starts a worker that speaks an agent's messages, and lets it know each second that this thread lives. A crash of it arrives as a
 * `failed` message.
 *
 * @param workerData what it is to do
 */
export function startWorker(
  name: Exclude<WorkerName, 'worker'>,
  workerData: unknown,
  onMessage: (message: FromAgent) => void,
): AgentClient {
  return clientOf(new Worker(workerFile(name), { ...WORKER_OPTIONS, workerData }), onMessage);
}

/**
 * @param beats seen by a worker that can be too busy to read messages
 * @param stopMs how long it may take to stop in order, for tests
 */
export function clientOf(
  worker: Worker,
  onMessage: (message: FromAgent) => void,
  { beats = createBeats(), stopMs = STOP_MS }: { beats?: Beats; stopMs?: number } = {},
): AgentClient {
  const heartbeat = setInterval(() => {
    // First: whoever reads the message finds that it has gone up.
    beat(beats);
    worker.postMessage({ type: 'heartbeat' } satisfies ToAgent);
  }, HEARTBEAT_MS);
  let told = false;
  let isTerminated = false;
  const { promise: ended, resolve } = Promise.withResolvers<void>();

  worker.on('message', (message: FromAgent) => {
    if (message.type === 'failed' || message.type === 'stopped') told = true;
    onMessage(message);
  });
  const crashed = (message: string) => {
    if (told) return;
    told = true;
    onMessage({ type: 'failed', message, remedy: 'please report this; nothing stays armed' });
  };
  worker.on('error', (error) => crashed(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => {
    clearInterval(heartbeat);
    // What we have ended ourselves, as it was still busy with its start perhaps, has not crashed.
    if (!isTerminated) crashed(`the agent ended with code ${code}`);
    resolve();
  });

  return {
    send: (message) => worker.postMessage(message),
    async stop() {
      worker.postMessage({ type: 'stop' } satisfies ToAgent);
      const patience = setTimeout(() => {
        isTerminated = true;
        void worker.terminate();
      }, stopMs);
      await ended;
      clearTimeout(patience);
    },
  };
}

/** Where our own policies are. */
export const libraryFolder = (): string => join(projectRoot(), 'src', 'policies', 'library');
