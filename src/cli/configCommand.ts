import { escapeText } from '../events/text.ts';
import { mistakesIn } from './commandLine.ts';
import { type Config, readConfig } from './config.ts';
import { settle } from './configLayers.ts';
import { configSchema } from './configSchema.ts';
import type { Option } from './option.ts';
import { CONFIGURED } from './options.ts';
import { configurableOptions, type Setting } from './settings.ts';

export type ConfigCommand =
  | {
      readonly command: 'show';
      readonly output: 'table' | 'json';
      /** Options that are set alone. */
      readonly isAll: boolean;
      readonly file: string | undefined;
      readonly folder: string | undefined;
    }
  | { readonly command: 'check'; readonly files: readonly string[] }
  | { readonly command: 'schema' };

/** `trigon config …`. Returns the exit code: 1 when something is wrong in the files. @throws UsageError */
export async function runConfig(options: ConfigCommand): Promise<number> {
  switch (options.command) {
    case 'schema':
      process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
      return 0;
    case 'check':
      return check(options.files);
    case 'show':
      return show(options);
  }
}

/** Without files: those that would be read. */
async function check(files: readonly string[]): Promise<number> {
  const all = files.length === 0 ? [undefined] : files;
  const warnings: string[] = [];
  for (const file of all) {
    const config = readConfig(file);
    warnings.push(...config.warnings, ...(await mistakesIn(config)));
  }
  for (const warning of warnings) process.stdout.write(`${escapeText(warning)}\n`);
  if (warnings.length === 0) process.stdout.write('nothing is wrong\n');
  return warnings.length > 0 ? 1 : 0;
}

type Row = {
  readonly option: string;
  /** Commands for which it holds; empty: for all that have the option. */
  readonly command: string;
  readonly value: Setting['value'] | null;
  /** `default` when nobody has set it. */
  readonly from: string;
};

function show({
  output,
  isAll,
  file,
  folder,
}: Extract<ConfigCommand, { command: 'show' }>): number {
  const config = readConfig(file, process.env, folder);
  const rows = configurableOptions().flatMap((option) => rowsOf(option, config, isAll));
  if (output === 'json')
    process.stdout.write(
      `${JSON.stringify({ options: rows, warnings: config.warnings }, null, 2)}\n`,
    );
  else process.stdout.write(table(rows, config));
  return config.warnings.length > 0 ? 1 : 0;
}

/** One row where the option means the same to all commands, else one for each. */
function rowsOf(option: Option, config: Config, isAll: boolean): Row[] {
  const rows = option.commands
    .filter((command) => CONFIGURED.includes(command))
    .map((command): Row => {
      const found = settle(config.layers, command).get(option.name);
      return {
        option: option.name,
        command,
        value: found?.value ?? null,
        from: found?.place ?? 'default',
      };
    });
  const [first] = rows;
  if (!first) return [];
  const same = rows.every(({ from }) => from === first.from);
  return (same ? [{ ...first, command: '' }] : rows).filter(({ value }) => isAll || value !== null);
}

function table(rows: readonly Row[], { warnings }: Config): string {
  const cells = [
    ['OPTION', 'COMMAND', 'VALUE', 'FROM'],
    ...rows.map(({ option, command, value, from }) => [
      option,
      command === '' ? 'all' : command,
      valueText(value),
      escapeText(from),
    ]),
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const rest =
    rows.length === 0 ? ['Nothing is set: everything is as --help says; --all shows them.'] : [];
  return [...lines, ...rest, ...warnings.map((text) => `wrong: ${escapeText(text)}`), ''].join(
    '\n',
  );
}

const MOST_SHOWN = 60;

function valueText(value: Row['value']): string {
  if (value === null) return '-';
  const text = escapeText(Array.isArray(value) ? value.join(', ') : String(value));
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 1)}…` : text;
}
