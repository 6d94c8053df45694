/**
 * Entry of the agent's worker thread. It may be started before it is known what it is to do: that is the first message (AgentStart).
 * Tells the main thread of a failure in words, since an operator can do something about most of them.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Agent } from './agent.ts';
import { loadAhead, takeFrom } from './aheadSensor.ts';
import type { AheadStart } from './aheadWorker.ts';
import type { AgentStart } from './client.ts';
import type { FromAgent, ToAgent } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('the agent runs in a worker thread only');

// Before the agent's own code is read: the other thread needs as long until it can say what it wants.
const ahead = workerData as AheadStart | undefined;
const takeSensor = ahead && loadAhead(ahead.objectsDir, ahead.sensor);
const [{ startAgent }, { explainFailure }] = await Promise.all([
  import('./agent.ts'),
  import('./failure.ts'),
]);

const send = (message: FromAgent, transfer: ArrayBuffer[]) => port.postMessage(message, transfer);

const fail = (error: unknown) => {
  send({ type: 'failed', ...explainFailure(error) }, []);
  // Closes all programs and maps through the addon's clean-up: nothing stays armed.
  port.close();
  process.exit(1);
};

const begin = (start: AgentStart) => {
  try {
    const agent: Agent = startAgent(start, takeSensor ?? takeFrom(start.objectsDir), send, fail);
    let stopped = false;
    port.on('message', (message: ToAgent) => {
      // A closed port still delivers what it has: heartbeats that came while the agent was closing.
      if (stopped) return;
      try {
        if (message.type !== 'stop') return agent.handle(message);
        stopped = true;
        agent.stop().then(() => port.close(), fail);
      } catch (error) {
        fail(error);
      }
    });
    process.on('uncaughtException', fail);
  } catch (error) {
    fail(error);
  }
};

port.once('message', begin);
