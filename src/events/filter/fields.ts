import { argumentText } from '../compactArguments.ts';
import { KPROBE_ACTIONS } from '../enums.ts';
import { parseExecId } from '../execId.ts';
import { journalAuthor } from '../journal.ts';
import { outcomeWords } from '../outcome.ts';
import { SEVERITIES } from '../severity.ts';
import { clockTime } from '../time.ts';
import {
  EVENT_TYPES,
  type Event,
  type EventKind,
  hasProcess,
  type KprobeArgument,
  type Process,
  shortKind,
} from '../types.ts';
import type { FieldTable, FilterSubject } from './language.ts';

/** What a filter of events can ask for by name. */
export const FILTER_FIELDS = {
  event: {
    about: 'kind of event: exec, exit, kprobe, …, journal',
    values: (Object.keys(EVENT_TYPES) as EventKind[])
      .filter((kind) => kind !== 'test' && kind !== 'rate_limit_info')
      .map(shortKind),
  },
  time: { about: 'time of the day, local', match: 'start', order: 'time' },
  binary: { about: 'path of the program', isPath: true },
  args: { about: 'arguments' },
  cwd: { about: 'working directory', isPath: true },
  pid: { about: 'process id', match: 'whole', order: 'number' },
  tid: { about: 'id of the thread', match: 'whole', order: 'number' },
  ppid: { about: 'process id of the parent', match: 'whole', order: 'number' },
  uid: { about: 'effective user id', match: 'whole', order: 'number' },
  user: { about: 'user name', match: 'whole' },
  container: { about: 'container: beginning of its id or name', match: 'start', isList: true },
  image: { about: 'image of the container' },
  pod: { about: 'Kubernetes pod' },
  namespace: { about: 'namespace of the pod', match: 'whole' },
  label: { about: 'labels of the pod, as key=value', isList: true },
  workload: { about: 'what made the pod: name of a Deployment, a DaemonSet, …', match: 'whole' },
  unit: { about: 'systemd unit that the process lives in', match: 'start' },
  sha256: { about: 'SHA-256 of the executable: --process-hashes', match: 'start' },
  age: { about: 'time since the start of the process, such as 5s or 2h', order: 'span' },
  node: { about: 'name of the node that tells of the event' },
  policy: { about: 'name of the policy' },
  severity: {
    about: 'severity of the policy',
    match: 'whole',
    order: SEVERITIES,
    values: SEVERITIES,
  },
  function: { about: 'hooked function; symbol of a uprobe, name of a USDT probe' },
  tracepoint: { about: 'tracepoint as subsystem/event' },
  probe: { about: 'program or library of a uprobe or USDT probe', isPath: true },
  value: { about: 'arguments of the hook, as the line shows them' },
  return: { about: 'what the hooked call returned', order: 'number' },
  path: { about: 'file of a policy event', isPath: true },
  address: { about: 'network addresses and ports of a policy event, as the line shows them' },
  host: { about: 'host names of its addresses, as DNS answers to this host had them' },
  message: { about: 'message of the policy' },
  tag: { about: 'tags of the policy' },
  action: {
    about: 'what the policy asks for: post, sigkill, signal, override, …',
    values: KPROBE_ACTIONS.slice(1).map((action) =>
      action.replace(/^KPROBE_ACTION_/, '').toLowerCase(),
    ),
  },
  mode: { about: 'mode of the policy: monitor, enforce', values: ['monitor', 'enforce'] },
  outcome: {
    about:
      'what became of an action: killed, denied, signalled, withheld, skipped, failed; and why',
    values: ['killed', 'denied', 'signalled', 'withheld', 'skipped', 'failed'],
  },
  signal: { about: 'signal that ended a process' },
  status: { about: 'exit code', match: 'whole', order: 'number' },
} as const satisfies FieldTable;

export type EventField = keyof typeof FILTER_FIELDS;

/** What words without a field are looked for in. */
const WORD_FIELDS: readonly EventField[] = [
  'event',
  'binary',
  'args',
  'function',
  'tracepoint',
  'probe',
  'value',
  'path',
  'host',
  'policy',
  'outcome',
  'signal',
  'user',
  'container',
  'pod',
];

export type SubjectOptions = {
  /** Of events that don't tell it. */
  userName(uid: number): string;
  /** Of the policy with this name; '' where it has none. Without it no event has one. */
  severityOf?(policy: string): string;
};

/** An event as a filter sees it. Fields are read when asked for. */
export function filterSubject(event: Event, options: SubjectOptions): FilterSubject<EventField> {
  const process = hasProcess(event) ? event.process : undefined;
  const field = (name: EventField): string => {
    switch (name) {
      case 'event':
        return shortKind(event.kind);
      case 'time':
        return event.time === undefined ? '' : clockTime(event.time);
      case 'binary':
        return process?.binary ?? '';
      case 'args':
        return process?.arguments ?? '';
      case 'cwd':
        return process?.cwd ?? '';
      case 'pid':
        return String(process?.pid ?? '');
      case 'tid':
        return String(process?.tid ?? '');
      case 'ppid':
        return parentOf(process);
      case 'uid':
        return String(process?.uid ?? '');
      case 'user':
        if (process?.user?.name) return process.user.name;
        return process?.uid === undefined ? '' : options.userName(process.uid);
      case 'container':
        return process ? containerNames(process).join('\n') : '';
      case 'image':
        return process?.pod?.container?.image?.name ?? process?.trigon?.container?.image ?? '';
      case 'pod':
        return process?.pod?.name ?? '';
      case 'namespace':
        return process?.pod?.namespace ?? '';
      case 'label':
        return Object.entries(process?.pod?.podLabels ?? {})
          .map(([key, value]) => `${key}=${value}`)
          .join('\n');
      case 'workload':
        return process?.pod?.workload ?? '';
      case 'unit':
        return process?.trigon?.unit ?? '';
      case 'sha256':
        return process?.trigon?.sha256 ?? '';
      case 'age':
        return ageOf(event, process);
      case 'node':
        return event.nodeName;
      case 'policy':
        return policyOf(event);
      case 'severity':
        return options.severityOf?.(policyOf(event)) ?? '';
      case 'function':
        return functionOf(event);
      case 'tracepoint':
        return event.kind === 'process_tracepoint' ? `${event.subsys}/${event.event}` : '';
      case 'probe':
        return event.kind === 'process_uprobe' || event.kind === 'process_usdt' ? event.path : '';
      case 'value':
        return valuesOf(event).map(argumentText).join(' ');
      case 'return':
        return returnOf(event);
      case 'path':
        return valuesOf(event).map(argumentPath).join(' ').trim();
      case 'address':
        return valuesOf(event).filter(isAddress).map(argumentText).join(' ');
      case 'host':
        return Object.values(event.trigon?.names ?? {}).join(' ');
      case 'message':
        if (event.kind === 'trigon_journal') return `${event.detail} ${journalAuthor(event)}`;
        return 'message' in event ? (event.message ?? '') : '';
      case 'tag':
        return 'tags' in event ? (event.tags?.join(' ') ?? '') : '';
      case 'action':
        return 'action' in event ? event.action.replace(/^KPROBE_ACTION_/, '') : '';
      case 'mode':
        return event.trigon?.mode ?? '';
      case 'outcome':
        return outcomeText(event);
      case 'signal':
        return event.kind === 'process_exit' ? (event.signal ?? '') : '';
      case 'status':
        return event.kind === 'process_exit' ? String(event.status) : '';
    }
  };
  return {
    field,
    text: () => WORD_FIELDS.map(field).join(' '),
  };
}

function policyOf(event: Event): string {
  if (event.kind === 'trigon_journal') return event.policy;
  return 'policyName' in event ? event.policyName : '';
}

function containerNames({ docker, pod, trigon }: Process): string[] {
  const names = [docker, trigon?.container?.name, pod?.container?.name];
  return names.flatMap((name) => (name ? [name] : []));
}

/** Seconds. */
function ageOf({ time }: Event, process: Process | undefined): string {
  if (time === undefined || process?.startTime === undefined) return '';
  return String(Number(time - process.startTime) / 1e9);
}

/** The id of the parent's exec holds its number; 0: not known. */
function parentOf(process: Process | undefined): string {
  const pid = process ? (parseExecId(process.parentExecId)?.pid ?? 0) : 0;
  return pid === 0 ? '' : String(pid);
}

function argumentPath(argument: KprobeArgument): string {
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return argument.value.path;
    case 'sockaddrun_arg':
      return argument.value.path;
    case 'string_arg':
      return argument.value;
    default:
      return '';
  }
}

/** Those with a port; the names of unix(7) are paths. */
function isAddress({ kind }: KprobeArgument): boolean {
  return kind === 'sock_arg' || kind === 'skb_arg' || kind === 'sockaddr_arg';
}

function valuesOf(event: Event): KprobeArgument[] {
  if (!('args' in event)) return [];
  return [...event.args, ...('data' in event ? (event.data ?? []) : [])];
}

function returnOf(event: Event): string {
  const returned = ('return' in event ? event.return : undefined) ?? event.trigon?.return;
  return returned === undefined ? '' : argumentText(returned);
}

function functionOf(event: Event): string {
  switch (event.kind) {
    case 'process_kprobe':
    case 'process_lsm':
      return event.functionName;
    case 'process_uprobe':
      return event.symbol;
    case 'process_usdt':
      return `${event.provider}:${event.name}`;
    default:
      return '';
  }
}

/** Both what became of it and the words that the stream shows. */
function outcomeText({ trigon }: Event): string {
  if (trigon?.outcome === undefined) return '';
  const words = outcomeWords(trigon);
  return trigon.outcome === 'applied' ? words : `${trigon.outcome} ${words}`;
}
