import { join } from 'node:path';
import type { PolicySource } from '../agent/messages.ts';
import { sudoUid } from '../agent/sudoUser.ts';
import { readHomes } from '../agent/users.ts';
import { configHome, type Environment } from './userFolders.ts';

const SYSTEM_FOLDER = '/etc/trigon/policies.d';

/** Says that no folder is looked into: `./none` is a folder of that name. */
const NOWHERE = 'none';

/**
 * Folders whose policies are loaded without being asked for: whoever put them there wants them on. They may be absent.
 *
 * @param path folders separated by colons in their place; undefined: the usual ones
 */
export function policyFolders(
  path: string | undefined,
  env: Environment = process.env,
  homes: () => ReadonlyMap<number, string> = readHomes,
): PolicySource[] {
  if (path === NOWHERE) return [];
  if (path !== undefined)
    return path
      .split(':')
      .filter((folder) => folder !== '')
      .map((folder) => ({ path: folder, mode: 'monitor', origin: 'system' }));
  const config = configHome(env, homes);
  return [
    { path: SYSTEM_FOLDER, mode: 'monitor', origin: 'system' },
    ...(config === undefined
      ? []
      : [{ path: join(config, 'trigon', 'policies'), mode: 'monitor', origin: 'user' } as const]),
  ];
}

/** Users whose files may be loaded from there beside root and our own: whoever called sudo(8). */
export function policyOwners(env: Environment = process.env): number[] {
  const uid = sudoUid(env);
  return uid === undefined ? [] : [uid];
}
