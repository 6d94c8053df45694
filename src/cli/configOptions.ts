import type { CommandName, Option } from './option.ts';

/** `trigon config …`: the sub-commands with what follows them. */
export const CONFIG_COMMANDS = {
  'config show': { words: '', help: 'what options are set to, and where' },
  'config check': { words: '[FILE…]', help: 'what is wrong in configuration files' },
  'config schema': { words: '', help: 'their JSON schema, for editors' },
} as const;
export type ConfigCommandName = keyof typeof CONFIG_COMMANDS;

export const isConfigCommand = (name: CommandName): name is ConfigCommandName =>
  Object.hasOwn(CONFIG_COMMANDS, name);

const SHOW: readonly CommandName[] = ['config show'];

export const CONFIG_OPTIONS: readonly Option[] = [
  {
    name: 'output',
    short: 'o',
    commands: SHOW,
    value: 'FORMAT',
    needs: 'table or json',
    help: 'table (default) or json',
  },
  { name: 'all', commands: SHOW, help: 'options that nobody has set too' },
  {
    name: 'config',
    commands: SHOW,
    value: 'FILE',
    needs: 'a file, or none',
    help: 'as if --config FILE were given',
  },
  {
    name: 'config-dir',
    commands: SHOW,
    value: 'FOLDER',
    needs: 'a folder',
    help: 'as if --config-dir FOLDER were given',
  },
];
