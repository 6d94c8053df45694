/**
 * All options of the command line, once: parsing, checking and --help are made from this table.
 */
import { CONFIG_OPTIONS } from './configOptions.ts';
import { LAB_OPTIONS } from './labOptions.ts';
import { NODE_OPTIONS } from './nodeOptions.ts';
import type { CommandName, Option } from './option.ts';
import { POLICY_OPTIONS, SET_OPTION } from './policyOptions.ts';
import { REPLAY_OPTIONS } from './replayOptions.ts';
import { RUNNING_AGENT_OPTIONS } from './runningAgentOptions.ts';
import { SERVICE_OPTIONS } from './serviceOptions.ts';
import { STATS_OPTIONS } from './statsOptions.ts';

/** Commands that run an agent of their own. */
export const ALL: readonly CommandName[] = ['monitor', 'events', 'agent'];
/** Commands that choose among events, and print them. */
export const EVENTS: readonly CommandName[] = ['events', 'replay'];
/** Commands that write lines somewhere. */
export const LINES: readonly CommandName[] = ['events', 'agent'];
/** Commands whose options can be set in files and by variables. */
export const CONFIGURED: readonly CommandName[] = [
  'monitor',
  'events',
  'agent',
  'lab',
  'doctor',
  'attach',
  'replay',
];
export const SCREEN: readonly CommandName[] = ['monitor', 'lab', 'attach', 'replay'];

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
    help: 'nothing can be armed, by a key or by "trigon policy": policies only watch; no signal is sent',
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
    name: 'rb-size-total',
    commands: ALL,
    value: 'SIZE',
    needs: 'a size such as 64M',
    help: 'of the ring buffer between kernel and agent, for all processors: K, M or G, rounded up to a power of two (default: 16M)',
  },
  {
    name: 'socket',
    commands: ALL,
    value: 'PATH',
    needs: 'a path',
    help: 'listen here for "trigon policy" and "trigon stats"; none: nowhere (default: TRIGON_SOCKET, else /run/trigon/PID.sock)',
  },
  ...STATS_OPTIONS,
  ...RUNNING_AGENT_OPTIONS,
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
    needs: 'a name or a file',
    help: "dark, light, high-contrast, colour-blind, terminal-16, mono, one of your own in ~/.config/trigon/themes, or a file (default: as the terminal's background is)",
  },
  {
    name: 'colors',
    commands: SCREEN,
    value: 'HOW-MANY',
    needs: 'auto, truecolor, 256, 16 or none',
    help: 'auto (default): as the terminal says; truecolor, 256, 16 or none',
  },
  {
    name: 'config',
    commands: CONFIGURED,
    value: 'FILE',
    needs: 'a file, or none',
    help: 'read options and keys from here; none: from nowhere (default: /etc/trigon/config.yaml, over it ~/.config/trigon/config.yaml)',
  },
  {
    name: 'config-dir',
    commands: CONFIGURED,
    value: 'FOLDER',
    needs: 'a folder',
    help: 'read options from here, one file each, as Tetragon does; they go before those of files (always read: /etc/trigon/trigon.conf.d)',
  },
  {
    name: 'no-state',
    commands: SCREEN,
    help: 'neither read nor write settings (sort orders, filters, histories …): ~/.local/state/trigon/state.yaml',
  },
  { name: 'ascii', commands: SCREEN, help: 'no emoji and no line drawing' },
  {
    name: 'mouse',
    commands: SCREEN,
    help: 'clicks and the wheel are used; to select text hold Shift (a key switches it too)',
  },
  {
    name: 'screen-reader',
    commands: SCREEN,
    help: 'plain lines that are only appended, for screen readers (also: INK_SCREEN_READER=1)',
  },
  {
    name: 'fps',
    commands: SCREEN,
    value: 'N',
    needs: 'a number from 1 to 30',
    help: 'show events at most so many times a second (default 10); keys are answered at once',
  },
  {
    name: 'low-bandwidth',
    commands: SCREEN,
    help: 'for links of 5 KB/s: 2 frames a second, 4 KB/s, 16 colours, no sparklines, ages in steps of 10 s',
  },
  {
    name: 'bandwidth',
    commands: SCREEN,
    value: 'KB',
    needs: 'KB a second',
    help: 'write at most so many KB a second of what happens by itself; frames are left out',
  },
  {
    name: 'output',
    short: 'o',
    commands: ['events', 'replay', 'doctor'],
    value: 'FORMAT',
    needs: 'a format',
    help: 'events, replay: compact (default of events) or json, one Tetragon event a line; doctor: table (default) or json',
  },
  {
    name: 'color',
    commands: ['events', 'replay', 'doctor'],
    value: 'WHEN',
    needs: 'auto, always or never',
    help: 'auto (default), always or never',
  },
  { name: 'timestamps', commands: EVENTS, help: 'begin compact lines with the time (UTC)' },
  {
    name: 'duration',
    commands: ['events'],
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
    commands: ALL,
    value: 'N',
    needs: 'a number',
    help: 'events a minute, of --export if it is given, else of standard output; how many were dropped is told; -1: no limit (default), 0: none',
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
    needs: 'the name of a container or the beginning of its id',
    isList: true,
    help: 'only the container of this name, or whose id begins so',
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
    aliases: ['process-cred'],
    commands: ALL,
    help: 'add credentials, capabilities and privilege changes to processes',
  },
  {
    name: 'enable-process-ns',
    aliases: ['process-ns'],
    commands: ALL,
    help: 'add namespaces to processes',
  },
  {
    name: 'enable-process-environment-variables',
    commands: ALL,
    help: 'add environments to processes: they may hold secrets',
  },
  {
    name: 'enable-ancestors',
    commands: ALL,
    value: 'KINDS',
    needs: 'kinds of events such as base,kprobe',
    isList: true,
    help: 'add all ancestors to events of these kinds: base (exec, exit), and kprobe, tracepoint, uprobe, usdt, lsm, loader, which need base',
  },
  {
    name: 'username-metadata',
    commands: ALL,
    value: 'SOURCE',
    needs: 'unix',
    help: 'unix: add user names to processes',
  },
  ...SERVICE_OPTIONS,
  ...REPLAY_OPTIONS,
  ...POLICY_OPTIONS,
  ...LAB_OPTIONS,
  ...CONFIG_OPTIONS,
  ...NODE_OPTIONS,
];

/** The options of a word on the command line, by any of its names: one a command at most, and empty if it is none. */
export function findOptions(word: string): Option[] {
  if (/^-[^-]$/.test(word)) return OPTIONS.filter(({ short }) => short === word.slice(1));
  const name = word.replace(/^--/, '');
  return word.startsWith('--')
    ? OPTIONS.filter((option) => option.name === name || option.aliases?.includes(name))
    : [];
}

/** Switches that `--no-NAME` turns off, where a file has turned them on. */
export const findSwitches = (word: string): Option[] =>
  OPTIONS.filter(({ name, value }) => value === undefined && word === `--no-${name}`);

/** The names that meow gives to options in code. */
export const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
