import type { CommandName } from './option.ts';
import { camelCase, OPTIONS } from './options.ts';

/** The command line is wrong; the message says how, and what is right. */
export class UsageError extends Error {}

/** What was given, by the options' names in the table. */
export type OptionValues = {
  isSet(name: string): boolean;
  text(name: string): string | undefined;
  /** All values; those with commas are several, unless the option takes values whole. */
  list(name: string): string[];
};

/** @param flags as meow gives them */
export function optionValues(
  flags: Readonly<Record<string, unknown>>,
  command: CommandName,
): OptionValues {
  return {
    // meow reads --no-state as a "state" that is false.
    isSet: (name) =>
      name.startsWith('no-')
        ? flags[camelCase(name.slice('no-'.length))] === false
        : flags[camelCase(name)] === true,
    text(name) {
      const value = flags[camelCase(name)];
      return typeof value === 'string' ? value : undefined;
    },
    list(name) {
      const value = flags[camelCase(name)];
      const texts = Array.isArray(value) ? value.map(String) : [];
      const option = OPTIONS.find((one) => one.name === name && one.commands.includes(command));
      if (option?.isWhole) return texts;
      return texts.flatMap((text) => text.split(',').filter((part) => part !== ''));
    },
  };
}

/** @throws UsageError */
export function choice<const T extends string>(
  flag: string,
  value: string,
  allowed: readonly T[],
): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined)
    throw new UsageError(`${flag} must be ${allowed.join(' or ')}, not "${value}"`);
  return found;
}

/** @throws UsageError */
export function wholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new UsageError(`${flag} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** In ms: `500ms`, `30s`, `1.5m`, `1h`; a bare number is seconds. @throws UsageError */
export function duration(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new UsageError(`${flag} must be a time such as 30s or 5m, not "${text}"`);
  return Number(match[1]) * (UNITS_MS[match[2] ?? 's'] ?? 1000);
}

/** Values of `${NAME}` placeholders: `--set NAME=VALUE`. @throws UsageError */
export function variables(values: OptionValues): Record<string, string> {
  return Object.fromEntries(
    values.list('set').map((text) => {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new UsageError(`--set must be NAME=VALUE, not "${text}"`);
      return [name, value];
    }),
  );
}
