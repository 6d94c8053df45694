import { AttachError, attachToAgent } from '../agent/attach/client.ts';
import { sudoUser } from '../agent/sudoUser.ts';
import type { EventSource } from '../ui/source.ts';
import type { MonitorOptions } from './commandLine.ts';
import { findOperator } from './operator.ts';
import { UsageError } from './optionValues.ts';

/**
 * The agent that runs on this host already, if there is one and it is wanted.
 *
 * @throws AttachError, UsageError
 */
export async function attachedSource({
  attach,
  readOnly,
}: MonitorOptions): Promise<EventSource | undefined> {
  const { socket, isGiven, foreign } = attach;
  if (socket === undefined) return undefined;
  const caller = sudoUser();
  const agent = await attachToAgent(socket, {
    operator: findOperator(),
    // Where it can't be told who called, the screen records nothing (ui/features/record.ts).
    ...(typeof caller === 'object' ? { owner: caller } : {}),
    readOnly,
  });
  if (!agent) {
    if (!isGiven) return undefined;
    throw new AttachError(
      `no agent listens on ${socket}; start one: trigon agent --agent-socket ${socket}`,
    );
  }
  const { pid } = agent;
  const [option] = foreign;
  if (option !== undefined) {
    agent.leave();
    const remedy =
      option === 'policy' ? 'load it there: trigon policy add FILE' : 'give it to "trigon agent"';
    throw new UsageError(
      `--${option} is for an agent at its start, and one runs already (pid ${pid}): ${remedy}, or have one of your own: --standalone`,
    );
  }
  return {
    kind: 'attached',
    title: `agent pid ${pid}`,
    node: agent.node,
    readOnly: readOnly || agent.readOnly,
    farewell: `trigon: detached; the agent goes on (pid ${pid})`,
    start: agent.start,
  };
}
