import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { findDistrust } from '../agent/policies/trust.ts';
import { asOwner, sudoUid, sudoUser } from '../agent/sudoUser.ts';
import {
  DELIBERATE,
  environmentLayer,
  folderLayer,
  isDeliberate,
  isHarmless,
  type Layer,
  NOT_HARMLESS,
} from './configLayers.ts';
import { bindingsOf, type ConfigText, readConfigText } from './configText.ts';
import { UsageError } from './optionValues.ts';
import { errorCode, errorReason, readSmallFile } from './smallFile.ts';
import { configHome, type Environment } from './userFolders.ts';

const SYSTEM_FILE = '/etc/trigon/config.yaml';
/** One file an option, as in Tetragon's folder of that kind. */
const SYSTEM_FOLDER = '/etc/trigon/trigon.conf.d';
const MOST_BYTES = 256 << 10;

/** Says that no file is read: `./none` is a file of that name. */
const NONE = 'none';

export type Config = {
  /** For `rebindKeys`. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** What options are set to, the origin that goes before the others first: the environment, then files. */
  readonly layers: readonly Layer[];
  /** What is wrong in the files, and that it isn't used; the rest is. */
  readonly warnings: readonly string[];
};

export const NO_CONFIG: Config = { keys: new Map(), layers: [], warnings: [] };

/**
 * Reads the system's config file and over it that of the user, who may have called sudo(8).
 *
 * @param given the file to read in place of both, or `none`
 * @param folder one with a file for each option, beside /etc/trigon/trigon.conf.d; it goes before the files
 * @throws UsageError when the given file or folder can't be read
 */
export function readConfig(
  given: string | undefined,
  env: Environment = process.env,
  folder?: string,
): Config {
  const home = configHome(env);
  const own = home === undefined ? undefined : join(home, 'trigon', 'config.yaml');
  const usual = [SYSTEM_FILE, ...(own === undefined ? [] : [own])];
  const user = sudoUser(env);
  // What can't be told apart is treated as a user's.
  const isSudo = user !== undefined;
  const files = given === NONE ? [] : given === undefined ? usual : [given];
  const texts = files.flatMap((file): PlacedText[] => {
    try {
      if (file !== own || given !== undefined) return [{ file, ...readFile(file, env) }];
      if (typeof user === 'string') throw new Error(user);
      // With root's rights it could be learnt what lies where the user may not look; and on NFS root may have none.
      return [{ file, ...asOwner(user, () => readFile(file, env)) }];
    } catch (error) {
      if (given !== undefined) throw new UsageError(`--config ${given}: ${errorReason(error)}`);
      return isAbsent(file)
        ? []
        : [{ file, bindings: [], settings: [], warnings: [`${file}: ${errorReason(error)}`] }];
    }
  });
  const { keys, warnings } = bindingsOf(texts);
  const layers = [
    environmentLayer(env),
    ...(folder === undefined ? [] : [givenFolder(folder, env)]),
    ...texts
      .toReversed()
      .map((text) => fileLayer(text, text.file === own && given === undefined && isSudo)),
    ...(given === undefined ? systemFolder(env) : []),
  ];
  return { keys, layers, warnings: [...warnings, ...layers.flatMap((layer) => layer.warnings)] };
}

/** As far as can be known: in a folder that may not be looked into there is nothing for us. */
function isAbsent(file: string): boolean {
  try {
    lstatSync(file);
    return false;
  } catch (error) {
    return ['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error) ?? '');
  }
}

type PlacedText = ConfigText & { readonly file: string };

/** Its warnings are told with those of its keys. @param isUsers it is a user's, and root reads it for them */
function fileLayer({ file, settings }: PlacedText, isUsers: boolean): Layer {
  const obstacle = (name: string): string | undefined => {
    if (isDeliberate({ name }) && file !== SYSTEM_FILE) return DELIBERATE;
    return isUsers && !isHarmless({ name }) ? NOT_HARMLESS : undefined;
  };
  return {
    origin: file,
    settings: settings.filter(({ option }) => obstacle(option) === undefined),
    warnings: settings.flatMap(({ place, option }) => {
      const reason = obstacle(option);
      return reason === undefined ? [] : [`${place}: ${option}: ${reason}`];
    }),
  };
}

const readOption =
  (env: Environment) =>
  (file: string): string =>
    readTrusted(file, env);

/** @throws UsageError */
function givenFolder(folder: string, env: Environment): Layer {
  try {
    return folderLayer(folder, readOption(env));
  } catch (error) {
    throw new UsageError(`--config-dir ${folder}: ${errorReason(error)}`);
  }
}

function systemFolder(env: Environment): Layer[] {
  try {
    return [folderLayer(SYSTEM_FOLDER, readOption(env))];
  } catch {
    return []; // most hosts have none
  }
}

const readFile = (file: string, env: Environment): ConfigText =>
  readConfigText(readTrusted(file, env), file);

/** @throws why it can't be read */
function readTrusted(file: string, env: Environment): string {
  const owners = new Set([0, process.geteuid?.() ?? 0, sudoUid(env) ?? 0]);
  // It is root who presses keys and gives options: nobody else may say what they do.
  const reason = findDistrust(file, owners);
  if (reason !== undefined) throw new Error(`it ${reason}`);
  return readSmallFile(file, MOST_BYTES);
}
