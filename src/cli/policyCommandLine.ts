import { DEFAULT_FUSE, type Fuse } from '../agent/messages.ts';
import type { AddedAction } from '../policies/addActions.ts';
import type { PolicyWish } from '../policies/new.ts';
import type { PolicyCommand } from './option.ts';
import {
  choice,
  duration,
  type OptionValues,
  UsageError,
  variables,
  wholeNumber,
} from './optionValues.ts';
import { POLICY_COMMANDS } from './policyOptions.ts';

/** Which running Trigon to talk to; both undefined: the only one. */
export type Instance = { socket: string | undefined; pid: number | undefined };

/** How a policy is armed. */
export type Arming = {
  /** undefined: until Trigon ends. */
  seconds: number | undefined;
  /** For selectors that have no action that enforces. */
  add: AddedAction;
  fuse: Fuse;
  /** Without asking. */
  yes: boolean;
};

type Output = 'text' | 'json';

export type PolicyCommandOptions =
  | {
      command: 'check';
      /** Names of policies of the library, and paths. */
      words: string[];
      output: Output;
      variables: Record<string, string>;
    }
  | { command: 'explain' | 'fill'; words: string[]; variables: Record<string, string> }
  | {
      command: 'test';
      /** Names of policies of the library, and paths. */
      words: string[];
      /** The whole library. */
      all: boolean;
      output: Output;
      variables: Record<string, string>;
    }
  | { command: 'new'; wish: PolicyWish; out: string | undefined }
  | {
      command: 'add';
      instance: Instance;
      files: string[];
      mode: 'off' | 'monitor' | 'enforce';
      arming: Arming;
      variables: Record<string, string>;
    }
  | { command: 'list'; instance: Instance; output: Output }
  | { command: 'show'; instance: Instance; policies: string[]; output: Output }
  | {
      command: 'mode';
      instance: Instance;
      policy: string;
      mode: 'off' | 'monitor' | 'enforce';
      arming: Arming;
    }
  | { command: 'rm'; instance: Instance; policies: string[] };

const MODES = ['off', 'monitor', 'enforce'] as const;

/** @param words what follows the command, without options. @throws UsageError */
export function policyOptions(
  command: PolicyCommand,
  words: readonly string[],
  values: OptionValues,
): PolicyCommandOptions {
  switch (command) {
    case 'check':
      return {
        command,
        words: atLeastOne(command, words),
        output: output(values),
        variables: variables(values),
      };
    case 'explain':
    case 'fill':
      return { command, words: atLeastOne(command, words), variables: variables(values) };
    case 'test': {
      const all = values.isSet('all');
      if (all && words.length > 0)
        throw new UsageError('--all tries the whole library: leave out the names');
      return {
        command,
        words: all ? [] : atLeastOne(command, words),
        all,
        output: output(values),
        variables: variables(values),
      };
    }
    case 'new':
      noWords(words);
      return { command, wish: wish(values), out: values.text('out') };
    case 'add': {
      const mode = choice('--mode', values.text('mode') ?? 'monitor', MODES);
      return {
        command,
        instance: instance(values),
        files: atLeastOne(command, words),
        mode,
        arming: arming(mode, values),
        variables: variables(values),
      };
    }
    case 'list':
      noWords(words);
      return { command, instance: instance(values), output: output(values) };
    case 'show':
      return {
        command,
        instance: instance(values),
        policies: atLeastOne(command, words),
        output: output(values),
      };
    case 'mode': {
      const [policy, word, extra] = words;
      if (policy === undefined || word === undefined) throw incomplete(command);
      if (extra !== undefined) throw tooMuch(extra);
      const mode = choice('MODE', word, MODES);
      return { command, instance: instance(values), policy, mode, arming: arming(mode, values) };
    }
    case 'rm':
      return { command, instance: instance(values), policies: atLeastOne(command, words) };
  }
}

const usage = (command: PolicyCommand) =>
  `trigon policy ${command} ${POLICY_COMMANDS[command].words}`;

const incomplete = (command: PolicyCommand) =>
  new UsageError(`it is "${usage(command)}"; see trigon --help`);

const tooMuch = (word: string) =>
  new UsageError(`"${word}" is one word too many; see trigon --help`);

function atLeastOne(command: PolicyCommand, words: readonly string[]): string[] {
  if (words.length === 0) throw incomplete(command);
  return [...words];
}

function noWords([word]: readonly string[]): void {
  if (word !== undefined) throw tooMuch(word);
}

const output = (values: OptionValues): Output =>
  choice('--output', values.text('output') ?? 'text', ['text', 'json']);

function instance(values: OptionValues): Instance {
  const pid = values.text('pid');
  const socket = values.text('socket');
  if (pid !== undefined && socket !== undefined)
    throw new UsageError('--socket and --pid both say which Trigon; give one of them');
  return { socket, pid: pid === undefined ? undefined : wholeNumber('--pid', pid) };
}

/** The default of `--for`: long enough to see what it does, short enough to be forgotten without harm. */
const ARMED_SECONDS = 600;

function arming(mode: string, values: OptionValues): Arming {
  const time = values.text('for');
  const fuse = values.text('fuse');
  const add = addedAction(values);
  const yes = values.isSet('yes');
  if (mode !== 'enforce' && (time !== undefined || fuse !== undefined || add !== 'none' || yes))
    throw new UsageError('--for, --fuse, --add-kill, --add-deny and --yes are for mode enforce');
  return {
    seconds: time === undefined ? ARMED_SECONDS : armedSeconds(time),
    add,
    fuse: fuse === undefined ? DEFAULT_FUSE : parseFuse(fuse),
    yes,
  };
}

function addedAction(values: OptionValues): AddedAction {
  const [kills, denies] = [values.isSet('add-kill'), values.isSet('add-deny')];
  if (kills && denies) throw new UsageError('--add-kill and --add-deny: give one of them');
  return kills ? 'kill' : denies ? 'deny' : 'none';
}

function armedSeconds(text: string): number | undefined {
  if (text === 'until-quit') return undefined;
  const seconds = Math.round(duration('--for', text) / 1000);
  if (seconds < 1 || seconds > 0xffffffff)
    throw new UsageError(`--for must be a time from 1s, or until-quit, not "${text}"`);
  return seconds;
}

function parseFuse(text: string): Fuse {
  const [, limit, time] = /^([1-9]\d{0,8})\/(.+)$/.exec(text) ?? [];
  if (limit === undefined || time === undefined)
    throw new UsageError(`--fuse must be a number and a time such as 20/10s, not "${text}"`);
  const seconds = Math.round(duration('--fuse', time) / 1000);
  if (seconds < 1 || seconds > 0xffffffff)
    throw new UsageError(`--fuse: the time must be at least 1s, not "${time}"`);
  return { limit: Number(limit), seconds };
}

function wish(values: OptionValues): PolicyWish {
  return {
    name: values.text('name'),
    message: values.text('message'),
    paths: values.list('path'),
    read: values.isSet('read'),
    write: values.isSet('write'),
    exec: values.isSet('exec'),
    connect: values.isSet('connect'),
    bind: values.isSet('bind'),
    listen: values.isSet('listen'),
    cidrs: values.list('cidr'),
    notCidrs: values.list('not-cidr'),
    ports: values.list('port'),
    syscalls: values.list('syscall'),
    args: values.list('arg'),
    returns: values.text('return'),
    users: values.list('user'),
    binaries: values.list('binary'),
    notBinaries: values.list('not-binary'),
    followChildren: values.isSet('follow-children'),
    kill: values.isSet('kill'),
    deny: values.isSet('deny'),
    rateLimit: values.text('rate-limit'),
  };
}
