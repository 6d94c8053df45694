import { join } from 'node:path';
import { CONTROL_FOLDER } from '../control/socketPath.ts';

/** Where `trigon agent` listens for screens. */
export const AGENT_SOCKET = join(CONTROL_FOLDER, 'agent.sock');
