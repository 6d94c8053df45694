import { CONFIG_COMMANDS } from './configOptions.ts';
import { LAB_COMMANDS } from './labOptions.ts';
import type { CommandName, Option } from './option.ts';
import { ALL, CONFIGURED, EVENTS, LINES, OPTIONS, SCREEN } from './options.ts';
import { ARMING, CONTROL, POLICY_COMMANDS, READING, SHOWING } from './policyOptions.ts';
import { RUNNING_AGENT } from './runningAgentOptions.ts';
import { SERVICE_OPTIONS } from './serviceOptions.ts';
import { STATS } from './statsOptions.ts';

/** The commands, for usage lines. */
export const USAGES: readonly { readonly words: string; readonly help: string }[] = [
  { words: '[options]', help: 'full-screen live monitor' },
  { words: 'events [options]', help: 'events on standard output, no screen' },
  { words: 'agent [options]', help: 'a service, to which screens and tetra attach' },
  { words: 'attach ADDRESS…', help: "the screen on Tetragon's agents" },
  { words: 'replay FILE…|-', help: 'a recording or a log of Tetragon: screen, or lines' },
  { words: 'policy COMMAND …', help: 'write, check and explain policies; load them' },
  { words: 'lab [NAME|FILE]', help: 'learn it: guided scenarios, harmless attacks' },
  { words: 'doctor [options]', help: 'what this kernel and these privileges allow' },
  { words: 'stats [options]', help: 'how a running Trigon does: events, losses, memory' },
  { words: 'config [COMMAND]', help: 'what options are set to, and where' },
  { words: 'completion SHELL', help: 'for bash, zsh or fish' },
  { words: 'man', help: 'the manual page: trigon man | man -l -' },
];

export const EXIT_CODES: readonly (readonly [string, string])[] = [
  ['0', 'done, and nothing is wrong'],
  ['1', 'a policy has an error, or it can not be done here; the message says why'],
  ['2', 'the command line is wrong'],
];

export const EXAMPLES: readonly string[] = [
  'sudo trigon',
  'sudo trigon --policy ./protect-etc.yaml',
  'sudo trigon events -o json --duration 10s > events.jsonl',
  'sudo trigon events --pid 4711 --follow --event-types exec',
  'trigon replay /var/log/tetragon/',
  'zcat tetragon.log.gz | trigon replay - -o compact --event-types exec',
  "trigon policy new --path /etc/shadow --write --user '!root' --kill --out shadow.yaml",
  'sudo trigon policy check shadow.yaml',
  'sudo trigon policy test --all',
  'trigon policy fill egress-connections --set CIDRS=10.0.0.0/8 > egress.yaml',
  'sudo trigon policy mode shadow-writes enforce --for 1h',
];

/** Options, and lines of another kind, under a title. */
export type OptionGroup = {
  readonly title: string;
  readonly options: readonly Option[];
  readonly lines: readonly (readonly [string, string])[];
};

/** All options, grouped by the commands that take them; among them the commands below others. */
export function optionGroups(): readonly OptionGroup[] {
  const group = (title: string, ...of: (readonly CommandName[])[]): OptionGroup => {
    const options = of.flatMap((commands) =>
      OPTIONS.filter((option) => commands.join() === option.commands.join()),
    );
    return { title, options, lines: [] };
  };
  const commands = (title: string, of: readonly (readonly [string, string])[]): OptionGroup => ({
    ...{ title, options: [], lines: of },
  });
  const common = group('Options', ALL);
  return [
    {
      ...common,
      options: common.options.filter((option) => !SERVICE_OPTIONS.includes(option)),
      lines: [['--version, --help', '']],
    },
    group('Options of where options are set, of all that run or show', CONFIGURED),
    group('Options of attaching to a running agent', RUNNING_AGENT, ['monitor']),
    group('Options of the screen, also of "lab NAME", "attach" and "replay"', SCREEN),
    group('Options of "attach"', ['attach']),
    group('Options of "replay"', ['replay']),
    group('Options of "events", "replay" and "doctor"', ['events', 'replay', 'doctor']),
    group('Options of "events" and "replay"', EVENTS),
    group('Options of "events"', ['events']),
    group('Options of "events" and "agent"', LINES),
    { title: 'What an agent does besides', options: SERVICE_OPTIONS, lines: [] },
    commands(
      'Commands of "policy"',
      Object.entries(POLICY_COMMANDS).map(([name, { words, help }]) => [
        `policy ${name} ${words}`,
        help,
      ]),
    ),
    group('Options of "policy check", "explain", "fill", "test" and "add"', READING),
    group('Options of "policy check", "policy test", "policy list" and "policy show"', SHOWING),
    group('Options of "policy test"', ['policy test']),
    group(
      'Options of "policy add", "list", "show", "mode" and "rm", which need a running Trigon',
      CONTROL,
    ),
    group('Options of "policy add" and "policy mode"', ['policy add'], ARMING),
    group('Options of "policy new"', ['policy new']),
    group('Options of "stats"', STATS),
    commands(
      'Commands of "lab"',
      Object.entries(LAB_COMMANDS).map(([name, { words, help }]) => [`${name} ${words}`, help]),
    ),
    group('Options of "lab test"', ['lab test']),
    commands(
      'Commands of "config"',
      Object.entries(CONFIG_COMMANDS).map(([name, { words, help }]) => [
        `${name} ${words}`.trimEnd(),
        help,
      ]),
    ),
    group('Options of "config show"', ['config show']),
  ];
}

const COLUMN = 26;
const WIDTH = 100;

function optionLines(options: readonly Option[]): string[] {
  return options.flatMap((option) => {
    const long = `--${option.name}${option.value ? ` ${option.value}` : ''}`;
    const names = option.short ? `-${option.short}, ${long}` : long;
    const words = wrap(option.help, WIDTH - COLUMN - 4);
    const [first = '', ...rest] = words;
    const head =
      names.length < COLUMN
        ? [`    ${names.padEnd(COLUMN)}${first}`]
        : [`    ${names}`, `    ${' '.repeat(COLUMN)}${first}`];
    return [...head, ...rest.map((text) => `    ${' '.repeat(COLUMN)}${text}`)];
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const policyCommands = () =>
  Object.fromEntries(
    Object.entries(POLICY_COMMANDS).map(([command, entry]) => [`policy ${command}`, entry]),
  );

/** What `trigon COMMAND --help` says: the options of that command alone. */
export function commandHelp(name: CommandName): string {
  const entry = Object.entries({ ...policyCommands(), ...LAB_COMMANDS, ...CONFIG_COMMANDS }).find(
    ([command]) => command === name,
  )?.[1];
  const words = USAGES.find((usage) => usage.words.split(' ')[0] === name)?.words;
  const usage =
    name === 'monitor' ? 'trigon' : `trigon ${words?.replace(' [options]', '') ?? name}`;
  return [
    '',
    '  Usage',
    `    $ ${entry ? `${usage} ${entry.words}`.trimEnd() : usage} [options]`,
    ...(entry ? ['', `    ${entry.help}`] : []),
    '',
    '  Options',
    ...optionLines(OPTIONS.filter(({ commands }) => commands.includes(name))),
    '',
    '  All commands: trigon --help',
    '',
  ].join('\n');
}

/** The text of --help: what there is, and where it is explained. It fits on a screen of 80x24. */
export function shortHelp(): string {
  return [
    'See every process as the kernel runs it, filter, and stop what must not run.',
    '',
    ...USAGES.map(({ words, help }) => `  ${`trigon ${words}`.padEnd(NAME_COLUMN)} ${help}`),
    '',
    ...FIRST_EXAMPLES.map((example) => `  $ ${example}`),
    '',
    'Options of a command: trigon COMMAND --help; all: trigon --help --all. Keys: ?',
    '',
  ].join('\n');
}

const NAME_COLUMN = 26;
const FIRST_EXAMPLES = [
  'sudo trigon',
  "sudo trigon events --filter 'binary:curl !user:root'",
  'sudo trigon --record now.trigon.zst; trigon replay now.trigon.zst',
];

/** The text of --help --all: every option. */
export function helpText(): string {
  return [
    '',
    '  Usage',
    ...USAGES.map(({ words, help }) => `    $ ${`trigon ${words}`.padEnd(COLUMN + 4)}${help}`),
    '',
    '  Without a terminal on standard output, "trigon" does the same as "trigon events".',
    '',
    ...optionGroups().flatMap(({ title, options, lines }) => [
      `  ${title}`,
      ...optionLines(options),
      ...lines.map(([words, help]) => `    ${words.padEnd(COLUMN)}${help}`.trimEnd()),
      '',
    ]),
    '  Exit codes',
    ...EXIT_CODES.map(([code, meaning]) => `    ${code}  ${meaning}`),
    '',
    '  Examples',
    ...EXAMPLES.map((example) => `    $ ${example}`),
    '',
  ].join('\n');
}
