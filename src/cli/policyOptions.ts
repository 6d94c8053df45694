import type { CommandName, Option, PolicyCommand } from './option.ts';

/** `trigon policy …`: the sub-commands with what follows them, for usage lines and messages. */
export const POLICY_COMMANDS = {
  check: {
    words: 'NAME|FILE…',
    help: 'is it right, and how would it run on this kernel? Loads nothing',
  },
  explain: { words: 'NAME|FILE…', help: 'what it does, in plain words' },
  fill: {
    words: 'NAME|FILE…',
    help: 'print it for Tetragon: with values in place of placeholders',
  },
  new: { words: '', help: 'write a policy from the options below' },
  test: {
    words: 'NAME…|--all',
    help: 'try policies of the library, or files: their triggers must be seen, near misses must not',
  },
  add: { words: 'FILE…', help: 'load into a running Trigon' },
  list: { words: '', help: 'what a running Trigon has loaded' },
  show: { words: 'POLICY…', help: 'hooks, selectors and counters; POLICY is a number or a name' },
  mode: { words: 'POLICY MODE', help: 'switch to off, monitor or enforce' },
  rm: { words: 'POLICY…', help: 'unload' },
} as const satisfies Record<PolicyCommand, { words: string; help: string }>;

export const POLICY_COMMAND_NAMES = Object.keys(POLICY_COMMANDS) as PolicyCommand[];

/** Those that read policy files. */
export const READING: readonly CommandName[] = [
  'policy check',
  'policy explain',
  'policy fill',
  'policy test',
  'policy add',
];
/** Those that can write JSON. */
export const SHOWING: readonly CommandName[] = [
  'policy check',
  'policy test',
  'policy list',
  'policy show',
];
const TEST: readonly CommandName[] = ['policy test'];
/** Those that talk to a running Trigon. */
export const CONTROL: readonly CommandName[] = [
  'policy add',
  'policy list',
  'policy show',
  'policy mode',
  'policy rm',
];
/** Those that may arm. */
export const ARMING: readonly CommandName[] = ['policy add', 'policy mode'];
const NEW: readonly CommandName[] = ['policy new'];

export const SET_OPTION = {
  name: 'set',
  value: 'NAME=VALUE',
  needs: 'a name and a value: NAME=VALUE',
  isList: true,
  isWhole: true,
  help: "value of a policy's placeholder, before the environment's; may be given several times",
} as const;

export const POLICY_OPTIONS: readonly Option[] = [
  {
    name: 'output',
    short: 'o',
    commands: SHOWING,
    value: 'FORMAT',
    needs: 'a format',
    help: 'text (default) or json',
  },
  { ...SET_OPTION, commands: READING },
  { name: 'all', commands: TEST, help: 'every policy of the library' },
  {
    name: 'socket',
    commands: CONTROL,
    value: 'PATH',
    needs: 'a path',
    help: 'socket of the running Trigon (default: TRIGON_SOCKET, else the only one in /run/trigon)',
  },
  {
    name: 'pid',
    commands: CONTROL,
    value: 'PID',
    needs: 'a process number',
    help: 'which Trigon, when several run',
  },
  {
    name: 'mode',
    commands: ['policy add'],
    value: 'MODE',
    needs: 'a mode',
    help: 'off, monitor (default) or enforce',
  },
  {
    name: 'for',
    commands: ARMING,
    value: 'TIME',
    needs: 'a time such as 10m, or until-quit',
    help: 'how long it enforces: 10m (default), 1h …, or until-quit',
  },
  {
    name: 'fuse',
    commands: ARMING,
    value: 'N/TIME',
    needs: 'a number and a time such as 20/10s',
    help: 'more actions than N in TIME end enforcement (default 20/10s)',
  },
  {
    name: 'add-kill',
    commands: ARMING,
    help: 'selectors that have no action that enforces kill while it is armed',
  },
  {
    name: 'add-deny',
    commands: ARMING,
    help: 'the same, but refuse the call with EPERM, where this host can',
  },
  { name: 'yes', short: 'y', commands: ARMING, help: "arm without asking for the policy's name" },
  {
    name: 'name',
    commands: NEW,
    value: 'NAME',
    needs: 'a name',
    help: 'its name (default: from what it watches)',
  },
  {
    name: 'path',
    commands: NEW,
    value: 'PATH',
    needs: 'a path',
    isList: true,
    isWhole: true,
    help: 'a file, or everything below a folder if it ends with "/"; may be given several times',
  },
  { name: 'read', commands: NEW, help: 'with --path: reads' },
  { name: 'write', commands: NEW, help: 'with --path: writes' },
  { name: 'exec', commands: NEW, help: 'programs that are started: those of --path, else all' },
  { name: 'connect', commands: NEW, help: 'outgoing connections (IPv4, IPv6)' },
  { name: 'bind', commands: NEW, help: 'sockets that take a local address' },
  { name: 'listen', commands: NEW, help: 'TCP sockets that begin to listen' },
  {
    name: 'cidr',
    commands: NEW,
    value: 'CIDR',
    needs: 'an address or network such as 10.0.0.0/8',
    isList: true,
    help: 'only these addresses: of the peer for --connect, else the local one',
  },
  {
    name: 'not-cidr',
    commands: NEW,
    value: 'CIDR',
    needs: 'an address or network such as 10.0.0.0/8',
    isList: true,
    help: 'only addresses outside of these',
  },
  {
    name: 'port',
    commands: NEW,
    value: 'PORT',
    needs: 'a port or a range such as 8000-8099',
    isList: true,
    help: 'only these ports or ranges (8000-8099)',
  },
  {
    name: 'syscall',
    commands: NEW,
    value: 'NAME',
    needs: 'the name of a system call',
    isList: true,
    help: 'a system call, such as ptrace; may be given several times',
  },
  {
    name: 'arg',
    commands: NEW,
    value: 'N=VALUE',
    needs: 'an argument such as 0=16',
    isList: true,
    isWhole: true,
    help: 'only calls whose argument N (from 0) is VALUE; also N!=VALUE, N&MASK, N=MIN:MAX; a text that ends with "/" is a prefix',
  },
  {
    name: 'return',
    commands: NEW,
    value: 'VALUE',
    needs: 'a number, an error such as EPERM, success or failure',
    help: 'only calls that return this: a number, MIN:MAX, an error such as EPERM, success or failure',
  },
  {
    name: 'user',
    commands: NEW,
    value: 'USER',
    needs: 'a user',
    isList: true,
    help: "only this user's processes, by name, number or range (1000-1999); '!root': all but",
  },
  {
    name: 'binary',
    commands: NEW,
    value: 'PATH',
    needs: 'the path of a program',
    isList: true,
    isWhole: true,
    help: 'only this program, or all below a folder if it ends with "/"',
  },
  {
    name: 'not-binary',
    commands: NEW,
    value: 'PATH',
    needs: 'the path of a program',
    isList: true,
    isWhole: true,
    help: 'all programs but this',
  },
  {
    name: 'follow-children',
    commands: NEW,
    help: 'with --binary or --not-binary: what they start counts as they do',
  },
  { name: 'kill', commands: NEW, help: 'kill the process (SIGKILL), once the policy is armed' },
  { name: 'deny', commands: NEW, help: 'let the call fail with EPERM, once the policy is armed' },
  {
    name: 'message',
    commands: NEW,
    value: 'TEXT',
    needs: 'a text',
    help: 'shown with its events',
  },
  {
    name: 'rate-limit',
    commands: NEW,
    value: 'TIME',
    needs: 'a time such as 30s',
    help: 'the same event only once in this time: 30s, 5m or 1h',
  },
  {
    name: 'out',
    commands: NEW,
    value: 'FILE',
    needs: 'a path',
    help: 'write to a new file instead of standard output',
  },
];
