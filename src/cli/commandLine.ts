import { hostname } from 'node:os';
import meow from 'meow';

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
};

export type MonitorOptions = CommonOptions & { ascii: boolean; theme: string };

export type DoctorOptions = { output: 'table' | 'json'; color: boolean };

export type Command =
  | { name: 'doctor'; options: DoctorOptions }
  | { name: 'monitor'; options: MonitorOptions }
  | { name: 'events'; options: EventsOptions };

const HELP = `
  Usage
    $ trigon [options]            full-screen live monitor
    $ trigon events [options]     events on standard output, no screen
    $ trigon doctor [options]     what this kernel and these privileges allow, and why not

  Without a terminal on standard output, "trigon" does the same as "trigon events".

  Options
    --policy PATH        load a tracing policy, or all of a folder; may be given several times
    --enforce            policies that kill by their own text start armed, not in monitor mode
    --node NAME          name of this host in events (default: NODE_NAME, else the host's name)
    --theme NAME         dark (default) or mono
    --ascii              no emoji and no line drawing
    --version, --help

  Options of "events"
    -o, --output FORMAT  compact (default) or json (one Tetragon event a line)
    --color WHEN         auto (default), always or never
    --timestamps         begin compact lines with the time (UTC)
    --duration TIME      end after this time: 500ms, 30s, 5m or 1h

  Options of "doctor"
    -o, --output FORMAT  table (default) or json
    --color WHEN         auto (default), always or never

  Examples
    $ sudo trigon
    $ sudo trigon --policy ./protect-etc.yaml
    $ sudo trigon events -o json --duration 10s > events.jsonl
`;

const FLAGS = {
  policy: { type: 'string', isMultiple: true },
  enforce: { type: 'boolean', default: false },
  node: { type: 'string' },
  theme: { type: 'string', default: 'dark' },
  ascii: { type: 'boolean', default: false },
  output: { type: 'string', shortFlag: 'o' },
  color: { type: 'string', default: 'auto' },
  timestamps: { type: 'boolean', default: false },
  duration: { type: 'string' },
} as const;

/** @throws UsageError */
export function parseCommandLine(argv: string[]): Command {
  const given = checkOptions(argv);
  const { flags, input } = meow(HELP, {
    importMeta: import.meta,
    argv,
    flags: FLAGS,
    description: false,
  });
  const [name = 'monitor', ...rest] = input;
  if (name !== 'events' && name !== 'monitor' && name !== 'doctor')
    throw new UsageError(`unknown command "${name}"; there are: doctor, events. See trigon --help`);
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one word too many; see trigon --help`);

  if (name === 'doctor') {
    const foreign = [...given].find((option) => option !== 'output' && option !== 'color');
    if (foreign) throw new UsageError(`--${foreign} is no option of "trigon doctor"`);
    const output = choice('--output', flags.output ?? 'table', ['table', 'json']);
    return { name, options: { output, color: isColored(flags.color) } };
  }
  const common: CommonOptions = {
    policies: flags.policy ?? [],
    enforce: flags.enforce,
    node: flags.node ?? process.env.NODE_NAME ?? hostname(),
  };
  if (name === 'events' || !process.stdout.isTTY) {
    const output = choice('--output', flags.output ?? 'compact', ['compact', 'json']);
    const options: EventsOptions = {
      ...common,
      output,
      color: isColored(flags.color),
      timestamps: flags.timestamps,
      durationMs: flags.duration === undefined ? undefined : parseDuration(flags.duration),
    };
    return { name: 'events', options };
  }
  const foreign = EVENTS_ONLY.find((option) => given.has(option));
  if (foreign) throw new UsageError(`--${foreign} is an option of "trigon events"`);
  const theme = choice('--theme', flags.theme, ['dark', 'mono']);
  return { name: 'monitor', options: { ...common, ascii: flags.ascii, theme } };
}

/** Options with a value, and what it is. */
const VALUES: Readonly<Record<string, string>> = {
  policy: 'a path',
  node: 'a name',
  theme: 'a name',
  output: 'a format',
  color: 'auto, always or never',
  duration: 'a time such as 30s',
};
const EVENTS_ONLY = ['output', 'color', 'timestamps', 'duration'];
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(FLAGS), 'help', 'version']);

/**
 * What meow lets pass, or says with a stack trace: unknown options, values that are missing, options given twice. Returns the
 * names of the options that were given.
 */
function checkOptions(argv: readonly string[]): ReadonlySet<string> {
  const given = new Set<string>();
  for (let i = 0; i < argv.length && argv[i] !== '--'; i++) {
    const word = argv[i] ?? '';
    if (!/^-./.test(word)) continue;
    const [option = '', ...parts] = word.split('=');
    const name = option === '-o' ? 'output' : option.replace(/^--/, '');
    if (!KNOWN.has(name)) throw new UsageError(`unknown option ${option}; see trigon --help`);
    if (given.has(name) && name !== 'policy') throw new UsageError(`${option} is given twice`);
    given.add(name);
    const wanted = VALUES[name];
    if (wanted === undefined) continue;
    const value = parts.length > 0 ? parts.join('=') : argv[++i];
    if (!value || (parts.length === 0 && value.startsWith('-')))
      throw new UsageError(`${option} needs ${wanted}; see trigon --help`);
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

function isColored(flag: string): boolean {
  const when = choice('--color', flag, ['auto', 'always', 'never']);
  return when === 'always' || (when === 'auto' && wantsColor());
}

/** As tetra decides it: a terminal that isn't dumb, and no NO_COLOR (no-color.org). */
function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
