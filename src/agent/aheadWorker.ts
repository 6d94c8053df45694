import { Worker } from 'node:worker_threads';
import type { SensorSettings } from './aheadSensor.ts';

/**
 * A worker that loads the sensor's programs and reads its code while this thread reads its own, and finds out what it is to do: then it
 * begins with that. Of use only where it is all but sure to be wanted.
 */
let ahead: Worker | undefined;

/** Of the agent's thread, as `top -H` shows it: what comes in its place (a replay, an agent elsewhere) too. */
export const AGENT_THREAD = 'trigon-agent';

/** Node would warn, on the screen, of descriptors that the addon opens and fs closes. */
export const WORKER_OPTIONS = { name: AGENT_THREAD, trackUnmanagedFds: false } as const;

/** What the agent's worker may do before it is told what to do. */
export type AheadStart = { readonly objectsDir: string; readonly sensor: SensorSettings };

/**
 * @param file of a worker that takes what it is to do from its first message
 * @param workerData undefined: nothing but reading its code
 */
export function startWorkerAhead(file: string, workerData: AheadStart | undefined): void {
  const worker = new Worker(file, { ...WORKER_OPTIONS, workerData });
  // Nothing waits for one that nobody takes.
  worker.unref();
  // Whoever wants one then starts another, and hears what is wrong with it.
  worker.once('error', drop);
  worker.once('exit', drop);
  ahead = worker;
}

/** The one that was started, for its taker alone; undefined: there is none (any more). */
export function takeAhead(): Worker | undefined {
  const worker = ahead;
  ahead = undefined;
  worker?.off('error', drop).off('exit', drop).ref();
  return worker;
}

function drop(): void {
  ahead = undefined;
}
