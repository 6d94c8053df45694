import { join } from 'node:path';
import { findDistrust } from '../agent/policies/trust.ts';
import { asOwner, sudoUid, sudoUser } from '../agent/sudoUser.ts';
import { bindingsOf, type ConfigText, readConfigText } from './configText.ts';
import { UsageError } from './optionValues.ts';
import { errorCode, errorReason, readSmallFile } from './smallFile.ts';
import { configHome, type Environment } from './userFolders.ts';

const SYSTEM_FILE = '/etc/trigon/config.yaml';
const MOST_BYTES = 256 << 10;

/** Says that no file is read: `./none` is a file of that name. */
const NONE = 'none';

export type Config = {
  /** For `rebindKeys`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** What is wrong in the files, and that it isn't used; the rest is. */
  readonly warnings: readonly string[];
};

/**
 * Reads the system's config file and over it that of the user, who may have called sudo(8).
 *
 * @param given the file to read in place of both, or `none`
 * @throws UsageError when the given file can't be read
 */
export function readConfig(given: string | undefined, env: Environment = process.env): Config {
  const home = configHome(env);
  const own = home === undefined ? undefined : join(home, 'trigon', 'config.yaml');
  const usual = [SYSTEM_FILE, ...(own === undefined ? [] : [own])];
  const user = sudoUser(env);
  const files = given === NONE ? [] : given === undefined ? usual : [given];
  const texts = files.flatMap((file): ConfigText[] => {
    try {
      if (file !== own || given !== undefined) return [readFile(file, env)];
      if (typeof user === 'string') throw new Error(user);
      // With root's rights it could be learnt what lies where the user may not look; and on NFS root may have none.
      return [asOwner(user, () => readFile(file, env))];
    } catch (error) {
      if (given !== undefined) throw new UsageError(`--config ${given}: ${errorReason(error)}`);
      const isAbsent = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
      return isAbsent ? [] : [{ bindings: [], warnings: [`${file}: ${errorReason(error)}`] }];
    }
  });
  return bindingsOf(texts);
}

/** @throws why it can't be read */
function readFile(file: string, env: Environment): ConfigText {
  const owners = new Set([0, process.geteuid?.() ?? 0, sudoUid(env) ?? 0]);
  // Keys are what root presses: nobody else may say what they do.
  const reason = findDistrust(file, owners);
  if (reason !== undefined) throw new Error(`it ${reason}`);
  return readConfigText(readSmallFile(file, MOST_BYTES), file);
}
