import { hostname } from 'node:os';
import meow from 'meow';
import { type CgroupRate, type DetailOptions, NO_DETAIL_OPTIONS } from '../agent/messages.ts';
import type { EventSelection } from '../agent/selection.ts';
import { suggest } from '../suggest.ts';
import { ancestorKinds } from './ancestorKinds.ts';
import { type AttachOptions, attachOptions } from './attachCommandLine.ts';
import { isColored } from './colorOption.ts';
import { SHELLS, type Shell } from './completion.ts';
import { type Config, NO_CONFIG, readConfig } from './config.ts';
import type { ConfigCommand } from './configCommand.ts';
import { configOptions } from './configCommandLine.ts';
import { type Settled, settle } from './configLayers.ts';
import { CONFIG_COMMANDS, type ConfigCommandName, isConfigCommand } from './configOptions.ts';
import { refuseLimitAlone } from './exportValues.ts';
import { SERVED_INSTEAD, TETRAGON_ADDRESS } from './grpcValues.ts';
import { commandHelp, helpText, shortHelp } from './helpText.ts';
import { type LabOptions, labOptions } from './labCommandLine.ts';
import { LAB_COMMANDS, type LabCommand } from './labOptions.ts';
import { cgroupRate, perMinute, ringBytes } from './limits.ts';
import { type LookOptions, lookOptions } from './lookOptions.ts';
import type { CommandName, Option, PolicyCommand } from './option.ts';
import { camelCase, findOptions, findSwitches, OPTIONS, SCREEN } from './options.ts';
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
import { checkFilters } from './prepareServices.ts';
import { type ReplayCommand, replayOptions } from './replayCommandLine.ts';
import { type AttachChoice, agentSocketOf, attachChoice } from './runningAgent.ts';
import { selectionOf } from './selectionOptions.ts';
import { type Services, servicesOf } from './services.ts';
import { isConfigurable, SECTION_NAMES } from './settings.ts';
import { type StatsOptions, statsOptions } from './statsCommandLine.ts';

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
  /** Of the kernel's ring buffer. */
  ringBytes: number;
  /** Name of this host in events. */
  node: string;
  /** What lines, exports and recordings tell of processes; the environment is in what the screen gets, too. */
  detail: DetailOptions;
  services: Services;
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
};

export type HeadlessOptions = CommonOptions & {
  /** Where to listen for screens; undefined: nowhere. */
  agentSocket: string | undefined;
};

export type MonitorOptions = CommonOptions & LookOptions & { attach: AttachChoice };

export type DoctorOptions = { output: 'table' | 'json'; color: boolean };

export type Command =
  | { name: 'help'; text: string }
  | { name: 'man' }
  | { name: 'version' }
  | { name: 'config'; options: ConfigCommand }
  | { name: 'completion'; shell: Shell }
  | { name: 'attach'; options: AttachOptions }
  | { name: 'replay'; options: ReplayCommand }
  | { name: 'doctor'; options: DoctorOptions }
  | { name: 'stats'; options: StatsOptions }
  | { name: 'monitor'; options: MonitorOptions }
  | { name: 'events'; options: EventsOptions }
  | { name: 'agent'; options: HeadlessOptions }
  | { name: 'policy'; options: PolicyCommandOptions }
  | { name: 'lab'; options: LabOptions };

/**
 * @param warned told of what is wrong in configuration files, for commands without a screen: that one tells it itself
 * @throws UsageError
 */
export function parseCommandLine(
  argv: string[],
  warned: (text: string) => void = () => {},
): Command {
  const { given, words, asksForHelp, asksForVersion } = readWords(argv);
  if (asksForHelp || words[0] === 'help') {
    const isAll = given.some(({ word }) => word === '--all');
    const about = words[0] === 'help' ? words.slice(1) : words;
    return { name: 'help', text: about.length === 0 && !isAll ? shortHelp() : helpFor(about) };
  }
  if (asksForVersion) return { name: 'version' };
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
    // Not the same as false: a file may say something then.
    booleanDefault: undefined,
  });
  const config = configFor(name, flags);
  if (!SCREEN.includes(name)) for (const text of config.warnings) warned(text);
  const settled = settle(config.layers, name);
  const address = settled.get('server-address');
  if (address?.value === TETRAGON_ADDRESS && !settled.has('server-tls-cert-file'))
    warned(`${address.place}: ${TETRAGON_ADDRESS}: ${SERVED_INSTEAD}`);
  const values = optionValues(flags, name, settled);
  try {
    return commandOf(name, rest, values, config);
  } catch (error) {
    throw error instanceof UsageError ? placed(error, flags, settled) : error;
  }
}

/** What is set otherwise than on the command line, for a command that may have it so. */
function configFor(name: CommandName, flags: Readonly<Record<string, unknown>>): Config {
  if (!isConfigurable(name)) return NO_CONFIG;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return readConfig(text(flags.config), process.env, text(flags.configDir));
}

/** What the commands would say of these files, each mistake once: for `trigon config check`. */
export async function mistakesIn(config: Config): Promise<string[]> {
  const found = new Set<string>();
  for (const name of SECTION_NAMES) {
    const settled = settle(config.layers, name);
    try {
      const command = commandOf(name, [], optionValues({}, name, settled), config);
      if ('options' in command && 'services' in command.options) {
        const { exportFile } = command.options.services;
        if (exportFile) await checkFilters(exportFile, command.options.detail);
      }
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      found.add(placed(error, {}, settled, '').message);
    }
  }
  return [...found];
}

/** A mistake in the value of an option that stands elsewhere than on the command line: with the place. */
function placed(
  error: UsageError,
  flags: Readonly<Record<string, unknown>>,
  settled: Settled,
  remedy = '; --config none reads no file',
): UsageError {
  for (const [option, { place }] of settled)
    if (
      flags[camelCase(option)] === undefined &&
      new RegExp(`--${option}(?![\\w-])`).test(error.message)
    )
      return new UsageError(`${error.message} (${place}${remedy})`);
  return error;
}

function commandOf(
  name: CommandName,
  rest: readonly string[],
  values: OptionValues,
  config: Config,
): Command {
  if (isPolicyCommand(name))
    return { name: 'policy', options: policyOptions(policyCommandOf(name), rest, values) };
  if (isLabCommand(name)) return { name: 'lab', options: labOptions(name, rest, values, config) };
  if (isConfigCommand(name)) return { name: 'config', options: configOptions(name, rest, values) };
  if (name === 'completion') return { name, shell: shellOf(rest) };
  if (name === 'attach') return { name, options: attachOptions(rest, values, config) };
  if (name === 'replay') return { name, options: replayOptions(rest, values, config) };
  const [extra] = rest;
  if (extra !== undefined)
    throw new UsageError(`"${extra}" is one word too many; see trigon --help`);
  if (name === 'man') return { name };
  if (name === 'stats') return { name, options: statsOptions(values) };
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
    ringBytes: ringBytes('--rb-size-total', values.text('rb-size-total')),
    node: values.text('node') ?? process.env.NODE_NAME ?? hostname(),
    detail: detailOptions(values),
    services: servicesOf(values, name === 'agent'),
  };
  if (common.enforce && common.readOnly)
    throw new UsageError('--enforce arms policies, and --read-only forbids it: which of the two?');
  if (name === 'events') return { name, options: eventsOptions(common, values) };
  refuseLimitAlone(values, common.services.exportFile);
  if (name === 'agent') return { name, options: headlessOptions(common, values) };
  return {
    name,
    options: { ...common, ...lookOptions(values, config), attach: attachChoice(values) },
  };
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
    case 'config': {
      const [second = 'show', ...files] = rest;
      const name = `config ${second}`;
      const names = Object.keys(CONFIG_COMMANDS);
      const found = names.find((one) => one === name);
      if (found === undefined) {
        const near = suggest(name, names);
        const hint = near ? `did you mean "${near}"?` : `there are: ${names.join(', ')}.`;
        throw new UsageError(`unknown command "${name}"; ${hint} See trigon --help`);
      }
      return { name: found as ConfigCommandName, rest: files };
    }
    case 'monitor':
      return { name: process.stdout.isTTY ? 'monitor' : 'events', rest };
    case 'events':
    case 'agent':
    case 'doctor':
    case 'stats':
    case 'man':
    case 'completion':
    case 'attach':
    case 'replay':
      return { name: first, rest };
    default: {
      const near = suggest(first, COMMANDS);
      const hint = near ? `did you mean "${near}"?` : `there are: ${COMMANDS.join(', ')}.`;
      throw new UsageError(`unknown command "${first}"; ${hint} See trigon --help`);
    }
  }
}

function shellOf([word, extra]: readonly string[]): Shell {
  const shell = SHELLS.find((name) => name === word);
  if (shell === undefined || extra !== undefined)
    throw new UsageError(`completion of which shell? There are: ${SHELLS.join(', ')}`);
  return shell;
}

/** The first words of commands. */
const COMMANDS = [
  'events',
  'agent',
  'attach',
  'replay',
  'policy',
  'lab',
  'doctor',
  'stats',
  'config',
  'completion',
  'man',
] as const;

function policyCommand(word: string | undefined): PolicyCommand {
  const found = POLICY_COMMAND_NAMES.find((name) => name === word);
  if (found) return found;
  const all = POLICY_COMMAND_NAMES.join(', ');
  if (word === undefined) throw new UsageError(`policy what? There are: ${all}. See trigon --help`);
  const near = suggest(word, POLICY_COMMAND_NAMES);
  const hint = near ? `did you mean "policy ${near}"?` : `there are: ${all}.`;
  throw new UsageError(`unknown command "policy ${word}"; ${hint} See trigon --help`);
}

/** Commands that a message names. */
const MOST_OWNERS = 3;

function foreignOption(alternatives: readonly Option[]): UsageError {
  const owners = [...new Set(alternatives.flatMap(({ commands }) => commands))].map((owner) =>
    owner === 'monitor' ? 'the screen' : `"trigon ${owner}"`,
  );
  const told = owners.length > MOST_OWNERS ? [...owners.slice(0, MOST_OWNERS), 'others'] : owners;
  return new UsageError(`--${alternatives[0]?.name} is an option of ${told.join(' and ')}`);
}

function eventsOptions(common: CommonOptions, values: OptionValues): EventsOptions {
  const time = values.text('duration');
  const count = values.text('count');
  return {
    ...common,
    output: choice('--output', values.text('output') ?? 'compact', ['compact', 'json']),
    color: isColored(values),
    timestamps: values.isSet('timestamps'),
    durationMs: time === undefined ? undefined : duration('--duration', time),
    count: count === undefined ? undefined : wholeNumber('--count', count),
    // With an export it is that one's.
    perMinute: common.services.exportFile
      ? undefined
      : perMinute('--export-rate-limit', values.text('export-rate-limit')),
    selection: selectionOf(values),
  };
}

function headlessOptions(common: CommonOptions, values: OptionValues): HeadlessOptions {
  return {
    ...common,
    agentSocket: agentSocketOf(values),
  };
}

function detailOptions(values: OptionValues): DetailOptions {
  const metadata = values.text('username-metadata');
  if (metadata !== undefined) choice('--username-metadata', metadata, ['unix']);
  return {
    ...NO_DETAIL_OPTIONS,
    credentials: values.isSet('enable-process-cred'),
    namespaces: values.isSet('enable-process-ns'),
    environment: values.isSet('enable-process-environment-variables'),
    userNames: metadata !== undefined,
    ancestors: ancestorKinds(values.list('enable-ancestors')),
  };
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
  asksForVersion: boolean;
} {
  const given = new Map<string, Given>();
  let asksForHelp = false;
  let asksForVersion = false;
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--')
      return {
        given: [...given.values()],
        words: [...words, ...argv.slice(i + 1)],
        ...{ asksForHelp, asksForVersion },
      };
    if (!/^-./.test(word)) {
      words.push(word);
      continue;
    }
    const [name = '', ...parts] = word.split('=');
    asksForHelp ||= name === '--help' || name === '-h';
    asksForVersion ||= name === '--version';
    if (name === '--help' || name === '-h' || name === '--version') continue;
    const found = findOptions(name);
    const options = found.length > 0 ? found : findSwitches(name);
    const [option] = options;
    if (!option) throw unknownOption(name);
    const times = (given.get(option.name)?.times ?? 0) + 1;
    given.set(option.name, { word: name, options, times });
    if (option.value === undefined) continue;
    const value = parts.length > 0 ? parts.join('=') : argv[++i];
    if (!value || (parts.length === 0 && /^-(?!\d)/.test(value)))
      throw new UsageError(`${name} needs ${option.needs ?? 'a value'}; see trigon --help`);
  }
  return { given: [...given.values()], words, asksForHelp, asksForVersion };
}

function unknownOption(name: string): UsageError {
  const near = name.startsWith('--')
    ? suggest(name.slice(2), [...new Set(OPTIONS.map((option) => option.name))])
    : undefined;
  const hint = near ? `did you mean --${near}? See` : 'see';
  return new UsageError(`unknown option ${name}; ${hint} trigon --help`);
}
