/**
 * All options of the command line, once: parsing, checking and --help are made from this table.
 */
import { LAB_COMMANDS, LAB_OPTIONS } from './labOptions.ts';
import type { CommandName, Option } from './option.ts';
import {
  ARMING,
  CONTROL,
  POLICY_COMMANDS,
  POLICY_OPTIONS,
  READING,
  SET_OPTION,
  SHOWING,
} from './policyOptions.ts';

const ALL: readonly CommandName[] = ['monitor', 'events'];
const EVENTS: readonly CommandName[] = ['events'];
const SCREEN: readonly CommandName[] = ['monitor', 'lab'];

export const OPTIONS: readonly Option[] = [
  {
    name: 'policy',
    commands: ALL,
    value: 'PATH',
    needs: 'a path',
    isList: true,
    isWhole: true,
    help: 'load a tracing policy, or all of a folder; may be given several times',
  },
  {
    name: 'policy-path',
    commands: ALL,
    value: 'FOLDERS',
    needs: 'folders, or none',
    help: 'look for policies here, separated by colons; none: nowhere (default: TRIGON_POLICY_PATH, else /etc/trigon/policies.d and ~/.config/trigon/policies)',
  },
  { ...SET_OPTION, commands: ALL },
  {
    name: 'enforce',
    commands: ALL,
    help: 'policies that kill by their own text start armed, not in monitor mode',
  },
  {
    name: 'read-only',
    commands: ALL,
    help: 'nothing can be armed, by a key or by "trigon policy": policies only watch',
  },
  {
    name: 'allow-network-actions',
    commands: ALL,
    help: 'let policies ask for URLs and names on the network (GetUrl, DnsLookup)',
  },
  {
    name: 'cgroup-rate',
    commands: ALL,
    value: 'EVENTS,INTERVAL',
    needs: 'a number and a time such as 1000,1s',
    help: 'hold back forks, execs and exits of a cgroup that has more of them on a CPU in this time',
  },
  {
    name: 'socket',
    commands: ALL,
    value: 'PATH',
    needs: 'a path',
    help: 'listen here for "trigon policy" (default: TRIGON_SOCKET, else /run/trigon/PID.sock)',
  },
  {
    name: 'node',
    commands: ALL,
    value: 'NAME',
    needs: 'a name',
    help: "name of this host in events (default: NODE_NAME, else the host's name)",
  },
  {
    name: 'theme',
    commands: SCREEN,
    value: 'NAME',
    needs: 'a name',
    help: 'dark (default) or mono',
  },
  { name: 'ascii', commands: SCREEN, help: 'no emoji and no line drawing' },
  {
    name: 'output',
    short: 'o',
    commands: ['events', 'doctor'],
    value: 'FORMAT',
    needs: 'a format',
    help: 'events: compact (default) or json, one Tetragon event a line; doctor: table (default) or json',
  },
  {
    name: 'color',
    commands: ['events', 'doctor'],
    value: 'WHEN',
    needs: 'auto, always or never',
    help: 'auto (default), always or never',
  },
  { name: 'timestamps', commands: EVENTS, help: 'begin compact lines with the time (UTC)' },
  {
    name: 'duration',
    commands: EVENTS,
    value: 'TIME',
    needs: 'a time such as 30s',
    help: 'end after this time: 500ms, 30s, 5m or 1h',
  },
  {
    name: 'count',
    commands: EVENTS,
    value: 'N',
    needs: 'a number',
    help: 'end after so many events',
  },
  {
    name: 'export-rate-limit',
    commands: EVENTS,
    value: 'N',
    needs: 'a number',
    help: 'events a minute; how many were dropped is told; -1: no limit (default), 0: none',
  },
  {
    name: 'event-types',
    short: 'e',
    commands: EVENTS,
    value: 'TYPES',
    needs: 'types such as PROCESS_EXEC',
    isList: true,
    help: 'only these: PROCESS_EXEC, PROCESS_EXIT, PROCESS_KPROBE (exec, exit, kprobe will do)',
  },
  {
    name: 'binary',
    aliases: ['process', 'processes'],
    commands: EVENTS,
    value: 'REGEX',
    needs: 'a regular expression',
    isList: true,
    isWhole: true,
    help: 'only programs whose path matches',
  },
  {
    name: 'pid',
    commands: EVENTS,
    value: 'PID',
    needs: 'a process number',
    isList: true,
    help: 'only these processes',
  },
  { name: 'follow', commands: EVENTS, help: 'with --pid: all their descendants too' },
  {
    name: 'user',
    commands: EVENTS,
    value: 'USER',
    needs: 'a name or number',
    isList: true,
    help: 'only these users, by name or number',
  },
  {
    name: 'container',
    aliases: ['containers'],
    commands: EVENTS,
    value: 'ID',
    needs: 'the beginning of a container id',
    isList: true,
    help: 'only containers whose id begins so',
  },
  {
    name: 'policy-names',
    commands: EVENTS,
    value: 'NAMES',
    needs: 'names of policies',
    isList: true,
    help: 'only events of these policies',
  },
  {
    name: 'filter',
    commands: EVENTS,
    value: 'FILTER',
    needs: 'a filter',
    help: "in the screen's filter language, e.g. 'binary:curl !user:root'",
  },
  {
    name: 'enable-process-cred',
    commands: EVENTS,
    help: 'add credentials, capabilities and privilege changes to processes',
  },
  { name: 'enable-process-ns', commands: EVENTS, help: 'add namespaces to processes' },
  {
    name: 'enable-process-environment-variables',
    commands: EVENTS,
    help: 'add environments to processes: they may hold secrets',
  },
  {
    name: 'enable-ancestors',
    commands: EVENTS,
    value: 'KINDS',
    needs: 'kinds of events such as base,kprobe',
    isList: true,
    help: 'add all ancestors to events of these kinds: base (exec, exit), and kprobe, tracepoint, uprobe, usdt, lsm, loader, which need base',
  },
  {
    name: 'username-metadata',
    commands: EVENTS,
    value: 'SOURCE',
    needs: 'unix',
    help: 'unix: add user names to processes',
  },
  ...POLICY_OPTIONS,
  ...LAB_OPTIONS,
];

/** The options of a word on the command line, by any of its names: one a command at most, and empty if it is none. */
export function findOptions(word: string): Option[] {
  if (/^-[^-]$/.test(word)) return OPTIONS.filter(({ short }) => short === word.slice(1));
  const name = word.replace(/^--/, '');
  return word.startsWith('--')
    ? OPTIONS.filter((option) => option.name === name || option.aliases?.includes(name))
    : [];
}

/** The names that meow gives to options in code. */
export const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

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
  const entry = Object.entries({ ...policyCommands(), ...LAB_COMMANDS }).find(
    ([command]) => command === name,
  )?.[1];
  const usage = name === 'monitor' ? 'trigon' : `trigon ${name}`;
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

/** The text of --help. */
export function helpText(): string {
  const of = (commands: readonly CommandName[]) =>
    optionLines(OPTIONS.filter((option) => commands.join() === option.commands.join()));
  return [
    '',
    '  Usage',
    '    $ trigon [options]              full-screen live monitor',
    '    $ trigon events [options]       events on standard output, no screen',
    '    $ trigon policy COMMAND …       write, check and explain tracing policies; load them into a running Trigon',
    '    $ trigon lab [NAME|FILE]        learn it: guided scenarios with harmless attacks',
    '    $ trigon doctor [options]       what this kernel and these privileges allow, and why not',
    '',
    '  Without a terminal on standard output, "trigon" does the same as "trigon events".',
    '',
    '  Options',
    ...of(ALL),
    '    --version, --help',
    '',
    '  Options of the screen, also of "lab NAME"',
    ...of(SCREEN),
    '',
    '  Options of "events" and "doctor"',
    ...of(['events', 'doctor']),
    '',
    '  Options of "events"',
    ...of(EVENTS),
    '',
    '  Commands of "policy"',
    ...Object.entries(POLICY_COMMANDS).map(
      ([name, { words, help }]) => `    ${`policy ${name} ${words}`.padEnd(COLUMN)}${help}`,
    ),
    '',
    '  Options of "policy check", "explain", "fill", "test" and "add"',
    ...of(READING),
    '',
    '  Options of "policy check", "policy test", "policy list" and "policy show"',
    ...of(SHOWING),
    '',
    '  Options of "policy test"',
    ...of(['policy test']),
    '',
    '  Options of "policy add", "list", "show", "mode" and "rm", which need a running Trigon',
    ...of(CONTROL),
    '',
    '  Options of "policy add" and "policy mode"',
    ...of(['policy add']),
    ...of(ARMING),
    '',
    '  Options of "policy new"',
    ...of(['policy new']),
    '',
    '  Commands of "lab"',
    ...Object.entries(LAB_COMMANDS).map(
      ([name, { words, help }]) => `    ${`${name} ${words}`.padEnd(COLUMN)}${help}`,
    ),
    '',
    '  Options of "lab test"',
    ...of(['lab test']),
    '',
    '  Exit codes',
    '    0  done, and nothing is wrong',
    '    1  a policy has an error, or it can not be done here; the message says why',
    '    2  the command line is wrong',
    '',
    '  Examples',
    '    $ sudo trigon',
    '    $ sudo trigon --policy ./protect-etc.yaml',
    '    $ sudo trigon events -o json --duration 10s > events.jsonl',
    '    $ sudo trigon events --pid 4711 --follow --event-types exec',
    "    $ trigon policy new --path /etc/shadow --write --user '!root' --kill --out shadow.yaml",
    '    $ sudo trigon policy check shadow.yaml',
    '    $ sudo trigon policy test --all',
    '    $ trigon policy fill egress-connections --set CIDRS=10.0.0.0/8 > egress.yaml',
    '    $ sudo trigon policy mode shadow-writes enforce --for 1h',
    '',
  ].join('\n');
}
