import { hostname } from 'node:os';
import meow from 'meow';
import { type DetailOptions, NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { type EventSelection, eventKind } from '../agent/selection.ts';
import { parseFilter } from '../events/filter/parse.ts';
import type { EventKind } from '../events/types.ts';
import {
  type CommandName,
  camelCase,
  findOption,
  helpText,
  OPTIONS,
  type Option,
} from './options.ts';

/** The command line is wrong; the message says how, and what is right. */
export class UsageError extends Error {}

export type CommonOptions = {
  /** Policy files and folders of the operator's. */
  policies: string[];
  /** Policies that enforce by their own text start armed. */
  enforce: boolean;
  /** Name of this host in events. */
  node: string;
};

export type EventsOptions = CommonOptions & {
  output: 'json' | 'compact';
  color: boolean;
  timestamps: boolean;
  /** Ms until it ends by itself; undefined: until it is stopped. */
  durationMs: number | undefined;
  /** Events until it ends by itself. */
  count: number | undefined;
  selection: EventSelection;
  detail: DetailOptions;
};

export type MonitorOptions = CommonOptions & { ascii: boolean; theme: string };

export type DoctorOptions = { output: 'table' | 'json'; color: boolean };

export type Command =
  | { name: 'doctor'; options: DoctorOptions }
  | { name: 'monitor'; options: MonitorOptions }
  | { name: 'events'; options: EventsOptions };

const COMMANDS: readonly CommandName[] = ['monitor', 'events', 'doctor'];

/** @throws UsageError */
export function parseCommandLine(argv: string[]): Command {
  const given = checkOptions(argv);
  const { flags, input } = meow(helpText(), {
    importMeta: import.meta,
    argv,
    flags: Object.fromEntries(OPTIONS.map((option) => [camelCase(option.name), meowFlag(option)])),
    description: false,
  });
  const values = new Values(flags);
  const name = commandName(input);
  const foreign = given.find((option) => !option.commands.includes(name));
  if (foreign) {
    const owners = foreign.commands.map((owner) =>
      owner === 'monitor' ? 'the screen' : `"trigon ${owner}"`,
    );
    throw new UsageError(`--${foreign.name} is an option of ${owners.join(' and ')}`);
  }
  if (name === 'doctor') {
    const output = choice('--output', values.text('output') ?? 'table', ['table', 'json']);
    return { name, options: { output, color: isColored(values) } };
  }
  const common: CommonOptions = {
    policies: values.list('policy'),
    enforce: values.isSet('enforce'),
    node: values.text('node') ?? process.env.NODE_NAME ?? hostname(),
  };
  if (name === 'events') return { name, options: eventsOptions(common, values) };
  const theme = choice('--theme', values.text('theme') ?? 'dark', ['dark', 'mono']);
  return { name, options: { ...common, ascii: values.isSet('ascii'), theme } };
}

function commandName([name = 'monitor', ...rest]: readonly string[]): CommandName {
  const found = COMMANDS.find((command) => command === name);
  if (!found)
    throw new UsageError(`unknown command "${name}"; there are: doctor, events. See trigon --help`);
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many; see trigon --help`);
  return found === 'monitor' && !process.stdout.isTTY ? 'events' : found;
}

function eventsOptions(common: CommonOptions, values: Values): EventsOptions {
  const duration = values.text('duration');
  const count = values.text('count');
  const metadata = values.text('username-metadata');
  if (metadata !== undefined) choice('--username-metadata', metadata, ['unix']);
  return {
    ...common,
    output: choice('--output', values.text('output') ?? 'compact', ['compact', 'json']),
    color: isColored(values),
    timestamps: values.isSet('timestamps'),
    durationMs: duration === undefined ? undefined : parseDuration(duration),
    count: count === undefined ? undefined : wholeNumber('--count', count),
    selection: selection(values),
    detail: {
      ...NO_DETAIL_OPTIONS,
      credentials: values.isSet('enable-process-cred'),
      namespaces: values.isSet('enable-process-ns'),
      environment: values.isSet('enable-process-environment-variables'),
      userNames: metadata !== undefined,
    },
  };
}

function selection(values: Values): EventSelection {
  const pids = values.list('pid').map((text) => wholeNumber('--pid', text));
  if (values.isSet('follow') && pids.length === 0)
    throw new UsageError('--follow needs --pid: whose descendants?');
  const filter = values.text('filter') ?? '';
  const { error, at = 0 } = { at: 0, ...parseFilter(filter) };
  if (error) throw new UsageError(`--filter, at character ${at + 1}: ${error}`);
  return {
    kinds: values.list('event-types').map(kindOf),
    binaries: values.list('binary').map(checkRegex),
    pids,
    follow: values.isSet('follow'),
    users: values.list('user'),
    containers: values.list('container'),
    policies: values.list('policy-names'),
    filter,
  };
}

function kindOf(name: string): EventKind {
  const kind = eventKind(name);
  if (!kind)
    throw new UsageError(
      `--event-types: unknown type "${name}"; this version has PROCESS_EXEC, PROCESS_EXIT, PROCESS_KPROBE`,
    );
  return kind;
}

function checkRegex(source: string): string {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    throw new UsageError(`--binary: ${error instanceof Error ? error.message : String(error)}`);
  }
  return source;
}

function wholeNumber(flag: string, text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new UsageError(`${flag} must be a whole number from 1, not "${text}"`);
  return Number(text);
}

function meowFlag({ value, short, aliases, isList }: Option) {
  return {
    type: value === undefined ? ('boolean' as const) : ('string' as const),
    ...(short ? { shortFlag: short } : {}),
    ...(aliases ? { aliases: aliases.map(camelCase) } : {}),
    ...(isList ? { isMultiple: true as const } : {}),
  };
}

/** What was given, by the options' names in the table. */
class Values {
  private readonly flags: Readonly<Record<string, unknown>>;

  constructor(flags: Readonly<Record<string, unknown>>) {
    this.flags = flags;
  }

  isSet(name: string): boolean {
    return this.flags[camelCase(name)] === true;
  }

  text(name: string): string | undefined {
    const value = this.flags[camelCase(name)];
    return typeof value === 'string' ? value : undefined;
  }

  /** All values; those with commas are several, unless the option takes values whole. */
  list(name: string): string[] {
    const value = this.flags[camelCase(name)];
    const texts = Array.isArray(value) ? value.map(String) : [];
    if (OPTIONS.find((option) => option.name === name)?.isWhole) return texts;
    return texts.flatMap((text) => text.split(',').filter((part) => part !== ''));
  }
}

/**
 * What meow lets pass, or says with a stack trace: unknown options, values that are missing, options given twice. Returns the
 * options that were given.
 */
function checkOptions(argv: readonly string[]): Option[] {
  const given: Option[] = [];
  for (let i = 0; i < argv.length && argv[i] !== '--'; i++) {
    const word = argv[i] ?? '';
    if (!/^-./.test(word)) continue;
    const [name = '', ...parts] = word.split('=');
    if (name === '--help' || name === '--version') continue;
    const option = findOption(name);
    if (!option) throw new UsageError(`unknown option ${name}; see trigon --help`);
    if (given.includes(option) && !option.isList) throw new UsageError(`${name} is given twice`);
    given.push(option);
    if (option.value === undefined) continue;
    const value = parts.length > 0 ? parts.join('=') : argv[++i];
    if (!value || (parts.length === 0 && value.startsWith('-')))
      throw new UsageError(`${name} needs ${option.needs ?? 'a value'}; see trigon --help`);
  }
  return given;
}

function choice<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined)
    throw new UsageError(`${flag} must be ${allowed.join(' or ')}, not "${value}"`);
  return found;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `30s`, `1.5m`, `1h`; a bare number is seconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new UsageError(`--duration must be a time such as 30s or 5m, not "${text}"`);
  return Number(match[1]) * (UNITS_MS[match[2] ?? 's'] ?? 1000);
}

function isColored(values: Values): boolean {
  const when = choice('--color', values.text('color') ?? 'auto', ['auto', 'always', 'never']);
  return when === 'always' || (when === 'auto' && wantsColor());
}

/** As tetra decides it: a terminal that isn't dumb, and no NO_COLOR (no-color.org). */
function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
