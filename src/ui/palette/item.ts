/** Something that the palette offers. */
export type PaletteItem = {
  readonly kind: 'command' | 'policy' | 'process' | 'filter';
  /** Safe text, or our own words. */
  readonly label: string;
  /** Dim, at the right: keys, a mode, what a filter says. Safe text. */
  readonly note: string;
  /** Why it can't be chosen. */
  readonly disabled?: string | undefined;
  /** What fuzzy search looks at, the most telling first. */
  readonly texts: readonly string[];
  /** What finds it again when typed; undefined: it may be another thing by then. */
  readonly recall: string | undefined;
  /** It ends, stops or changes something that isn't only shown: never done by Enter in an empty line. */
  readonly isAct?: boolean;
  run(): void;
};
