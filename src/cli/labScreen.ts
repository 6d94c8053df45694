import { hostname } from 'node:os';
import { libraryFolder } from '../agent/client.ts';
import { NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import type { Lab } from '../labs/lab.ts';
import { labFolder } from '../labs/places.ts';
import { labSource } from '../labs/sources.ts';
import { checkLook } from './display.ts';
import type { LookOptions } from './lookOptions.ts';
import { findOperator } from './operator.ts';
import { runOwn } from './ownScreen.ts';
import { RING_BYTES } from './ringBytes.ts';
import { complain, screenObstacle } from './screenObstacle.ts';

/** `trigon lab NAME`: the same with a narrator. Of the policies there are only the lab's own and the library's, all off. */
export async function runLabScreen(lab: Lab, look: LookOptions): Promise<number> {
  const obstacle = screenObstacle();
  if (obstacle !== undefined) return complain(obstacle);
  checkLook(look);
  return runOwn(
    {
      node: hostname(),
      output: { kind: 'records' },
      ringBytes: RING_BYTES,
      policies: [labSource(lab), { path: libraryFolder(), mode: 'off', origin: 'library' }],
      variables: { LAB: labFolder() },
      allowNetworkActions: false,
      detail: NO_DETAIL_OPTIONS,
      protect: [process.ppid],
      operator: findOperator(),
    },
    look,
    lab,
  );
}
