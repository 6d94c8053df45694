import { type Event, hasProcess, type KprobeArgument } from '../types.ts';

/** What a filter can ask for by name, and what it means. */
export const FILTER_FIELDS = {
  event: 'kind of event: exec, exit, kprobe, …',
  binary: 'path of the program',
  args: 'arguments',
  cwd: 'working directory',
  pid: 'process id (exact)',
  uid: 'effective user id (exact)',
  user: 'user name (exact)',
  container: 'container id (its beginning)',
  policy: 'name of the policy',
  function: 'hooked function',
  path: 'file of a policy event',
  outcome: 'what became of an action: killed, withheld, skipped, failed',
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
        return event.kind.replace(/^process_/, '');
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
        return 'policyName' in event ? event.policyName : '';
      case 'function':
        return 'functionName' in event ? event.functionName : '';
      case 'path':
        return 'args' in event ? event.args.map(argumentPath).join(' ').trim() : '';
      case 'outcome':
        return outcomeWord(event);
      case 'signal':
        return event.kind === 'process_exit' ? (event.signal ?? '') : '';
      case 'status':
        return event.kind === 'process_exit' ? String(event.status) : '';
    }
  };
  return {
    field,
    text: () =>
      [
        'event',
        'binary',
        'args',
        'path',
        'function',
        'policy',
        'outcome',
        'signal',
        'user',
        'container',
      ]
        .map((name) => field(name as FilterField))
        .join(' '),
  };
}

function argumentPath(argument: KprobeArgument): string {
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return argument.value.path;
    case 'string_arg':
      return argument.value;
    default:
      return '';
  }
}

/** The words that the stream shows. */
function outcomeWord(event: Event): string {
  const outcome = event.trigon?.outcome;
  return outcome === 'applied' ? 'killed' : (outcome ?? '');
}
