import { CAPABILITIES, type Capability, kernelCapabilityName } from '../../events/capabilities.ts';
import { argumentText } from '../../events/compactArguments.ts';
import type { KprobeAction } from '../../events/enums.ts';
import { parseExecId } from '../../events/execId.ts';
import { journalAuthor, journalVerb } from '../../events/journal.ts';
import { outcomeWords } from '../../events/outcome.ts';
import { decodeUtf8, escapeText, quote, quoteIfNeeded, type SafeText } from '../../events/text.ts';
import { formatTimestampNanos } from '../../events/time.ts';
import {
  type Event,
  type EventExtension,
  type KprobeArgument,
  type Namespace,
  type Process,
  type StackTraceEntry,
  shortKind,
} from '../../events/types.ts';
import type { Subject } from '../subject.ts';
import type { Slot } from '../theme.ts';

/** A fact with its name. */
export type Field = {
  readonly name: string;
  readonly value: SafeText;
  readonly slot?: Slot;
  /** A list of words of ours, broken between them. */
  readonly isWords?: boolean;
};

export type UserNames = ReadonlyMap<number, string>;

const fact = (name: string, value: string | number | bigint | undefined, slot?: Slot): Field[] =>
  value === undefined || value === ''
    ? []
    : [{ name, value: escapeText(String(value)), ...(slot ? { slot } : {}) }];

/** The audit system's "nobody has logged in". */
const NO_LOGIN = 0xffff_ffff;

const userText = (uid: number | undefined, names: UserNames): string => {
  if (uid === undefined) return '';
  const name = names.get(uid);
  return name === undefined ? String(uid) : `${name} (${uid})`;
};

/** What is known of the event and its process, the event's own first. */
export function subjectFields(subject: Subject, names: UserNames): Field[] {
  const { event } = subject;
  return [
    ...(event ? eventFields(event) : []),
    ...(subject.process ? processFields(subject.process, subject, names) : []),
    ...(subject.process || subject.pid === 0 ? [] : fact('pid', subject.pid)),
  ];
}

function eventFields(event: Event): Field[] {
  return [
    ...fact('event', shortKind(event.kind)),
    ...fact('time', event.time === undefined ? '' : formatTimestampNanos(event.time)),
    ...(event.kind === 'process_exit' ? exitFields(event) : []),
    ...('policyName' in event ? policyFields(event) : []),
    ...(event.kind === 'process_throttle' ? throttleFields(event) : []),
    ...(event.kind === 'trigon_journal' ? journalFields(event) : []),
  ];
}

function exitFields({ signal, status }: Extract<Event, { kind: 'process_exit' }>): Field[] {
  return [
    ...fact('exit code', status, status === 0 ? 'text' : 'event.status'),
    ...fact('signal', signal, 'event.signal'),
  ];
}

function throttleFields({ type, cgroup }: Extract<Event, { kind: 'process_throttle' }>): Field[] {
  const state =
    type === 'THROTTLE_STOP'
      ? 'below its limit again'
      : 'over its limit: its forks, execs and exits are not shown';
  return [...fact('cgroup', cgroup), ...fact('state', state)];
}

function journalFields(event: Extract<Event, { kind: 'trigon_journal' }>): Field[] {
  return [
    ...fact('policy', event.policy),
    ...fact('what', journalVerb(event.action), 'status.warning'),
    ...fact('how', event.detail),
    ...fact('by whom', journalAuthor(event)),
    ...fact('user', event.by?.user),
    ...fact('sudo user', event.by?.sudoUser),
    ...fact('terminal', event.by?.tty),
  ];
}

type PolicyEvent = Extract<Event, { readonly policyName: string }>;

function policyFields(event: PolicyEvent): Field[] {
  const { trigon = {} } = event;
  const data = 'data' in event ? (event.data ?? []) : [];
  const outcome = trigon.outcome === 'applied' ? outcomeWords(trigon) : trigon.outcome;
  const slot = trigon.outcome === 'applied' ? 'event.killed' : 'event.withheld';
  return [
    ...fact('policy', event.policyName),
    ...fact('message', event.message),
    ...fact('tags', event.tags?.join(', ')),
    ...hookFields(event),
    ...fact('obtained', trigon.obtained),
    ...event.args.flatMap((argument, index) => valueField(`argument ${index}`, argument)),
    ...data.flatMap((argument, index) => valueField(`data ${index}`, argument)),
    ...returnFields(event),
    ...fact('action', shownAction(event.action)),
    ...fact('mode', trigon.mode),
    ...fact('outcome', outcome, slot),
    ...fact('reason', trigon.outcomeReason),
    ...fact('signal', trigon.signal),
    ...fact('error', trigon.error),
    ...stackFields(event.kind === 'process_kprobe' ? event : trigon),
  ];
}

const shownAction = (action: KprobeAction): string =>
  action.replace(/^KPROBE_ACTION_/, '').toLowerCase();

/** Where it happened. */
function hookFields(event: PolicyEvent): Field[] {
  switch (event.kind) {
    case 'process_kprobe':
    case 'process_lsm':
      return fact('hook', event.functionName);
    case 'process_tracepoint':
      return fact('tracepoint', `${event.subsys}/${event.event}`);
    case 'process_uprobe':
      return [
        ...fact('program', event.path),
        ...fact('symbol', event.symbol),
        ...fact('offset', event.offset === undefined ? '' : hexText(event.offset)),
      ];
    case 'process_usdt':
      return [...fact('program', event.path), ...fact('probe', `${event.provider}:${event.name}`)];
  }
}

function returnFields(event: PolicyEvent): Field[] {
  const kprobe = event.kind === 'process_kprobe' ? event : undefined;
  const returned = kprobe?.return ?? event.trigon?.return;
  if (!returned) return [];
  const action = kprobe?.returnAction;
  return [
    ...valueField('returned', returned),
    ...(action === undefined || action === 'KPROBE_ACTION_POST'
      ? []
      : fact('then', shownAction(action))),
  ];
}

const valueField = (name: string, argument: KprobeArgument): Field[] =>
  fact(name, valueText(argument), 'event.path');

/** In full, unlike in the stream's line. */
function valueText(argument: KprobeArgument): string {
  const label = argument.label === undefined ? '' : ` (${argument.label})`;
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg': {
      const { path, flags, permission } = argument.value;
      return [quoteIfNeeded(path), permission, flags].filter(Boolean).join('  ') + label;
    }
    case 'string_arg':
      return (argument.value === '' ? '""' : quoteIfNeeded(argument.value)) + label;
    case 'bytes_arg':
      return quote(decodeUtf8(argument.value)) + label;
    case 'truncated_bytes_arg': {
      const { bytesArg, origSize } = argument.value;
      return `${quote(decodeUtf8(bytesArg))}… of ${origSize} bytes${label}`;
    }
    case 'sock_arg':
    case 'skb_arg':
      return `${argumentText({ ...argument, label: '' })}  ${json(argument.value)}${label}`;
    case 'error_arg':
      return argument.value.message + label;
    case 'unknown':
      return `of a kind that is not known${label}`;
    default:
      return json(argument.value) + label;
  }
}

const json = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? String(part) : part));

const hexText = (value: bigint): string => `0x${value.toString(16)}`;

type Stacks = Pick<EventExtension, 'kernelStackTrace' | 'userStackTrace'>;

/** Stack traces, innermost first: the name of each stands at its first line only. */
const stackFields = ({ kernelStackTrace = [], userStackTrace = [] }: Stacks): Field[] => [
  ...stackField('kernel stack', kernelStackTrace),
  ...stackField('user stack', userStackTrace),
];

const stackField = (name: string, entries: readonly StackTraceEntry[]): Field[] =>
  entries.flatMap((entry, index) => fact(index === 0 ? name : '', frameText(entry)));

const frameText = ({ address, symbol = '', offset, module = '' }: StackTraceEntry): string => {
  const at = `${symbol === '' ? '' : quoteIfNeeded(symbol)}${offset === undefined ? '' : `+${hexText(offset)}`}`;
  const place = module === '' ? at : `${at} ${quoteIfNeeded(module)}`.trim();
  return [address === undefined ? '' : hexText(address), place].filter(Boolean).join('  ');
};

function processFields(process: Process, { executable, lineage }: Subject, names: UserNames) {
  const parent = lineage?.[1];
  const parentPid = parent?.pid ?? parseExecId(process.parentExecId)?.pid;
  const login =
    process.auid === NO_LOGIN ? 'none: not of a login session' : userText(process.auid, names);
  const command = parent && `  ${quoteIfNeeded(parent.binary)} ${parent.arguments}`;
  return [
    ...fact('binary', quoteIfNeeded(process.binary), 'event.binary'),
    ...(executable === process.binary ? [] : fact('resolved', quoteIfNeeded(executable))),
    ...fact('arguments', process.arguments, 'event.arguments'),
    ...fact('directory', quoteIfNeeded(process.cwd)),
    ...fact('pid', process.pid),
    ...(process.tid === process.pid ? [] : fact('thread', process.tid)),
    ...fact('parent', parentPid ? `${parentPid}${command ?? ''}` : 'not known'),
    ...fact('user', userText(process.uid, names)),
    ...fact('login', login),
    ...fact('container', process.docker),
    ...fact(
      'started',
      process.startTime === undefined ? '' : formatTimestampNanos(process.startTime),
    ),
    ...fact('flags', process.flags),
    ...fact('exec id', process.execId),
  ];
}

/** Ids, capabilities, secure bits and namespaces, as of the last exec. */
export function credentialFields(process: Process | undefined, names: UserNames): Field[] {
  const ids = process?.processCredentials;
  if (!process || !ids) return [];
  const { cap = {}, ns, binaryProperties } = process;
  const id = (name: string, uid: number | undefined, gid: number | undefined) =>
    fact(name, `uid ${userText(uid, names)}  gid ${gid ?? ''}`);
  return [
    ...id('real', ids.uid, ids.gid),
    ...id('effective', ids.euid, ids.egid),
    ...id('saved', ids.suid, ids.sgid),
    ...id('file system', ids.fsuid, ids.fsgid),
    ...fact('secure bits', ids.securebits?.join(' ') ?? 'none'),
    ...fact('raised by', binaryProperties?.privilegesChanged?.join(' '), 'event.withheld'),
    ...fact('file', fileText(binaryProperties?.file), 'event.withheld'),
    ...capabilities('permitted', cap.permitted),
    ...capabilities('effective', cap.effective),
    ...capabilities('inheritable', cap.inheritable),
    ...Object.entries(ns ?? {}).flatMap(([kind, namespace]) =>
      fact(`ns ${spaced(kind)}`, namespaceText(namespace)),
    ),
  ];
}

function capabilities(name: string, set: readonly Capability[] = []): Field[] {
  if (set.length === CAPABILITIES.length) return fact(name, `all ${set.length} capabilities`);
  const words = set.map(kernelCapabilityName).join(' ');
  return fact(name, words === '' ? 'none' : words).map((field) => ({ ...field, isWords: true }));
}

const spaced = (name: string) => name.replace('ForChildren', ', child');

const namespaceText = ({ inum, isHost }: Namespace): string =>
  inum === 0 ? 'not known' : `${inum}  ${isHost ? 'the host’s' : 'its own'}`;

function fileText(file: NonNullable<Process['binaryProperties']>['file']): string {
  if (!file) return '';
  const inode = file.inode ? `, inode ${file.inode.number}, ${file.inode.links ?? 0} links` : '';
  return `${quoteIfNeeded(file.path)}: unlinked or in memory only${inode}`;
}
