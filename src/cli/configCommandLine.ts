import type { ConfigCommand } from './configCommand.ts';
import type { ConfigCommandName } from './configOptions.ts';
import { choice, type OptionValues, UsageError } from './optionValues.ts';

/** @param words what follows the command, without options. @throws UsageError */
export function configOptions(
  name: ConfigCommandName,
  words: readonly string[],
  values: OptionValues,
): ConfigCommand {
  const [extra] = words;
  if (name === 'config check') return { command: 'check', files: words };
  if (extra !== undefined)
    throw new UsageError(`"${extra}" is one word too many; see trigon --help`);
  if (name === 'config schema') return { command: 'schema' };
  return {
    command: 'show',
    output: choice('--output', values.text('output') ?? 'table', ['table', 'json']),
    isAll: values.isSet('all'),
    file: values.text('config'),
    folder: values.text('config-dir'),
  };
}
