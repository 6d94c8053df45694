import { fileURLToPath } from 'node:url';
import { projectRoot } from '../../src/agent/workerFiles.ts';

const SCRIPT = fileURLToPath(new URL('openClone.sh', import.meta.url));
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups'];

/** Arguments of unshare(1) for a command of this clone that becomes another user: a clone may lie where that one can't read. */
export const openClone = (command: readonly string[]): string[] => [
  ...['--mount', '--propagation', 'private', 'sh', SCRIPT, projectRoot()],
  ...command,
];

/**
 * The same for a command that a user without rights runs.
 *
 * @param options more of setpriv(1)
 */
export const asNobody = (command: readonly string[], options: readonly string[] = []): string[] =>
  openClone(['setpriv', ...NOBODY, ...options, ...command]);
