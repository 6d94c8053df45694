import { startWorker } from '../agent/client.ts';
import type { EventSource } from '../ui/source.ts';
import type { AttachOptions } from './attachCommandLine.ts';
import { runScreen } from './ownScreen.ts';

/** `trigon attach`: the screen on Tetragon's agents. Resolves to the exit code. */
export async function runAttach(options: AttachOptions): Promise<number> {
  const { targets, readOnly } = options;
  const [first] = targets;
  const title = targets.length === 1 ? (first?.address ?? '') : `${targets.length} agents`;
  const source: EventSource = {
    kind: 'tetragon',
    title,
    // Events name theirs.
    node: title,
    readOnly,
    start: (onMessage) => startWorker('attach', { targets, readOnly }, onMessage),
  };
  return runScreen(source, options);
}
