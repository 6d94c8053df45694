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
import type { Event, EventKind, EventOf, Process, ProcessEvent } from '../types.ts';
import type { HookNames } from './hookNames.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent } from './packed.ts';
import { type PolicyEventBody, readPolicyEvent, type Symbolise } from './policyEvent.ts';
import { type ProcessIdentity, readProcess } from './process.ts';
import type { ProcessDetail } from './processDetail.ts';
import type { ReadProcess } from './recentProcesses.ts';
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
  /** Reads the process of an event, with these details and facts; without it, each is read anew. */
  process?: ReadProcess;
  /** Without it, stack traces are addresses alone. */
  symbolise?: Symbolise;
};

/** A packed event as Tetragon's event. */
export function readEvent(packed: PackedEvent, context: EventContext): Event {
  if ((packed.flags & PACKED_FLAG.told) !== 0) return readTold(packed);
  if (packed.kind === PACKED_KIND.throttle) return readThrottle(packed, context);
  if (packed.kind === PACKED_KIND.journal) return readJournal(packed, context);
  if (packed.kind === PACKED_KIND.other) throw new Error('no record is of this kind');
  const event = readProcessEvent(packed, packed.kind, context);
  const { parentTgid, parentKtime } = packed;
  const ancestors = context.ancestors?.(event.kind, parentTgid, parentKtime);
  return ancestors && ancestors.length > 0 ? { ...event, ancestors } : event;
}

function readProcessEvent(
  packed: PackedEvent,
  kind: typeof PACKED_KIND.exec | typeof PACKED_KIND.exit | typeof PACKED_KIND.policy,
  context: EventContext,
): ProcessEvent {
  const { node: nodeName } = context;
  const { time } = packed;
  const process = processIn(packed, context);
  const parent = context.parent(packed.parentTgid, packed.parentKtime);
  switch (kind) {
    case PACKED_KIND.exec: {
      const exec: Mutable<EventOf<'process_exec'>> = {
        kind: 'process_exec',
        process,
        nodeName,
        time,
      };
      if (parent) exec.parent = parent;
      return exec;
    }
    case PACKED_KIND.exit: {
      const code = viewOf(packed.payload).getUint32(EXIT.at.code, true);
      const exit: Mutable<EventOf<'process_exit'>> = {
        kind: 'process_exit',
        process,
        nodeName,
        time,
        // The code is wait(2)'s: signal in the low 7 bits, exit status in the second byte.
        status: (code >> 8) & 0xff,
        exitTime: time,
      };
      const signal = code & 0x7f;
      if (signal !== 0) exit.signal = signalName(signal);
      if (parent) exit.parent = parent;
      return exit;
    }
    case PACKED_KIND.policy:
      return {
        ...{ process, nodeName, time },
        ...(parent ? { parent } : {}),
        ...readPolicy(packed, context),
      };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function processIn(packed: PackedEvent, { node, detail, facts, process }: EventContext): Process {
  const { tgid, tid, ktime, parentTgid, parentKtime, flags } = packed;
  const identity: ProcessIdentity = {
    tgid,
    tid,
    ktime,
    parentTgid,
    parentKtime,
    cloned: (flags & PACKED_FLAG.cloned) !== 0,
    bootToWall: packed.time - viewOf(packed.payload).getBigUint64(RECORD.at.ktime, true),
    node,
    inInitTree: (flags & PACKED_FLAG.inInitTree) !== 0,
  };
  return process
    ? process(packed.process, identity)
    : readProcess(packed.process, identity, detail, facts);
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
