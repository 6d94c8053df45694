import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { sudoUid } from '../agent/sudoUser.ts';
import { readHomes } from '../agent/users.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
type Homes = () => ReadonlyMap<number, string>;

/** Folder for what its user sets up, `~/.config` by default; that of whoever sits there, also under sudo(8), which changes HOME to root's. */
export const configHome = (env: Environment = process.env, homes: Homes = readHomes) =>
  userFolder(env, env.XDG_CONFIG_HOME, ['.config'], homes);

/** Folder for what programs keep from one run to the next, `~/.local/state` by default; whose: as for `configHome`. */
export const stateHome = (env: Environment = process.env, homes: Homes = readHomes) =>
  userFolder(env, env.XDG_STATE_HOME, ['.local', 'state'], homes);

/** undefined: there is no home. A relative path in a variable is to be ignored (XDG Base Directory Specification). */
function userFolder(
  env: Environment,
  given: string | undefined,
  names: readonly string[],
  homes: Homes,
): string | undefined {
  if (given && isAbsolute(given)) return given;
  const uid = sudoUid(env);
  const home = uid === undefined ? env.HOME || homedir() : homes().get(uid);
  return home && isAbsolute(home) ? join(home, ...names) : undefined;
}
