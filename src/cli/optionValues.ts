import { NOTHING_SETTLED, type Settled } from './configLayers.ts';
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
  /** It stands on the command line, and not only in a file or the environment. */
  isGiven(name: string): boolean;
};

/**
 * @param flags as meow gives them: undefined when they weren't given
 * @param settled what holds where the command line says nothing
 */
export function optionValues(
  flags: Readonly<Record<string, unknown>>,
  command: CommandName,
  settled: Settled = NOTHING_SETTLED,
): OptionValues {
  /** meow reads --no-state as a "state" that is false. */
  const given = (name: string): boolean | undefined => {
    const isNegative = name.startsWith('no-');
    const flag = flags[camelCase(isNegative ? name.slice('no-'.length) : name)];
    return typeof flag === 'boolean' ? flag !== isNegative : undefined;
  };
  return {
    isGiven(name) {
      const value = flags[camelCase(name)];
      return given(name) ?? (Array.isArray(value) ? value.length > 0 : value !== undefined);
    },
    isSet: (name) => given(name) ?? settled.get(name)?.value === true,
    text(name) {
      const value = flags[camelCase(name)] ?? settled.get(name)?.value;
      return typeof value === 'string' ? value : undefined;
    },
    list(name) {
      const value = flags[camelCase(name)];
      // meow has an empty list for what wasn't given.
      const own = Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
      const texts = own ?? listOf(settled.get(name)?.value);
      const option = OPTIONS.find((one) => one.name === name && one.commands.includes(command));
      if (option?.isWhole) return [...texts];
      return texts.flatMap((text) => text.split(',').filter((part) => part !== ''));
    },
  };
}

const listOf = (value: boolean | string | readonly string[] | undefined): readonly string[] =>
  value === undefined || typeof value === 'boolean'
    ? []
    : typeof value === 'string'
      ? [value]
      : value;

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
