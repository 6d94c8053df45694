import { dump } from 'js-yaml';
import { loadPlainYaml } from '../plainYaml.ts';
import { DEFAULT_SETTINGS, MAX_HISTORY, type Settings } from './settings.ts';

const MAX_ITEMS = 200;
/** Of a name or a path. */
const MAX_NAME = 512;
/** Of a filter, as long as one that can be typed. */
const MAX_TEXT = 2000;

export type ReadSettings = {
  readonly settings: Settings;
  /** What isn't as it should be, and so isn't used; in words, without the file. */
  readonly warnings: readonly string[];
};

/** What a value of the file is made of; undefined: it is none. */
type Read<T> = (value: unknown) => T | undefined;

const text =
  (most: number): Read<string> =>
  (value) =>
    typeof value === 'string' && value.length <= most ? value : undefined;

const flag: Read<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** The newest are at the end: those are kept. */
const list =
  (most: number, length: number): Read<readonly string[]> =>
  (value) =>
    Array.isArray(value)
      ? value.flatMap((item) => text(length)(item) ?? []).slice(-most)
      : undefined;

const mapping =
  <T>(read: Read<T>): Read<Record<string, T>> =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).flatMap(([name, item]): [string, T][] => {
      const found = name.length <= MAX_NAME ? read(item) : undefined;
      return found === undefined ? [] : [[name, found]];
    });
    return Object.fromEntries(entries.slice(-MAX_ITEMS));
  };

const order: Read<{ column: string; descending: boolean }> = (value) => {
  const { column, descending } = mapping((item) => item)(value) ?? {};
  return typeof column === 'string' && typeof descending === 'boolean'
    ? { column, descending }
    : undefined;
};

/** Names of views, columns and themes aren't checked here: who uses them passes over those that there aren't any more. */
const READERS: { readonly [Name in keyof Settings]-?: Read<Settings[Name]> } = {
  theme: text(MAX_NAME),
  mouse: flag,
  sort: mapping(order),
  hiddenColumns: mapping(list(MAX_ITEMS, MAX_NAME)),
  kernelThreads: flag,
  foldedPrograms: list(MAX_ITEMS, MAX_NAME),
  filters: mapping(text(MAX_TEXT)),
  filterHistory: list(MAX_HISTORY, MAX_TEXT),
  findHistory: list(MAX_HISTORY, MAX_TEXT),
  paletteHistory: list(MAX_HISTORY, MAX_TEXT),
};

const NAMES = Object.keys(READERS) as (keyof Settings)[];

/**
 * Reads what `writeSettings` writes. What is of another kind than it should be is left out; what a newer version may have written is
 * passed over.
 *
 * @throws Error when the text is nothing that could be settings
 */
export function readSettings(source: string): ReadSettings {
  const content = mapping((item) => item ?? undefined)(
    source.trim() === '' ? {} : (loadPlainYaml(source) ?? {}),
  );
  if (!content) throw new Error('it holds no settings');
  const warnings: string[] = [];
  const read = <Name extends keyof Settings>(name: Name): Partial<Settings> => {
    if (content[name] === undefined) return {};
    const value = READERS[name](content[name]);
    if (value === undefined) warnings.push(`${name} is not what it should be, and isn't used`);
    return value === undefined ? {} : { [name]: value };
  };
  const found = NAMES.map((name) => read(name));
  return { settings: Object.assign({ ...DEFAULT_SETTINGS }, ...found), warnings };
}

/** As YAML, of bounded length: what would be too much to read again is left out. */
export function writeSettings(settings: Readonly<Settings>): string {
  const kept = NAMES.flatMap((name) => {
    const value = READERS[name](settings[name]);
    return value === undefined ? [] : [[name, value] as const];
  });
  return `# What trigon remembers. Filters may hold what was typed into them.\n${dump(Object.fromEntries(kept), { lineWidth: -1, noRefs: true })}`;
}
