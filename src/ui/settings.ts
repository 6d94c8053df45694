import type { View } from './commands.ts';

/** What the operator has set up and finds again the next time. */
export type Settings = {
  /** Name of the theme; undefined: the default, or what the command line says. */
  theme: string | undefined;
  mouse: boolean;
  sort: Partial<Record<View, { column: string; descending: boolean }>>;
  /** Ids of columns that are not shown. */
  hiddenColumns: Partial<Record<View, readonly string[]>>;
  kernelThreads: boolean;
  /** Programs whose processes start collapsed in the tree. */
  foldedPrograms: readonly string[];
  /** Filters by the name under which they were saved. */
  filters: Readonly<Record<string, string>>;
  /** The newest last. */
  filterHistory: readonly string[];
  findHistory: readonly string[];
  /** What the palette was used for. */
  paletteHistory: readonly string[];
};

export const DEFAULT_SETTINGS: Settings = {
  theme: undefined,
  mouse: false,
  sort: {},
  hiddenColumns: {},
  kernelThreads: false,
  foldedPrograms: [],
  filters: {},
  filterHistory: [],
  findHistory: [],
  paletteHistory: [],
};

/** Entries of a history that are kept. */
export const MAX_HISTORY = 100;

/** The history with one more entry at its end; each stands in it once. */
export const remember = (history: readonly string[], text: string): readonly string[] =>
  text === '' ? history : [...history.filter((entry) => entry !== text), text].slice(-MAX_HISTORY);

/** The settings of this run. */
export type SettingsBook = {
  get(): Readonly<Settings>;
  change(part: Partial<Settings>): void;
};

/** @param onChange told of each change, for whoever keeps them */
export function createSettings(
  initial: Settings = DEFAULT_SETTINGS,
  onChange: (settings: Readonly<Settings>) => void = () => {},
): SettingsBook {
  let settings = initial;
  return {
    get: () => settings,
    change(part) {
      settings = { ...settings, ...part };
      onChange(settings);
    },
  };
}
