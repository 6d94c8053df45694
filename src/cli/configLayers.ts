import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandName, Option } from './option.ts';
import {
  configurableOptions,
  findSetting,
  isConfigurable,
  type SectionName,
  type Setting,
  settingFromText,
  variableOf,
} from './settings.ts';
import type { Environment } from './userFolders.ts';

/** Settings of one origin: a file, a folder, the environment. */
export type Layer = {
  /** Where from, in words. */
  readonly origin: string;
  readonly settings: readonly Setting[];
  readonly warnings: readonly string[];
};

/** What options are set to, by their names, and where that stands. */
export type Settled = ReadonlyMap<
  string,
  { readonly value: Setting['value']; readonly place: string }
>;

export const NOTHING_SETTLED: Settled = new Map();

/**
 * What holds for a command: the first layer that says something of an option. In a layer, what stands in the command's own section goes
 * before the rest.
 */
export function settle(layers: readonly Layer[], command: CommandName): Settled {
  const settled = new Map<string, { value: Setting['value']; place: string }>();
  if (!isConfigurable(command)) return settled;
  const isOf = (section: SectionName | undefined) => section === undefined || section === command;
  for (const { settings } of layers) {
    const own = settings.filter((setting) => isOf(setting.command));
    for (const { option, value, place } of own.toSorted((a, b) => rank(a) - rank(b)))
      if (!settled.has(option)) settled.set(option, { value, place });
  }
  return settled;
}

const rank = ({ command }: Setting): number => (command === undefined ? 1 : 0);

/** `TRIGON_…`. What only a deliberate act may do isn't taken from there: an environment comes from anywhere. */
export function environmentLayer(env: Environment): Layer {
  const settings: Setting[] = [];
  const warnings: string[] = [];
  for (const option of configurableOptions()) {
    const place = variableOf(option);
    const text = env[place];
    if (text === undefined || text === '') continue;
    if (isDeliberate(option)) {
      warnings.push(`${place}: ${DELIBERATE}`);
      continue;
    }
    const value = settingFromText(option, text);
    if (value === undefined) warnings.push(`${place}: true or false is wanted, not "${text}"`);
    else settings.push({ option: option.name, command: undefined, value, place });
  }
  return { origin: 'environment', settings, warnings };
}

/**
 * Options that say only how something looks, or which of the events are shown: whoever may run Trigon with sudo may say these in a file of
 * their own. All others decide what root writes, loads, listens on, connects to or hides.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  'theme',
  'colors',
  'no-state',
  'ascii',
  'mouse',
  'screen-reader',
  'fps',
  'low-bandwidth',
  'bandwidth',
  'output',
  'color',
  'timestamps',
  'event-types',
  'binary',
  'pid',
  'follow',
  'user',
  'container',
  'policy-names',
  'filter',
  'read-only',
  'standalone',
]);
export const isHarmless = ({ name }: Pick<Option, 'name'>): boolean => HARMLESS.has(name);
export const NOT_HARMLESS =
  'under sudo only root says it: on the command line, or in /etc/trigon; not used';

/** Arming is a deliberate act: said on the command line, or by root in the system's file. */
export const isDeliberate = ({ name }: Pick<Option, 'name'>): boolean => name === 'enforce';
export const DELIBERATE =
  'it arms policies: only the command line and /etc/trigon/config.yaml may say so; not used';

/**
 * A folder with one file an option, as Tetragon's: the file's name is the option's, its content the value.
 *
 * @param read the file's text @throws why it can't be read
 * @throws the file system's error when the folder can't be read
 */
export function folderLayer(folder: string, read: (file: string) => string): Layer {
  const settings: Setting[] = [];
  const warnings: string[] = [];
  // Kubernetes' folders hold links to `..data/NAME` beside hidden ones.
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  for (const name of names.sort()) {
    const place = join(folder, name);
    const found = findSetting(name);
    if (found === undefined) warnings.push(`${place}: there is no option "${name}"; not used`);
    else if ('reason' in found) warnings.push(`${place}: not used: ${found.reason}`);
    else if (isDeliberate(found.option)) warnings.push(`${place}: ${DELIBERATE}`);
    else {
      try {
        const value = settingFromText(found.option, read(place).trim());
        if (value === undefined) warnings.push(`${place}: true or false is wanted; not used`);
        // Empty: as Tetragon's default of a text.
        else if (value !== '')
          settings.push({ option: found.option.name, command: undefined, value, place });
      } catch (error) {
        warnings.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  return { origin: folder, settings, warnings };
}
