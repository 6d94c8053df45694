import type { CommandName, Option } from './option.ts';

/** `trigon lab …`: the commands with what follows them, for usage lines and messages. */
export const LAB_COMMANDS = {
  lab: { words: '[NAME|FILE]', help: 'list the labs, or start one on the screen' },
  'lab check': { words: 'FILE…', help: 'is a lab of your own right? Runs nothing' },
  'lab test': {
    words: 'NAME…|--all',
    help: 'play labs without a screen, doing what the learner should do',
  },
} as const satisfies Partial<Record<CommandName, { words: string; help: string }>>;

export type LabCommand = keyof typeof LAB_COMMANDS;

const TEST: readonly CommandName[] = ['lab test'];

export const LAB_OPTIONS: readonly Option[] = [
  { name: 'all', commands: TEST, help: 'every lab that comes with Trigon' },
  {
    name: 'output',
    short: 'o',
    commands: TEST,
    value: 'FORMAT',
    needs: 'a format',
    help: 'text (default) or json',
  },
];
