import { CAPABILITIES, type Capability, kernelCapabilityName } from '../../events/capabilities.ts';
import { parseExecId } from '../../events/execId.ts';
import { escapeText, quoteIfNeeded, type SafeText } from '../../events/text.ts';
import { formatTimestampNanos } from '../../events/time.ts';
import type { Event, KprobeArgument, Namespace, Process } from '../../events/types.ts';
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
    ...(subject.process ? [] : fact('pid', subject.pid)),
  ];
}

function eventFields(event: Event): Field[] {
  return [
    ...fact('event', event.kind.replace(/^process_/, '')),
    ...fact('time', event.time === undefined ? '' : formatTimestampNanos(event.time)),
    ...(event.kind === 'process_exit' ? exitFields(event) : []),
    ...('policyName' in event ? policyFields(event) : []),
  ];
}

function exitFields({ signal, status }: Extract<Event, { kind: 'process_exit' }>): Field[] {
  return [
    ...fact('exit code', status, status === 0 ? 'text' : 'event.status'),
    ...fact('signal', signal, 'event.signal'),
  ];
}

function policyFields(event: Extract<Event, { readonly policyName: string }>): Field[] {
  const { trigon } = event;
  const args = 'args' in event ? event.args : [];
  const outcome = trigon?.outcome === 'applied' ? 'killed' : trigon?.outcome;
  return [
    ...fact('policy', event.policyName),
    ...fact('message', event.message),
    ...fact('tags', event.tags?.join(', ')),
    ...fact('hook', 'functionName' in event ? event.functionName : ''),
    ...fact('obtained', trigon?.obtained),
    ...args.flatMap((argument, index) =>
      fact(`argument ${index}`, argumentText(argument), 'event.path'),
    ),
    ...fact('action', event.action.replace(/^KPROBE_ACTION_/, '').toLowerCase()),
    ...fact('mode', trigon?.mode),
    ...fact('outcome', outcome, outcome === 'killed' ? 'event.killed' : 'event.withheld'),
    ...fact('reason', trigon?.outcomeReason),
  ];
}

function argumentText(argument: KprobeArgument): string {
  const label = argument.label === undefined ? '' : ` (${argument.label})`;
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg': {
      const { path, flags, permission } = argument.value;
      return [quoteIfNeeded(path), permission, flags].filter(Boolean).join('  ') + label;
    }
    case 'string_arg':
      return quoteIfNeeded(argument.value) + label;
    case 'unknown':
      return `of a kind that is not known${label}`;
    default: {
      const plain = (_key: string, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value;
      return JSON.stringify(argument.value, plain) + label;
    }
  }
}

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
