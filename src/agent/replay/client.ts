import { type AgentClient, startWorker } from '../client.ts';
import type { FromAgent } from '../messages.ts';
import type { ReplayOptions } from './options.ts';

/** Starts a replay in a worker thread of its own. What can't be read arrives as a `failed` message. */
export const startReplayClient = (
  options: ReplayOptions,
  onMessage: (message: FromAgent) => void,
): AgentClient => startWorker('replay', options, onMessage);
