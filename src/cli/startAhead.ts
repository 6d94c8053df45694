import type { AgentClient } from '../agent/client.ts';
import type { FromAgent } from '../agent/messages.ts';
import type { EventSource } from '../ui/source.ts';

/** An agent that is starting, and that the screen can be given later. */
export type AheadAgent = {
  /** What it has said until then is said again, in the order in which it came. Once. */
  readonly start: EventSource['start'];
  /** As the agent's own: any number of times. */
  stop(): Promise<void>;
};

/**
 * Starts an agent at once: it loads its programs while the screen's code is read and the first frame is drawn. What it says
 * meanwhile is kept; that is bounded as everything that it sends ahead of the screen is (MAX_UNDER_WAY in agent/output.ts).
 */
export function startAhead(start: EventSource['start']): AheadAgent {
  let waiting: FromAgent[] = [];
  let hear: ((message: FromAgent) => void) | undefined;
  const client: AgentClient = start((message) => {
    if (hear) hear(message);
    else waiting.push(message);
  });
  return {
    start(onMessage) {
      // Not before the caller has the client, which answers need; and before any message that comes from now on.
      queueMicrotask(() => {
        hear = onMessage;
        const kept = waiting;
        waiting = [];
        for (const message of kept) onMessage(message);
      });
      return client;
    },
    stop: client.stop,
  };
}
