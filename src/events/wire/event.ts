import {
  tg_exit_record as EXIT,
  tg_policy_record as POLICY,
  tg_record as RECORD,
  tg_throttle_record as THROTTLE,
  tg_throttle_type as THROTTLE_TYPE,
} from '../../generated/layouts.ts';
import { formatExecId } from '../execId.ts';
import type { Facts } from '../facts.ts';
import type { JournalBody } from '../journal.ts';
import { signalName } from '../signals.ts';
import { decodeUtf8 } from '../text.ts';
import type { Event, EventKind, Process } from '../types.ts';
import type { HookNames } from './hookNames.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from './packed.ts';
import { type PolicyEventBody, readPolicyEvent, type Symbolise } from './policyEvent.ts';
import { type ProcessIdentity, readProcess } from './process.ts';
import type { ProcessDetail } from './processDetail.ts';
import { readTold } from './told.ts';
import { viewOf } from './view.ts';

export type { HookNames, HookTarget, SelectorEffect } from './hookNames.ts';
export type { Symbolise } from './policyEvent.ts';

export type EventContext = {
  node: string;
  hookNames(policy: number, hook: number): HookNames | undefined;
  /** Which of the optional parts of a process are wanted; none when absent. */
  detail?: ProcessDetail;
  /** The parent of an event's process, where it is known. */
  parent(tgid: number, ktime: bigint): Process | undefined;
  /** The ancestors of this parent upwards, of events of a kind that tells them; without it, none does. */
  ancestors?(kind: EventKind, tgid: number, ktime: bigint): Process[];
  /** What is known of containers, addresses and executables. */
  facts?: Facts;
  /** Without it, stack traces are addresses alone. */
  symbolise?: Symbolise;
};

/** A packed event as Tetragon's event. */
export function readEvent(packed: PackedEvent, context: EventContext): Event {
  if ((packed.flags & PACKED_FLAG.told) !== 0) return readTold(packed);
  if (packed.kind === PACKED_KIND.throttle) return readThrottle(packed, context);
  if (packed.kind === PACKED_KIND.journal) return readJournal(packed, context);
  if (packed.kind === PACKED_KIND.other) throw new Error('no record is of this kind');
  const identity: ProcessIdentity = {
    ...packed,
    cloned: (packed.flags & PACKED_FLAG.cloned) !== 0,
    inInitTree: (packed.flags & PACKED_FLAG.inInitTree) !== 0,
    bootToWall: packed.time - viewOf(packed.payload).getBigUint64(RECORD.at.ktime, true),
    node: context.node,
  };
  const parent = context.parent(packed.parentTgid, packed.parentKtime);
  const common = {
    process: readProcess(packed.process, identity, context.detail, context.facts),
    ...(parent ? { parent } : {}),
    nodeName: context.node,
    time: packed.time,
  };
  const withAncestors = <T extends Event>(event: T): T => {
    const { parentTgid, parentKtime } = packed;
    const ancestors = context.ancestors?.(event.kind, parentTgid, parentKtime) ?? [];
    return ancestors.length > 0 ? { ...event, ancestors } : event;
  };
  switch (packed.kind) {
    case PACKED_KIND.exec:
      return withAncestors({ kind: 'process_exec', ...common });
    case PACKED_KIND.exit:
      return withAncestors({
        ...{ kind: 'process_exit', ...common, ...readExit(packed), exitTime: packed.time },
      });
    case PACKED_KIND.policy:
      return withAncestors({ ...common, ...readPolicy(packed, context) });
  }
}

/** About a cgroup and no process. */
function readThrottle({ payload, time }: PackedEvent, { node }: EventContext): Event {
  const view = viewOf(payload);
  const start = THROTTLE.at.cgroup;
  const name = payload.subarray(start, start + view.getUint32(THROTTLE.at.cgroup_length, true));
  return {
    kind: 'process_throttle',
    type:
      view.getUint32(THROTTLE.at.type, true) === THROTTLE_TYPE.TG_THROTTLE_STOP
        ? 'THROTTLE_STOP'
        : 'THROTTLE_START',
    // The root has no name.
    cgroup: decodeUtf8(name) || '/',
    nodeName: node,
    time,
  };
}

/** About a policy and no process. */
function readJournal({ payload, time }: PackedEvent, { node }: EventContext): Event {
  // Our own agent wrote it a moment ago: see packJournal.
  const body = JSON.parse(decodeUtf8(payload)) as JournalBody;
  return { kind: 'trigon_journal', ...body, nodeName: node, time };
}

/** The payload of a journal event: undone by {@link readEvent}. */
export const packJournal = ({ action, policy, detail, via, by }: JournalBody): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ action, policy, detail, via, by }));

/** The code is wait(2)'s: signal in the low 7 bits, exit status in the second byte. */
function readExit({ payload }: PackedEvent): { status: number; signal?: string } {
  const code = viewOf(payload).getUint32(EXIT.at.code, true);
  const signal = code & 0x7f;
  return { status: (code >> 8) & 0xff, ...(signal === 0 ? {} : { signal: signalName(signal) }) };
}

/** PROC_USER_INIT_INO: the initial user namespace has this number on every kernel (linux/proc_ns.h). */
const INITIAL_USER_NAMESPACE = 0xefff_fffd;

function readPolicy(
  { payload, tgid: pid, ktime: ktimeNs }: PackedEvent,
  context: EventContext,
): PolicyEventBody {
  const view = viewOf(payload);
  return readPolicyEvent(payload, {
    names: context.hookNames(
      view.getUint32(POLICY.at.policy, true),
      view.getUint32(POLICY.at.hook, true),
    ),
    symbolise: context.symbolise,
    hostName: context.facts?.hostName,
    process: { pid, execId: formatExecId({ node: context.node, ktimeNs, pid }) },
    hostUserNamespace: context.detail?.namespaces?.user ?? INITIAL_USER_NAMESPACE,
  });
}
