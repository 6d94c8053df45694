import type { ContainerFacts } from '../../../agent/inspect/types.ts';
import {
  CAPABILITIES,
  type Capability,
  kernelCapabilityName,
} from '../../../events/capabilities.ts';
import { parseExecId } from '../../../events/execId.ts';
import { escapeText, quoteIfNeeded } from '../../../events/text.ts';
import { formatTimestampNanos } from '../../../events/time.ts';
import type { Event, Namespace, Namespaces, Process, User } from '../../../events/types.ts';
import { durationText } from '../../store/timeText.ts';
import type { Subject } from '../../subject.ts';
import type { UserNames } from '../../userNames.ts';
import { type Field, fact, pathFact } from './field.ts';
import type { DetailLook } from './item.ts';

/** The audit system's "nobody has logged in". */
const NO_LOGIN = 0xffff_ffff;

/** Of a user or a group. @param told by the event */
const numberText = (
  number: number | undefined,
  names: ReadonlyMap<number, string>,
  told?: User,
): string => {
  if (number === undefined) return '';
  const name = told?.name || names.get(number);
  return name === undefined ? String(number) : `${name} (${number})`;
};

/** As of its last exec before the event. */
export function processFields(
  process: Process,
  { event, executable, lineage }: Subject,
  names: UserNames,
) {
  const parent = lineage?.[1];
  const parentPid = parent?.pid ?? parseExecId(process.parentExecId)?.pid;
  const login =
    process.auid === NO_LOGIN ? 'none: not of a login session' : numberText(process.auid, names);
  const command = parent && `  ${quoteIfNeeded(parent.binary)} ${parent.arguments}`;
  return [
    ...pathFact('binary', process.binary, { slot: 'event.binary', by: 'binary' }),
    ...(executable === process.binary ? [] : pathFact('resolved', executable)),
    ...fact('arguments', process.arguments, { slot: 'event.arguments', by: 'args' }),
    ...pathFact('directory', process.cwd, { by: 'cwd' }),
    ...fact('pid', process.pid, { by: 'pid' }),
    ...(process.tid === process.pid ? [] : fact('thread', process.tid, { by: 'tid' })),
    ...(parentPid
      ? fact('parent', `${parentPid}${command ?? ''}`, { by: 'ppid', raw: String(parentPid) })
      : fact('parent', 'not known')),
    ...uidFact('user', process, names),
    ...fact('login', login),
    ...fact('container', process.docker, { by: 'container' }),
    ...fact('pod', process.pod && `${process.pod.namespace}/${process.pod.name}`, {
      by: 'pod',
      raw: process.pod?.name ?? '',
    }),
    ...fact('sha256', process.trigon?.sha256, { by: 'sha256' }),
    ...fact(
      'started',
      process.startTime === undefined ? '' : formatTimestampNanos(process.startTime),
    ),
    ...fact('age', ageText(event, process)),
    ...fact('flags', process.flags),
    ...fact('exec id', process.execId),
  ];
}

/** How long its program had run; nothing for its start itself. */
function ageText(event: Event | undefined, { startTime }: Process): string {
  if (event?.time === undefined || startTime === undefined || event.time <= startTime) return '';
  const age = event.time - startTime;
  const seconds = Number(age) / 1e9;
  const text = seconds < 60 ? `${seconds.toFixed(3)} s` : durationText(age);
  return `${text} at this event`;
}

const uidFact = (name: string, { uid, user }: Process, names: UserNames): Field[] =>
  uid === undefined
    ? []
    : fact(name, numberText(uid, names, user), { by: 'uid', raw: String(uid) });

const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** Ids, capabilities and secure bits, as of the last exec. */
export function credentialFields(
  process: Process | undefined,
  { userNames, groupNames = NO_NAMES }: Pick<DetailLook, 'userNames' | 'groupNames'>,
): Field[] {
  const ids = process?.processCredentials;
  if (!process || !ids) return [];
  const { cap = {}, binaryProperties } = process;
  const id = (name: string, uid: number | undefined, gid: number | undefined) =>
    fact(name, `uid ${numberText(uid, userNames)}  gid ${numberText(gid, groupNames)}`, {
      ...(name === 'effective' ? { by: 'uid' } : {}),
      raw: String(uid ?? ''),
    });
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
  ];
}

function capabilities(name: string, set: readonly Capability[] = []): Field[] {
  if (set.length === CAPABILITIES.length) return fact(name, `all ${set.length} capabilities`);
  const words = set.map(kernelCapabilityName).join(' ');
  return fact(name, words === '' ? 'none' : words).map((field) => ({ ...field, isWords: true }));
}

/** What holds the process apart from others: its container or unit, its cgroup, its namespaces. */
export function namespaceFields(
  process: Process | undefined,
  { parent, cgroup, container }: Surroundings,
): Field[] {
  const { runtime, unit, container: told } = process?.trigon ?? {};
  const pod = process?.pod;
  const id = container?.id ?? told?.id ?? process?.docker;
  return [
    ...fact('container', id, { by: 'container', raw: process?.docker ?? '' }).map((field) =>
      id ? { ...field, copy: escapeText(id) } : field,
    ),
    ...fact('runtime', runtime),
    ...fact('name', firstText(container?.name, told?.name, pod?.container?.name), {
      by: 'container',
    }),
    ...fact('image', firstText(container?.image, told?.image, pod?.container?.image?.name), {
      by: 'image',
    }),
    ...fact('pod', firstText(container?.pod, pod?.name), { by: 'pod' }),
    ...fact('pod namespace', firstText(container?.namespace, pod?.namespace), { by: 'namespace' }),
    ...fact('workload', pod?.workload && `${pod.workloadKind ?? ''} ${pod.workload}`.trim()),
    ...labelFields(container?.labels ?? pod?.podLabels ?? {}),
    ...fact('unit', unit, { by: 'unit' }),
    ...fact('cgroup', cgroup === '' ? '' : quoteIfNeeded(cgroup), { raw: cgroup }),
    ...NAMESPACES.flatMap(([kind, name]) => {
      const namespace = process?.ns?.[kind];
      return namespace
        ? fact(name, namespaceText(namespace, parent?.ns?.[kind]), { raw: String(namespace.inum) })
        : [];
    }),
  ];
}

const firstText = (...texts: readonly (string | undefined)[]): string | undefined =>
  texts.find((text) => text !== undefined && text !== '');

const labelFields = (labels: Readonly<Record<string, string>>): Field[] =>
  Object.entries(labels).flatMap(([key, value], index) =>
    // Those after the first belong to it, as the lines of a stack trace do.
    fact(index === 0 ? 'labels' : '', `${key}=${value}`, { by: 'label' }),
  );

/** What the agent knows beside the process. */
export type Surroundings = {
  readonly parent: Process | undefined;
  readonly cgroup: string;
  readonly container: ContainerFacts | undefined;
};

const NAMESPACES: readonly (readonly [keyof Namespaces, string])[] = [
  ['uts', 'ns uts'],
  ['ipc', 'ns ipc'],
  ['mnt', 'ns mnt'],
  ['pid', 'ns pid'],
  ['pidForChildren', 'ns pid, child'],
  ['net', 'ns net'],
  ['time', 'ns time'],
  ['timeForChildren', 'ns time, child'],
  ['cgroup', 'ns cgroup'],
  ['user', 'ns user'],
];

function namespaceText({ inum, isHost }: Namespace, parent: Namespace | undefined): string {
  if (inum === 0) return 'not known';
  const whose = isHost ? 'the host’s' : 'its own';
  if (!parent || parent.inum === 0) return `${inum}  ${whose}`;
  return parent.inum === inum
    ? `${inum}  ${whose}, as its parent’s`
    : `${inum}  ${whose}, not its parent’s`;
}

function fileText(file: NonNullable<Process['binaryProperties']>['file']): string {
  if (!file) return '';
  const inode = file.inode ? `, inode ${file.inode.number}, ${file.inode.links ?? 0} links` : '';
  return `${quoteIfNeeded(file.path)}: unlinked or in memory only${inode}`;
}
