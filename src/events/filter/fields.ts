import { argumentText } from '../compactArguments.ts';
import { journalAuthor } from '../journal.ts';
import { outcomeWords } from '../outcome.ts';
import { type Event, hasProcess, type KprobeArgument, shortKind } from '../types.ts';

/** What a filter can ask for by name, and what it means. */
export const FILTER_FIELDS = {
  event: 'kind of event: exec, exit, kprobe, …, journal',
  binary: 'path of the program',
  args: 'arguments',
  cwd: 'working directory',
  pid: 'process id (exact)',
  uid: 'effective user id (exact)',
  user: 'user name (exact)',
  container: 'container id (its beginning)',
  policy: 'name of the policy',
  function: 'hooked function; symbol of a uprobe, name of a USDT probe',
  tracepoint: 'tracepoint as subsystem/event',
  probe: 'program or library of a uprobe or USDT probe',
  value: 'arguments of the hook, as the line shows them',
  return: 'what the hooked call returned',
  path: 'file of a policy event',
  address: 'network addresses and ports of a policy event, as the line shows them',
  message: 'message of the policy',
  tag: 'tags of the policy',
  action: 'what the policy asks for: post, sigkill, signal, override, …',
  mode: 'mode of the policy: monitor, enforce',
  outcome:
    'what became of an action: killed, denied, signalled, withheld, skipped, failed; and why',
  signal: 'signal that ended a process',
  status: 'exit code (exact)',
} as const;

export type FilterField = keyof typeof FILTER_FIELDS;

/** Fields compared as a whole; the others match where they contain the value. */
export const EXACT_FIELDS: ReadonlySet<FilterField> = new Set(['pid', 'uid', 'user', 'status']);

/** Fields whose beginning is compared. */
export const PREFIX_FIELDS: ReadonlySet<FilterField> = new Set(['container']);

export const isFilterField = (name: string): name is FilterField =>
  Object.hasOwn(FILTER_FIELDS, name);

/** What words without a field are looked for in. */
const WORD_FIELDS: readonly FilterField[] = [
  'event',
  'binary',
  'args',
  'function',
  'tracepoint',
  'probe',
  'value',
  'path',
  'policy',
  'outcome',
  'signal',
  'user',
  'container',
];

/** Where a filter reads from; a field that an event doesn't have is ''. */
export type FilterSubject = {
  field(name: FilterField): string;
  /** Everything that the event's line shows, for words without a field. */
  text(): string;
};

export type SubjectOptions = { userName(uid: number): string };

/** An event as a filter sees it. Fields are read when asked for. */
export function filterSubject(event: Event, options: SubjectOptions): FilterSubject {
  const process = hasProcess(event) ? event.process : undefined;
  const field = (name: FilterField): string => {
    switch (name) {
      case 'event':
        return shortKind(event.kind);
      case 'binary':
        return process?.binary ?? '';
      case 'args':
        return process?.arguments ?? '';
      case 'cwd':
        return process?.cwd ?? '';
      case 'pid':
        return String(process?.pid ?? '');
      case 'uid':
        return String(process?.uid ?? '');
      case 'user':
        return process?.uid === undefined ? '' : options.userName(process.uid);
      case 'container':
        return process?.docker ?? '';
      case 'policy':
        if (event.kind === 'trigon_journal') return event.policy;
        return 'policyName' in event ? event.policyName : '';
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
