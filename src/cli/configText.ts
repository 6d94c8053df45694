import {
  isNull,
  readYaml,
  type YamlEntry,
  type YamlNode,
  YamlSyntaxError,
} from '../policies/yaml.ts';
import { suggest } from '../suggest.ts';
import { type Binding, checkBindings } from '../ui/keyBindings.ts';
import {
  configurableOptions,
  findSetting,
  SECTION_NAMES,
  type SectionName,
  type Setting,
  valueProblem,
} from './settings.ts';

/** A binding with the places of its parts. */
export type PlacedBinding = Binding & {
  /** `file:line` of the command, and of each key. */
  readonly place: string;
  readonly keyPlaces: readonly string[];
};

export type ConfigText = {
  readonly bindings: readonly PlacedBinding[];
  readonly settings: readonly Setting[];
  /** `file:line: what is wrong and what to do`. */
  readonly warnings: readonly string[];
};

/** What a config file says, as far as it can be understood; commands and keys aren't checked yet. */
export function readConfigText(text: string, file: string): ConfigText {
  const bindings: PlacedBinding[] = [];
  const settings: Setting[] = [];
  const warnings: string[] = [];
  const at = ({ line }: { line: number }) => `${file}:${line}`;
  let documents: YamlNode[];
  try {
    documents = readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    return {
      bindings,
      settings,
      warnings: [`${at(error.position)}: ${error.message}: nothing of it is used`],
    };
  }
  const [root, second] = documents;
  if (second) warnings.push(`${at(second.position)}: only the first document is read`);
  if (root && root.kind !== 'mapping')
    warnings.push(`${at(root.position)}: options are wanted, such as "fps: 5", or "keys:"`);
  for (const entry of root?.kind === 'mapping' ? root.entries : []) {
    const { key, value } = entry;
    const section = SECTION_NAMES.find((name) => name === key);
    if (key === 'keys') {
      if (value.kind === 'mapping') readKeys(value.entries);
      else if (!isNull(value))
        warnings.push(`${at(value.position)}: keys: a command and its keys a line are wanted`);
    } else if (section === undefined) readSetting(entry, undefined);
    else if (value.kind === 'mapping')
      for (const inner of value.entries) readSetting(inner, section);
    else if (!isNull(value))
      warnings.push(`${at(value.position)}: ${section}: options and their values are wanted`);
  }
  return { bindings, settings, warnings };

  function readSetting({ key, keyPosition, value }: YamlEntry, command: SectionName | undefined) {
    const found = findSetting(key);
    const place = at(keyPosition);
    if (found === undefined) {
      warnings.push(`${place}: ${unknownOption(key)}`);
      return;
    }
    if ('reason' in found) {
      warnings.push(`${place}: ${key}: not used: ${found.reason}`);
      return;
    }
    if (isNull(value)) return;
    const given = settingValue(value);
    const problem =
      given === undefined ? 'a value is wanted, no mapping' : valueProblem(found.option, given);
    if (given === undefined || problem !== undefined)
      warnings.push(`${at(value.position)}: ${key}: ${problem}; not used`);
    else settings.push({ option: found.option.name, command, value: given, place });
  }

  function readKeys(entries: readonly YamlEntry[]): void {
    for (const { key: command, keyPosition, value } of entries) {
      const items = itemsOf(value);
      const texts = items.flatMap((item) =>
        item.kind === 'scalar' && !isNull(item)
          ? { text: item.value, place: at(item.position) }
          : [],
      );
      if (texts.length < items.length)
        warnings.push(
          `${at(value.position)}: keys: ${command}: a key is wanted, or a list as in [a, ctrl+b]`,
        );
      if (texts.length === 0 && items.length > 0) continue;
      bindings.push({
        command,
        keys: texts.map((item) => item.text),
        place: at(keyPosition),
        keyPlaces: texts.map((item) => item.place),
      });
    }
  }
}

/** Nothing at all means no key. */
function itemsOf(value: YamlNode): readonly YamlNode[] {
  if (value.kind === 'sequence') return value.items;
  return isNull(value) ? [] : [value];
}

/** A list's entries that are no plain values make it none. */
function settingValue(node: YamlNode): Setting['value'] | undefined {
  if (node.kind === 'mapping') return undefined;
  if (node.kind === 'scalar')
    return node.plain && (node.value === 'true' || node.value === 'false')
      ? node.value === 'true'
      : node.value;
  const texts = node.items.flatMap((item) => (item.kind === 'scalar' ? [item.value] : []));
  return texts.length === node.items.length ? texts : undefined;
}

function unknownOption(name: string): string {
  const names = [...configurableOptions().map((option) => option.name), 'keys', ...SECTION_NAMES];
  const near = suggest(name, names);
  const hint = near ? `; did you mean "${near}"?` : ': they are those of the command line';
  return `there is no option "${name}"${hint}`;
}

/**
 * The keys that several files give, the last of them first: what it says of a command replaces what the others say.
 *
 * @returns keys for `rebindKeys`, and warnings with their places
 */
export function bindingsOf(files: readonly ConfigText[]): {
  keys: ReadonlyMap<string, readonly string[]>;
  warnings: readonly string[];
} {
  const byCommand = new Map<string, PlacedBinding>();
  for (const { bindings } of files)
    for (const binding of bindings) {
      byCommand.delete(binding.command);
      byCommand.set(binding.command, binding);
    }
  const all = [...byCommand.values()];
  const { keys, problems } = checkBindings(all);
  const warnings = problems.map(({ binding, key, text }) => {
    const placed = all[binding];
    const place = (key === undefined ? undefined : placed?.keyPlaces[key]) ?? placed?.place ?? '';
    return `${place}: keys: ${text}`;
  });
  return { keys, warnings: [...files.flatMap((file) => file.warnings), ...warnings] };
}
