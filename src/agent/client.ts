import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { AgentOptions, FromAgent, ToAgent } from './messages.ts';

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
 * A crash of the worker arrives as a `failed` message.
 */
export function startAgentClient(
  options: AgentOptions,
  onMessage: (message: FromAgent) => void,
): AgentClient {
  const root = projectRoot();
  const worker = new Worker(workerFile(root), {
    workerData: { options, objectsDir: join(root, 'build', 'bpf') },
    // Node would warn, on the screen, of descriptors that the addon opens and fs closes.
    trackUnmanagedFds: false,
  });
  const heartbeat = setInterval(() => worker.postMessage({ type: 'heartbeat' }), HEARTBEAT_MS);
  let told = false;
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
    crashed(`the agent ended with code ${code}`);
    resolve();
  });

  return {
    send: (message) => worker.postMessage(message),
    async stop() {
      worker.postMessage({ type: 'stop' } satisfies ToAgent);
      const patience = setTimeout(() => void worker.terminate(), STOP_MS);
      await ended;
      clearTimeout(patience);
    },
  };
}

/** The folder with package.json above this module, which may be a source file or the bundle. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no package.json above this program');
    folder = parent;
  }
  return folder;
}

/** Where our own policies are. */
export const libraryFolder = (): string => join(projectRoot(), 'src', 'policies', 'library');

/** The bundle's worker beside the bundle; the source itself when we run from source (tests). */
function workerFile(root: string): string {
  return import.meta.url.endsWith('.ts')
    ? join(root, 'src', 'agent', 'worker.ts')
    : join(root, 'dist', 'worker.mjs');
}
