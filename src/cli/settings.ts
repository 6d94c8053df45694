import type { CommandName, Option } from './option.ts';
import { CONFIGURED, findOptions, OPTIONS } from './options.ts';
import { tetragonOption } from './tetragonOptions.ts';

/** The value of an option that doesn't come from the command line. */
export type Setting = {
  /** The option's name in the table. */
  readonly option: string;
  /** Of this command alone; undefined: of all that have the option. */
  readonly command: SectionName | undefined;
  /** Switches: on or off. */
  readonly value: boolean | string | readonly string[];
  /** `file:line`, or a variable's name. */
  readonly place: string;
};

/** Sections of the config file that are about one command. */
export const SECTION_NAMES = ['monitor', 'events', 'agent'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/** They say where settings are, or what a single run is to do: not to be found in a file. */
const NEVER: ReadonlySet<string> = new Set(['config', 'config-dir', 'count', 'duration']);

export const isConfigurable = (command: CommandName): boolean => CONFIGURED.includes(command);

/** Options that can stand in files and in the environment, each name once. */
export const configurableOptions = (): readonly Option[] =>
  OPTIONS.filter(
    (option, index) =>
      !NEVER.has(option.name) &&
      option.commands.some(isConfigurable) &&
      OPTIONS.findIndex(({ name }) => name === option.name) === index,
  );

/** What a name in a file means; `reason`: why it means nothing. Tetragon's names are known too. */
export function findSetting(
  name: string,
): { readonly option: Option } | { readonly reason: string } | undefined {
  const other = tetragonOption(name);
  if (other?.reason !== undefined) return { reason: other.reason };
  const options = findOptions(`--${other?.as ?? name}`);
  const option = options.find(({ commands }) => commands.some(isConfigurable));
  if (!option) return undefined;
  if (NEVER.has(option.name)) return { reason: 'it is for the command line alone' };
  return { option };
}

/** What is wanted of an option's value in a file, when `value` isn't it. */
export function valueProblem(
  { value, isList }: Option,
  given: Setting['value'],
): string | undefined {
  if (value === undefined)
    return typeof given === 'boolean' ? undefined : 'true or false is wanted';
  if (isList) return typeof given === 'boolean' ? 'a text is wanted, or a list of them' : undefined;
  return typeof given === 'string' ? undefined : 'one value is wanted';
}

/** A text as one file an option, or a variable, has it. */
export function settingFromText(option: Option, text: string): Setting['value'] | undefined {
  if (option.value !== undefined) return text;
  if (/^(true|yes|1)$/i.test(text)) return true;
  if (/^(false|no|0|)$/i.test(text)) return false;
  return undefined;
}

/** `TRIGON_EXPORT_FILE_PERM` for `export-file-perm`. */
export const variableOf = ({ name }: Option): string =>
  `TRIGON_${name.toUpperCase().replaceAll('-', '_')}`;
