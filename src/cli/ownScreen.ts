import { startAgentClient } from '../agent/client.ts';
import type { AgentOptions } from '../agent/messages.ts';
import type { Lab } from '../labs/lab.ts';
import type { EventSource } from '../ui/source.ts';
import type { LookOptions } from './lookOptions.ts';
import { startAhead } from './startAhead.ts';

/**
 * The screen on an agent of our own, in a worker thread. That one starts first: it is as long about its programs as this thread is
 * about the screen's code. Resolves to the exit code.
 */
export async function runOwn(options: AgentOptions, look: LookOptions, lab?: Lab): Promise<number> {
  const agent = startAhead((onMessage) => startAgentClient(options, onMessage));
  try {
    return await runScreen(
      {
        kind: 'agent',
        title: options.node,
        node: options.node,
        readOnly: options.readOnly === true,
        start: agent.start,
      },
      look,
      lab,
    );
  } finally {
    // There may have been no screen to stop it.
    await agent.stop();
  }
}

/** The screen on any source of events. Its code is most of what this thread has to read. */
export const runScreen = async (
  source: EventSource,
  look: LookOptions,
  lab?: Lab,
): Promise<number> => (await import('./screen.ts')).runScreen(source, look, lab);
