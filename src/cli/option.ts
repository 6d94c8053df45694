export type PolicyCommand =
  | 'check'
  | 'explain'
  | 'fill'
  | 'new'
  | 'test'
  | 'add'
  | 'list'
  | 'show'
  | 'mode'
  | 'rm';

export type CommandName =
  | 'monitor'
  | 'events'
  | 'doctor'
  | 'stats'
  | 'man'
  | 'config show'
  | 'config check'
  | 'config schema'
  | 'completion'
  | 'attach'
  | 'replay'
  | 'agent'
  | `policy ${PolicyCommand}`
  | 'lab'
  | 'lab check'
  | 'lab test';

/** An option of the command line: see OPTIONS. */
export type Option = {
  /** Without the dashes. Commands may share a name for different options, if both have a value or none has. */
  name: string;
  short?: string;
  /** What tetra calls it, where that differs. */
  aliases?: readonly string[];
  commands: readonly CommandName[];
  /** What its value is, for help and messages; absent: a switch. */
  value?: string;
  /** In words, when the value is left out: `--duration needs a time such as 30s`. */
  needs?: string;
  /** May be given several times; a value may also hold several, separated by commas, unless `isWhole`. */
  isList?: boolean;
  isWhole?: boolean;
  help: string;
};
