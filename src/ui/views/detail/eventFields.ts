import { argumentText } from '../../../events/compactArguments.ts';
import type { KprobeAction } from '../../../events/enums.ts';
import { journalAuthor, journalVerb } from '../../../events/journal.ts';
import { outcomeWords } from '../../../events/outcome.ts';
import { decodeUtf8, quote, quoteIfNeeded } from '../../../events/text.ts';
import { formatTimestampNanos } from '../../../events/time.ts';
import {
  type Event,
  type EventExtension,
  type KprobeArgument,
  type StackTraceEntry,
  shortKind,
} from '../../../events/types.ts';
import { type Field, fact } from './field.ts';

/** The event's own, without its process. */
export function eventFields(event: Event): Field[] {
  return [
    ...fact('event', shortKind(event.kind), { by: 'event' }),
    ...fact('time', event.time === undefined ? '' : formatTimestampNanos(event.time)),
    ...(event.kind === 'process_exit' ? exitFields(event) : []),
    ...('policyName' in event ? policyFields(event) : []),
    ...(event.kind === 'process_throttle' ? throttleFields(event) : []),
    ...(event.kind === 'trigon_journal' ? journalFields(event) : []),
  ];
}

function exitFields({ signal, status }: Extract<Event, { kind: 'process_exit' }>): Field[] {
  return [
    ...fact('exit code', status, {
      ...{ slot: status === 0 ? 'text' : 'event.status', by: 'status' },
    }),
    ...fact('signal', signal, { slot: 'event.signal', by: 'signal' }),
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
    ...fact('policy', event.policy, { by: 'policy' }),
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
    ...fact('policy', event.policyName, { by: 'policy' }),
    ...fact('message', event.message, { by: 'message' }),
    ...fact('tags', event.tags?.join(', '), { by: 'tag', raw: event.tags?.join(' ') ?? '' }),
    ...hookFields(event),
    ...fact('obtained', trigon.obtained),
    ...event.args.flatMap((argument, index) => valueField(`argument ${index}`, argument)),
    ...data.flatMap((argument, index) => valueField(`data ${index}`, argument)),
    ...returnFields(event),
    ...hostFields(event),
    ...fact('action', shownAction(event.action), { by: 'action' }),
    ...fact('mode', trigon.mode, { by: 'mode' }),
    ...fact('outcome', outcome, { slot, by: 'outcome' }),
    ...fact('reason', trigon.outcomeReason),
    ...fact('signal', trigon.signal),
    ...fact('error', trigon.error),
    ...stackFields(event.kind === 'process_kprobe' ? event : trigon),
  ];
}

const hostFields = ({ trigon }: PolicyEvent): Field[] =>
  Object.entries(trigon?.names ?? {}).flatMap(([address, name]) =>
    fact('host', `${name} (${address})`, { by: 'host', raw: name }),
  );

const shownAction = (action: KprobeAction): string =>
  action.replace(/^KPROBE_ACTION_/, '').toLowerCase();

/** Where it happened. */
function hookFields(event: PolicyEvent): Field[] {
  switch (event.kind) {
    case 'process_kprobe':
    case 'process_lsm':
      return fact('hook', event.functionName, { by: 'function' });
    case 'process_tracepoint':
      return fact('tracepoint', `${event.subsys}/${event.event}`, { by: 'tracepoint' });
    case 'process_uprobe':
      return [
        ...fact('program', event.path, { by: 'probe' }),
        ...fact('symbol', event.symbol, { by: 'function' }),
        ...fact('offset', event.offset === undefined ? '' : hexText(event.offset)),
      ];
    case 'process_usdt':
      return [
        ...fact('program', event.path, { by: 'probe' }),
        ...fact('probe', `${event.provider}:${event.name}`, { by: 'function' }),
      ];
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

function valueField(name: string, argument: KprobeArgument): Field[] {
  const slot = 'event.path';
  switch (argument.kind) {
    case 'file_arg':
    case 'path_arg':
    case 'linux_binprm_arg':
      return fact(name, valueText(argument), { slot, by: 'path', raw: argument.value.path });
    case 'string_arg':
      return fact(name, valueText(argument), { slot, by: 'path', raw: argument.value });
    default: {
      const raw = argumentText({ ...argument, label: '' });
      return fact(name, valueText(argument), { slot, by: 'value', raw });
    }
  }
}

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
