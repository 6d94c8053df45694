/** Events as lines of `tetra getevents -o compact`. */
import { CAP_SYS_ADMIN_NUMBER } from './capabilities.ts';
import { valueFields } from './compactArguments.ts';
import { kprobeShape } from './compactKprobe.ts';
import {
  argumentValue,
  type CompactField,
  type CompactRole,
  type CompactSegment,
  type CompactShape,
  foreign,
  head,
  NEWLINE,
  own,
  SPACE,
} from './compactSegments.ts';
import { syscallText } from './compactSyscall.ts';
import { shownNames } from './hostNames.ts';
import { journalAuthor, journalVerb } from './journal.ts';
import type { SyscallAbi } from './syscallNumbers.ts';
import { formatTimestampNanos } from './time.ts';
import {
  type Event,
  type EventOf,
  hasProcess,
  type Process,
  type ProcessEvent,
  type StackTraceEntry,
} from './types.ts';

export type { CompactRole, CompactSegment } from './compactSegments.ts';

export type CompactOptions = {
  /** Shown as the source when the event itself names no node. */
  readonly node?: string;
  /** Put the time first (UTC, nanoseconds). Off by default. */
  readonly timestamps?: boolean;
  /** Add the stack traces of policy events as further lines. On by default, as in tetra. */
  readonly stackTraces?: boolean;
  /** Add the IMA hash of LSM events as a further line. On by default, as in tetra. */
  readonly imaHash?: boolean;
  /** Add host names of addresses in parentheses. Off by default: tetra has none. */
  readonly names?: boolean;
  /** Whose numbers a system call without an ABI has. */
  readonly abi?: SyscallAbi;
};

/**
 * The pieces of an event's compact line.
 *
 * Where tetra stops with an error, there is a line of ours instead: `rate_limit_info` says how
 * many events were dropped, `trigon_journal` what was done to a policy, and an event without a process shows an empty binary. An argument of
 * an unexpected type, on which tetra would crash, counts as missing.
 */
export const compactLine = (event: Event, options: CompactOptions = {}): CompactSegment[] => {
  const { timestamps = false, stackTraces = true, imaHash = true } = options;
  return [
    ...(timestamps ? [own('timestamp', `${formatTimestampNanos(event.time ?? 0n)} `)] : []),
    ...(hasProcess(event) ? processLine(event, options) : otherLine(event, options)),
    ...(stackTraces ? stackTraceLines(event) : []),
    ...(imaHash && event.kind === 'process_lsm' ? imaHashLine(event) : []),
  ];
};

const processLine = (event: ProcessEvent, options: CompactOptions): CompactSegment[] => {
  const shape = shapeOf(event, options.abi ?? 'x64');
  const { process } = event;
  return [
    ...shape.head,
    SPACE,
    sourceOf(process, event.nodeName || (options.node ?? '')),
    SPACE,
    foreign('binary', process.binary),
    ...separated(shape.fields),
    ...(options.names ? namesOf(event) : []),
    capabilitySuffix(process),
  ];
};

/** Each field after a space. A missing field leaves its space, so lines may end with one. */
const separated = (fields: readonly CompactField[]): CompactSegment[] =>
  fields.flatMap((field) => (field === undefined ? [SPACE] : [SPACE, field]));

/** Most lines with an address end with it. */
const namesOf = (event: ProcessEvent): CompactSegment[] => {
  const names = shownNames(event);
  return names.length === 0 ? [] : [SPACE, own('detail', `(${names.join(', ')})`)];
};

const sourceOf = ({ pod }: Process, node: string): CompactSegment =>
  foreign('source', pod === undefined ? node : `${pod.namespace}/${pod.name}`);

/**
 * Meant to mark CAP_SYS_ADMIN. Upstream looks at the positions in the list of effective
 * capabilities instead of at the names, so it marks whoever has more than 21 of them; a line must
 * equal upstream's, so this does too.
 */
const capabilitySuffix = ({ cap }: Process): CompactSegment =>
  own(
    'capabilities',
    (cap?.effective?.length ?? 0) > CAP_SYS_ADMIN_NUMBER ? '🛑 CAP_SYS_ADMIN' : '',
  );

const shapeOf = (event: ProcessEvent, abi: SyscallAbi): CompactShape => {
  switch (event.kind) {
    case 'process_exec':
      return {
        head: head('🚀 ', 'process'),
        fields: [foreign('arguments', event.process.arguments)],
      };
    case 'process_exit':
      return {
        head: head('💥 ', 'exit'),
        fields: [foreign('arguments', event.process.arguments), endOf(event)],
      };
    case 'process_kprobe':
      return kprobeShape(event);
    case 'process_tracepoint':
      return tracepointShape(event, abi);
    case 'process_loader':
      return { head: head('🧬 ', 'loader'), fields: loaderFields(event) };
    case 'process_uprobe':
      return {
        head: head('🕵\ufe0f ', 'uprobe'),
        fields: [
          foreign('plain', event.path),
          foreign('function', event.symbol || offsetText(event)),
          ...valueFields(event),
        ],
      };
    case 'process_usdt':
      return {
        head: head('🕵\ufe0f ', 'usdt'),
        fields: [
          foreign('plain', event.path),
          foreign('plain', event.provider),
          foreign('function', event.name),
          ...valueFields(event),
        ],
      };
    case 'process_lsm':
      return {
        head: head('🔒 ', 'LSM'),
        fields: [foreign('function', event.functionName), ...valueFields(event)],
      };
  }
};

const endOf = ({ signal, status }: EventOf<'process_exit'>): CompactSegment =>
  signal === undefined || signal === '' ? own('status', String(status)) : foreign('signal', signal);

const tracepointShape = (event: EventOf<'process_tracepoint'>, abi: SyscallAbi): CompactShape =>
  event.subsys === 'raw_syscalls' && event.event === 'sys_enter'
    ? { head: head('☎  ', 'syscall'), fields: [own('function', syscallText(event.args, abi))] }
    : {
        head: head('⁉\ufe0f ', 'tracepoint'),
        fields: [
          foreign('plain', event.subsys),
          foreign('function', event.event),
          ...valueFields(event),
        ],
      };

/** A uprobe at a place without a name; tetra shows nothing there. */
const offsetText = ({ offset, trigon }: EventOf<'process_uprobe'>): string =>
  trigon === undefined || offset === undefined ? '' : hexText(offset);

const loaderFields = ({ buildid, path }: EventOf<'process_loader'>): CompactField[] => [
  ...(buildid === undefined || buildid.length === 0
    ? []
    : [own('plain', Buffer.from(buildid).toString('hex'))]),
  foreign('library', path),
];

const otherLine = (
  event: Exclude<Event, ProcessEvent>,
  options: CompactOptions,
): CompactSegment[] => {
  switch (event.kind) {
    case 'process_throttle':
      return [
        ...head('🧬 ', 'throttle', 'alert-'),
        ...separated([throttleType(event), foreign('plain', event.cgroup)]),
      ];
    case 'test':
      return [own('plain', 'TEST EVENT')];
    case 'rate_limit_info':
      return [
        ...head('🚧 ', 'limited', 'alert-'),
        ...separated([
          foreign('source', event.nodeName || (options.node ?? '')),
          own('plain', `${event.numberOfDroppedProcessEvents} events dropped`),
        ]),
      ];
    case 'trigon_journal':
      return [
        ...head('🔔 ', journalVerb(event.action), 'alert-'),
        ...separated([
          foreign('source', event.nodeName || (options.node ?? '')),
          ...(event.policy === '' ? [] : [foreign('binary', event.policy)]),
          ...(event.detail === '' ? [] : [own('plain', `(${event.detail})`)]),
          ...(journalAuthor(event) === '' ? [] : [own('plain', journalAuthor(event))]),
        ]),
      ];
  }
};

const throttleType = ({ type }: EventOf<'process_throttle'>): CompactField => {
  if (type === 'THROTTLE_START') return own('throttle-start', 'START');
  return type === 'THROTTLE_STOP' ? own('throttle-stop', 'STOP ') : undefined;
};

const hexText = (value: bigint | undefined): string => `0x${(value ?? 0n).toString(16)}`;

const stackTraceLines = (event: Event): CompactSegment[] => {
  const traces = event.kind === 'process_kprobe' ? event : event.trigon;
  return [
    ...stackLines('Kernel:', traces?.kernelStackTrace ?? [], kernelEntry),
    ...stackLines('User:', traces?.userStackTrace ?? [], userEntry),
  ];
};

const stackLines = (
  title: string,
  entries: readonly StackTraceEntry[],
  show: (entry: StackTraceEntry) => CompactSegment[],
): CompactSegment[] =>
  entries.length === 0
    ? []
    : [
        NEWLINE,
        own('plain', title),
        ...entries.flatMap((entry) => [
          NEWLINE,
          own('stack-address', `   ${hexText(entry.address)}:`),
          ...show(entry),
        ]),
      ];

const after = (role: CompactRole, prefix: string, text: string): CompactSegment =>
  own(role, `${prefix}${foreign(role, text).text}`);

const kernelEntry = ({ symbol = '', offset }: StackTraceEntry): CompactSegment[] => [
  after('stack-symbol', ' ', symbol),
  own('plain', '+'),
  own('stack-offset', hexText(offset)),
];

const userEntry = ({ symbol = '', module = '', offset }: StackTraceEntry): CompactSegment[] => [
  ...(symbol === '' ? [] : [after('stack-symbol', ' ', symbol)]),
  own('stack-offset', `${after('stack-offset', ' (', module).text}+${hexText(offset)})`),
];

/** LSM hooks with an IMA hash whose first argument is a program about to run. */
const BINPRM_HOOKS: ReadonlySet<string> = new Set([
  'bprm_check_security',
  'bprm_committed_creds',
  'bprm_committing_creds',
  'bprm_creds_for_exec',
  'bprm_creds_from_file',
]);
/** LSM hooks with an IMA hash whose first argument is a file. */
const FILE_HOOKS: ReadonlySet<string> = new Set([
  'file_ioctl',
  'file_lock',
  'file_open',
  'file_post_open',
  'file_receive',
  'mmap_file',
]);

const hashedPath = ({ functionName, args }: EventOf<'process_lsm'>): string => {
  if (BINPRM_HOOKS.has(functionName)) return argumentValue(args[0], 'linux_binprm_arg')?.path ?? '';
  return FILE_HOOKS.has(functionName) ? (argumentValue(args[0], 'file_arg')?.path ?? '') : '';
};

const imaHashLine = (event: EventOf<'process_lsm'>): CompactSegment[] => {
  const path = hashedPath(event);
  if (event.imaHash === undefined || event.imaHash === '' || path === '') return [];
  return [NEWLINE, after('hash-path', '   ', path), after('hash', ' ', event.imaHash)];
};

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const BLUE = 34;
const MAGENTA = 35;
const CYAN = 36;
const NO_COLOR = 0;

/** tetra's colour of each role (SGR number); 0 is none. */
const COLORS: Readonly<Record<CompactRole, number>> = {
  timestamp: NO_COLOR,
  emoji: BLUE,
  verb: BLUE,
  'alert-emoji': RED,
  'alert-verb': RED,
  source: GREEN,
  binary: MAGENTA,
  arguments: CYAN,
  path: CYAN,
  endpoint: CYAN,
  detail: CYAN,
  library: YELLOW,
  function: NO_COLOR,
  value: CYAN,
  signal: RED,
  status: RED,
  'throttle-start': RED,
  'throttle-stop': GREEN,
  capabilities: MAGENTA,
  'stack-address': GREEN,
  'stack-symbol': BLUE,
  'stack-offset': YELLOW,
  'hash-path': GREEN,
  hash: BLUE,
  newline: NO_COLOR,
  plain: NO_COLOR,
};

const paint = (text: string, color: number): string =>
  color === NO_COLOR ? text : `\u001b[${color}m${text}\u001b[0m`;

/** Bytes to which a line is filled up before the capability suffix ends it. */
const SUFFIX_COLUMN = 120;

/**
 * The suffix, right-aligned: a space, then padded so that it would end at byte 120, where the
 * line counts in bytes, colour codes included, and the suffix in characters.
 */
const withSuffix = (line: string, suffix: string): string => {
  if (suffix === '') return line;
  const width = Math.max(0, SUFFIX_COLUMN - Buffer.byteLength(line, 'utf8'));
  return `${line} ${' '.repeat(Math.max(0, width - [...suffix].length))}${suffix}`;
};

/**
 * The line as tetra prints it, byte for byte, without the final line break. With colour that
 * includes what upstream does to a line without a suffix: it paints the empty suffix, so the line
 * is padded all the same. The one difference: a line break comes after the colour's reset.
 */
export const formatCompact = (
  segments: readonly CompactSegment[],
  { color }: { readonly color: boolean },
): string => {
  let before = '';
  let line = '';
  let at = 0;
  while (at < segments.length) {
    const segment = segments[at] as CompactSegment;
    const code = color ? COLORS[segment.role] : NO_COLOR;
    at += 1;
    if (segment.role === 'newline') {
      line += '\n';
    } else if (segment.role === 'timestamp') {
      before = segment.text;
    } else if (segment.role === 'capabilities') {
      line = withSuffix(line, paint(segment.text, code));
    } else {
      let text: string = segment.text;
      // Emoji and verb are one coloured run.
      for (let next = segments[at]; next && joins(segment, next); next = segments[++at]) {
        text += next.text;
      }
      line += paint(text, code);
    }
  }
  return before + line;
};

const joins = (first: CompactSegment, second: CompactSegment): boolean =>
  (first.role === 'emoji' && second.role === 'verb') ||
  (first.role === 'alert-emoji' && second.role === 'alert-verb');
