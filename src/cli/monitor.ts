import { takeAhead } from '../agent/aheadWorker.ts';
import { AttachError } from '../agent/attach/client.ts';
import { escapeText } from '../events/text.ts';
import type { EventSource } from '../ui/source.ts';
import { attachedSource } from './attachedSource.ts';
import type { MonitorOptions } from './commandLine.ts';
import { checkLook } from './display.ts';
import { runOwn, runScreen } from './ownScreen.ts';
import { policyOptionsOf, policySources } from './policySources.ts';
import { prepareServices } from './prepareServices.ts';
import { complain, screenObstacle } from './screenObstacle.ts';

/** `trigon`: the full-screen monitor. Resolves to the exit code. */
export async function runMonitor(options: MonitorOptions): Promise<number> {
  const obstacle = screenObstacle();
  if (obstacle !== undefined) return complain(obstacle);
  let attached: EventSource | undefined;
  try {
    attached = await attachedSource(options);
  } catch (error) {
    if (error instanceof AttachError) return complain(`trigon: ${escapeText(error.message)}`);
    throw error;
  }
  if (attached) {
    // The agent that was begun for this screen isn't wanted.
    void takeAhead()?.terminate();
    return runScreen(attached, options);
  }
  checkLook(options);
  await prepareServices(options.services, options.detail);
  return runOwn(
    {
      node: options.node,
      output: { kind: 'records' },
      ringBytes: options.ringBytes,
      ...policyOptionsOf(options),
      policies: policySources(options),
      detail: options.detail,
      cgroupRate: options.cgroupRate,
      ...options.services,
      protect: [process.ppid],
    },
    options,
  );
}
