import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { PolicySource } from '../agent/messages.ts';
import { readHomes } from '../agent/users.ts';

const SYSTEM_FOLDER = '/etc/trigon/policies.d';

/** Says that no folder is looked into: `./none` is a folder of that name. */
const NOWHERE = 'none';

type Environment = Readonly<Record<string, string | undefined>>;

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
  const user = userFolder(env, homes);
  return [
    { path: SYSTEM_FOLDER, mode: 'monitor', origin: 'system' },
    ...(user === undefined ? [] : [{ path: user, mode: 'monitor', origin: 'user' } as const]),
  ];
}

/** Users whose files may be loaded from there beside root and our own: whoever called sudo(8). */
export function policyOwners(env: Environment = process.env): number[] {
  const uid = sudoUid(env);
  return uid === undefined ? [] : [uid];
}

/** That of whoever sits there, also under sudo, which changes HOME to root's and drops XDG_CONFIG_HOME. */
function userFolder(
  env: Environment,
  homes: () => ReadonlyMap<number, string>,
): string | undefined {
  const config = env.XDG_CONFIG_HOME;
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (config && isAbsolute(config)) return join(config, 'trigon', 'policies');
  const uid = sudoUid(env);
  const home = uid === undefined ? env.HOME || homedir() : homes().get(uid);
  return home && isAbsolute(home) ? join(home, '.config', 'trigon', 'policies') : undefined;
}

/** Only root may act for somebody else. */
function sudoUid({ SUDO_UID }: Environment): number | undefined {
  return process.geteuid?.() === 0 && SUDO_UID && /^\d{1,10}$/.test(SUDO_UID)
    ? Number(SUDO_UID)
    : undefined;
}
