import { hostname } from 'node:os';
import meow from 'meow';
import { type CgroupRate, type DetailOptions, NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import { type EventSelection, eventKind } from '../agent/selection.ts';
import { parseFilter } from '../events/filter/parse.ts';
import { EVENT_TYPES, type EventKind } from '../events/types.ts';
import { suggest } from '../suggest.ts';
import { ancestorKinds } from './ancestorKinds.ts';
import { commandHelp, helpText } from './helpText.ts';
import { type LabOptions, labOptions } from './labCommandLine.ts';
import { LAB_COMMANDS, type LabCommand } from './labOptions.ts';
import { cgroupRate, perMinute } from './limits.ts';
import { type LookOptions, lookOptions } from './lookOptions.ts';
import type { CommandName, Option, PolicyCommand } from './option.ts';
import { camelCase, findOptions, OPTIONS } from './options.ts';
import {
  choice,
  duration,
  type OptionValues,
  optionValues,
  UsageError,
  variables,
  wholeNumber,
} from './optionValues.ts';
import { type PolicyCommandOptions, policyOptions } from './policyCommandLine.ts';
import { POLICY_COMMAND_NAMES } from './policyOptions.ts';

export type CommonOptions = {
  /** Policy files and folders of the operator's. */
  policies: string[];
  /** Where else policies are looked for, as it was given; undefined: at the usual places. */
  policyPath: string | undefined;
  /** Policies that enforce by their own text start armed. */
  enforce: boolean;
  /** Nothing can be armed. */
  readOnly: boolean;
  /** Values of `${NAME}` placeholders in policies: the environment's and those of --set. */
  variables: Readonly<Record<string, string | undefined>>;
  /** GetUrl and DnsLookup act. */
  allowNetworkActions: boolean;
  /** Where to listen for `trigon policy`; undefined: at the usual place. */
  socket: string | undefined;
  /** How many process records the kernel side posts of a cgroup; undefined: all. */
  cgroupRate: CgroupRate | undefined;
  /** Name of this host in events. */
  node: string;
  /** Environments of processes are read: they may hold secrets. */
  environment: boolean;
};

export type EventsOptions = CommonOptions & {
  output: 'json' | 'compact';
  color: boolean;
  timestamps: boolean;
  /** Ms until it ends by itself; undefined: until it is stopped. */
  durationMs: number | undefined;
  /** Events until it ends by itself. */
  count: number | undefined;
  /** Events of each minute that are shown; undefined: all. */
  perMinute: number | undefined;
  selection: EventSelection;
  detail: DetailOptions;
};

export type MonitorOptions = CommonOptions & LookOptions;

export type DoctorOptions = { output: 'table' | 'json'; color: boolean };

export type Command =
  | { name: 'help'; text: string }
  | { name: 'man' }
  | { name: 'doctor'; options: DoctorOptions }
  | { name: 'monitor'; options: MonitorOptions }
  | { name: 'events'; options: EventsOptions }
  | { name: 'policy'; options: PolicyCommandOptions }
  | { name: 'lab'; options: LabOptions };

/** @throws UsageError */
export function parseCommandLine(argv: string[]): Command {
  const { given, words, asksForHelp } = readWords(argv);
  if (asksForHelp) return { name: 'help', text: helpFor(words) };
  const { name, rest } = commandName(words);
  for (const { word, options, times } of given) {
    const option = options.find(({ commands }) => commands.includes(name));
    if (!option) throw foreignOption(options);
    if (times > 1 && !option.isList) throw new UsageError(`${word} is given twice`);
  }
  const options = OPTIONS.filter(({ commands }) => commands.includes(name));
  const { flags } = meow(helpText(), {
    importMeta: import.meta,
    argv,
    flags: Object.fromEntries(options.map((option) => [camelCase(option.name), meowFlag(option)])),
    description: false,
  });
  const values = optionValues(flags, name);
  if (isPolicyCommand(name))
    return { name: 'policy', options: policyOptions(policyCommandOf(name), rest, values) };
  if (isLabCommand(name)) return { name: 'lab', options: labOptions(name, rest, values) };
  const [extra] = rest;
  if (extra !== undefined)
    throw new UsageError(`"${extra}" is one word too many; see trigon --help`);
  if (name === 'man') return { name };
  if (name === 'doctor') {
    const output = choice('--output', values.text('output') ?? 'table', ['table', 'json']);
    return { name, options: { output, color: isColored(values) } };
  }
  const common: CommonOptions = {
    policies: values.list('policy'),
    policyPath: values.text('policy-path') ?? (process.env.TRIGON_POLICY_PATH || undefined),
    enforce: values.isSet('enforce'),
    readOnly: values.isSet('read-only'),
    variables: { ...process.env, ...variables(values) },
    allowNetworkActions: values.isSet('allow-network-actions'),
    socket: values.text('socket'),
    cgroupRate: cgroupRate('--cgroup-rate', values.text('cgroup-rate')),
    node: values.text('node') ?? process.env.NODE_NAME ?? hostname(),
    environment: values.isSet('enable-process-environment-variables'),
  };
  if (common.enforce && common.readOnly)
    throw new UsageError('--enforce arms policies, and --read-only forbids it: which of the two?');
  if (name === 'events') return { name, options: eventsOptions(common, values) };
  return { name, options: { ...common, ...lookOptions(values) } };
}

type PolicyName = `policy ${PolicyCommand}`;

const isPolicyCommand = (name: CommandName): name is PolicyName => name.startsWith('policy ');

const policyCommandOf = (name: PolicyName): PolicyCommand =>
  // The type says that it begins so.
  name.slice('policy '.length) as PolicyCommand;

const isLabCommand = (name: CommandName): name is LabCommand => Object.hasOwn(LAB_COMMANDS, name);

/** Of the command that the words begin with; of all when they name none, as `trigon policy` does. */
function helpFor(words: readonly string[]): string {
  if (words.length === 0 || words.join() === 'policy') return helpText();
  return commandHelp(commandName(words).name);
}

/** The command that the words begin with, and the words behind it. */
function commandName(words: readonly string[]): { name: CommandName; rest: readonly string[] } {
  const [first = 'monitor', ...rest] = words;
  switch (first) {
    case 'policy': {
      const [second, ...files] = rest;
      return { name: `policy ${policyCommand(second)}`, rest: files };
    }
    case 'lab': {
      const [second, ...labs] = rest;
      return second === 'check' || second === 'test'
        ? { name: `lab ${second}`, rest: labs }
        : { name: 'lab', rest };
    }
    case 'monitor':
      return { name: process.stdout.isTTY ? 'monitor' : 'events', rest };
    case 'events':
    case 'doctor':
    case 'man':
      return { name: first, rest };
    default: {
      const near = suggest(first, ['events', 'policy', 'lab', 'doctor', 'man']);
      const hint = near
        ? `did you mean "${near}"?`
        : 'there are: events, policy, lab, doctor, man.';
      throw new UsageError(`unknown command "${first}"; ${hint} See trigon --help`);
    }
  }
}

function policyCommand(word: string | undefined): PolicyCommand {
  const found = POLICY_COMMAND_NAMES.find((name) => name === word);
  if (found) return found;
  const all = POLICY_COMMAND_NAMES.join(', ');
  if (word === undefined) throw new UsageError(`policy what? There are: ${all}. See trigon --help`);
  const near = suggest(word, POLICY_COMMAND_NAMES);
  const hint = near ? `did you mean "policy ${near}"?` : `there are: ${all}.`;
  throw new UsageError(`unknown command "policy ${word}"; ${hint} See trigon --help`);
}

function foreignOption(alternatives: readonly Option[]): UsageError {
  const owners = [...new Set(alternatives.flatMap(({ commands }) => commands))].map((owner) =>
    owner === 'monitor' ? 'the screen' : `"trigon ${owner}"`,
  );
  return new UsageError(`--${alternatives[0]?.name} is an option of ${owners.join(' and ')}`);
}

function eventsOptions(common: CommonOptions, values: OptionValues): EventsOptions {
  const time = values.text('duration');
  const count = values.text('count');
  const metadata = values.text('username-metadata');
  if (metadata !== undefined) choice('--username-metadata', metadata, ['unix']);
  return {
    ...common,
    output: choice('--output', values.text('output') ?? 'compact', ['compact', 'json']),
    color: isColored(values),
    timestamps: values.isSet('timestamps'),
    durationMs: time === undefined ? undefined : duration('--duration', time),
    count: count === undefined ? undefined : wholeNumber('--count', count),
    perMinute: perMinute('--export-rate-limit', values.text('export-rate-limit')),
    selection: selection(values),
    detail: {
      ...NO_DETAIL_OPTIONS,
      credentials: values.isSet('enable-process-cred'),
      namespaces: values.isSet('enable-process-ns'),
      environment: common.environment,
      userNames: metadata !== undefined,
      ancestors: ancestorKinds(values.list('enable-ancestors')),
    },
  };
}

function selection(values: OptionValues): EventSelection {
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
      `--event-types: unknown type "${name}"; there are ${Object.values(EVENT_TYPES)
        .map(({ name: type }) => type)
        .join(', ')}`,
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

function meowFlag({ value, short, aliases, isList }: Option) {
  return {
    type: value === undefined ? ('boolean' as const) : ('string' as const),
    ...(short ? { shortFlag: short } : {}),
    ...(aliases ? { aliases: aliases.map(camelCase) } : {}),
    ...(isList ? { isMultiple: true as const } : {}),
  };
}

/** An option that was given: the word, and all options of that name. */
type Given = { word: string; options: Option[]; times: number };

/**
 * What meow lets pass, or says with a stack trace: unknown options and values that are missing. Returns the options that were
 * given, and the other words.
 */
function readWords(argv: readonly string[]): {
  given: Given[];
  words: string[];
  asksForHelp: boolean;
} {
  const given = new Map<string, Given>();
  let asksForHelp = false;
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--')
      return { given: [...given.values()], words: [...words, ...argv.slice(i + 1)], asksForHelp };
    if (!/^-./.test(word)) {
      words.push(word);
      continue;
    }
    const [name = '', ...parts] = word.split('=');
    asksForHelp ||= name === '--help' || name === '-h';
    if (name === '--help' || name === '-h' || name === '--version') continue;
    const options = findOptions(name);
    const [option] = options;
    if (!option) throw unknownOption(name);
    const times = (given.get(option.name)?.times ?? 0) + 1;
    given.set(option.name, { word: name, options, times });
    if (option.value === undefined) continue;
    const value = parts.length > 0 ? parts.join('=') : argv[++i];
    if (!value || (parts.length === 0 && /^-(?!\d)/.test(value)))
      throw new UsageError(`${name} needs ${option.needs ?? 'a value'}; see trigon --help`);
  }
  return { given: [...given.values()], words, asksForHelp };
}

function unknownOption(name: string): UsageError {
  const near = name.startsWith('--')
    ? suggest(name.slice(2), [...new Set(OPTIONS.map((option) => option.name))])
    : undefined;
  const hint = near ? `did you mean --${near}? See` : 'see';
  return new UsageError(`unknown option ${name}; ${hint} trigon --help`);
}

function isColored(values: OptionValues): boolean {
  const when = choice('--color', values.text('color') ?? 'auto', ['auto', 'always', 'never']);
  return when === 'always' || (when === 'auto' && wantsColor());
}

/** As tetra decides it: a terminal that isn't dumb, and no NO_COLOR (no-color.org). */
function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
