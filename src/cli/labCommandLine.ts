import type { Config } from './config.ts';
import { LAB_COMMANDS, type LabCommand } from './labOptions.ts';
import { type LookOptions, lookOptions } from './lookOptions.ts';
import { choice, type OptionValues, UsageError } from './optionValues.ts';

export type LabOptions =
  | { command: 'list' }
  | ({ command: 'start'; lab: string } & LookOptions)
  | { command: 'check'; files: string[] }
  | { command: 'test'; labs: string[]; all: boolean; output: 'text' | 'json' };

/** @param words what follows the command, without options. @throws UsageError */
export function labOptions(
  command: LabCommand,
  words: readonly string[],
  values: OptionValues,
  config: Config,
): LabOptions {
  const [first, second] = words;
  switch (command) {
    case 'lab': {
      if (first === undefined) return { command: 'list' };
      if (second !== undefined)
        throw new UsageError(`"${second}" is one word too many; see trigon lab --help`);
      return { command: 'start', lab: first, ...lookOptions(values, config) };
    }
    case 'lab check':
      if (first === undefined) throw incomplete(command);
      return { command: 'check', files: [...words] };
    case 'lab test': {
      const all = values.isSet('all');
      if (all === (first !== undefined)) throw incomplete(command);
      const output = choice('--output', values.text('output') ?? 'text', ['text', 'json']);
      return { command: 'test', labs: [...words], all, output };
    }
  }
}

const incomplete = (command: LabCommand) =>
  new UsageError(`it is "trigon ${command} ${LAB_COMMANDS[command].words}"; see trigon --help`);
