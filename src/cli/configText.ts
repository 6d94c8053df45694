import {
  isNull,
  readYaml,
  type YamlEntry,
  type YamlNode,
  YamlSyntaxError,
} from '../policies/yaml.ts';
import { suggest } from '../suggest.ts';
import { type Binding, checkBindings } from '../ui/keyBindings.ts';

/** A binding with the places of its parts. */
export type PlacedBinding = Binding & {
  /** `file:line` of the command, and of each key. */
  readonly place: string;
  readonly keyPlaces: readonly string[];
};

export type ConfigText = {
  readonly bindings: readonly PlacedBinding[];
  /** `file:line: what is wrong and what to do`. */
  readonly warnings: readonly string[];
};

const SECTIONS = ['keys'] as const;

/** What a config file says, as far as it can be understood; commands and keys aren't checked yet. */
export function readConfigText(text: string, file: string): ConfigText {
  const bindings: PlacedBinding[] = [];
  const warnings: string[] = [];
  const at = ({ line }: { line: number }) => `${file}:${line}`;
  let documents: YamlNode[];
  try {
    documents = readYaml(text);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    return {
      bindings,
      warnings: [`${at(error.position)}: ${error.message}: nothing of it is used`],
    };
  }
  const [root, second] = documents;
  if (second) warnings.push(`${at(second.position)}: only the first document is read`);
  if (root && root.kind !== 'mapping')
    warnings.push(`${at(root.position)}: sections are wanted, such as "keys:"`);
  for (const { key, keyPosition, value } of root?.kind === 'mapping' ? root.entries : []) {
    if (key !== 'keys') warnings.push(`${at(keyPosition)}: ${unknownSection(key)}`);
    else if (value.kind === 'mapping') readKeys(value.entries);
    else if (!isNull(value))
      warnings.push(`${at(value.position)}: keys: a command and its keys a line are wanted`);
  }
  return { bindings, warnings };

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

function unknownSection(name: string): string {
  const near = suggest(name, SECTIONS);
  const hint = near ? `did you mean "${near}"?` : `there is: ${SECTIONS.join(', ')}`;
  return `unknown section "${name}", which is not used; ${hint}`;
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
