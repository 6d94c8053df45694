import { signalNumber } from '../../events/signals.ts';
import {
  type Event,
  type EventOf,
  hasProcess,
  type KprobeArgument,
  type ProcessEvent,
} from '../../events/types.ts';
import type { Severity } from '../../policies/model.ts';
import type { Sighting, SightingOutcome } from '../aggregate/alerts.ts';
import type { HitSubject } from '../aggregate/hit.ts';
import { shortName } from '../aggregate/target.ts';

/** Events that a policy's hook caused. */
export type PolicyEvent = Extract<ProcessEvent, { readonly policyName: string }>;

export const isPolicyEvent = (event: Event): event is PolicyEvent =>
  hasProcess(event) && 'policyName' in event;

/** The first argument that tells decides, as for records: hit.ts. */
const SUBJECTS: ReadonlyMap<KprobeArgument['kind'], HitSubject> = new Map([
  ['file_arg', 'file'],
  ['path_arg', 'file'],
  ['linux_binprm_arg', 'file'],
  ['sock_arg', 'network'],
  ['skb_arg', 'network'],
  ['sockaddr_arg', 'network'],
  ['net_dev_arg', 'network'],
]);

/** Arguments that can be what an event is about, beside those: as for records, target.ts. */
const NAMES: ReadonlySet<KprobeArgument['kind']> = new Set([
  ...SUBJECTS.keys(),
  'string_arg',
  'sockaddrun_arg',
  'capability_arg',
  'syscall_id',
  'bpf_cmd_arg',
  'bpf_attr_arg',
  'bpf_prog_arg',
  'bpf_map_arg',
  'perf_event_arg',
  'module_arg',
]);

export function subjectOf({ args }: PolicyEvent): HitSubject | undefined {
  for (const { kind } of args) {
    const subject = SUBJECTS.get(kind);
    if (subject) return subject;
  }
  return undefined;
}

/** @param time ns since the epoch */
export function sightingOf(
  event: PolicyEvent,
  time: bigint,
  severity: Severity | undefined,
): Sighting {
  const target = event.args.find(({ kind }) => NAMES.has(kind));
  const text = target ? shortName(target) : '';
  return {
    policy: event.policyName,
    key: `${target?.kind ?? ''} ${text}`,
    time: Number(time),
    pid: event.process.pid ?? 0,
    outcome: outcomeOf(event),
    hook: { severity, call: callOf(event), names: { message: event.message } },
    about: () => ({ target: text, subject: target && SUBJECTS.get(target.kind) }),
  };
}

/** As the policy's hook names it. */
function callOf(event: PolicyEvent): string {
  switch (event.kind) {
    case 'process_tracepoint':
      return `${event.subsys}/${event.event}`;
    case 'process_uprobe':
      return event.symbol;
    case 'process_usdt':
      return `${event.provider}/${event.name}`;
    default:
      return event.functionName;
  }
}

/** What our own agent says of it; of Tetragon's events the action, which it tells when it was done. */
function outcomeOf({ action, trigon }: PolicyEvent): SightingOutcome | undefined {
  switch (trigon?.outcome) {
    case 'withheld':
      return 'wouldAct';
    case 'skipped':
      return 'spared';
    case 'failed':
      return undefined;
    case 'applied':
      if (trigon.error !== undefined && trigon.signal !== 'SIGKILL') return 'denied';
      return trigon.signal === undefined || trigon.signal === 'SIGKILL' ? 'killed' : undefined;
    default:
  }
  if (action === 'KPROBE_ACTION_SIGKILL') return 'killed';
  return action === 'KPROBE_ACTION_OVERRIDE' ? 'denied' : undefined;
}

/** wait(2)'s code. Real-time signals have no name in events: they are told like status 0. */
export const waitCode = ({ status, signal }: EventOf<'process_exit'>): number =>
  ((status & 0xff) << 8) | (signal === undefined ? 0 : (signalNumber(signal) ?? 0));

/** When it happened, ns since the epoch; undefined: it doesn't say. */
export const timeOf = (event: ProcessEvent): bigint | undefined =>
  event.time ?? (event.kind === 'process_exit' ? event.exitTime : undefined);
