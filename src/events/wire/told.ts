import { parseExecId } from '../execId.ts';
import { decodeEvent } from '../json.ts';
import { decodeUtf8 } from '../text.ts';
import { type Event, type EventKind, hasProcess } from '../types.ts';
import { PACKED_FLAG, PACKED_KIND, type PackedEvent, type PackedKind } from './packed.ts';

/**
 * Events that somebody else told, a log or another agent, on their way to the screen: the payload is the event as Tetragon's
 * JSON, and nothing of it is a kernel record.
 */

const NOTHING = new Uint8Array();
const encoder = new TextEncoder();

const KINDS: Readonly<Record<EventKind, PackedKind>> = {
  process_exec: PACKED_KIND.exec,
  process_exit: PACKED_KIND.exit,
  process_kprobe: PACKED_KIND.policy,
  process_tracepoint: PACKED_KIND.policy,
  process_loader: PACKED_KIND.policy,
  process_uprobe: PACKED_KIND.policy,
  process_usdt: PACKED_KIND.policy,
  process_lsm: PACKED_KIND.policy,
  process_throttle: PACKED_KIND.throttle,
  trigon_journal: PACKED_KIND.journal,
  rate_limit_info: PACKED_KIND.other,
  test: PACKED_KIND.other,
};

/** A told event, and what it was decoded to where it was packed: it needn't be decoded again there. */
export type ToldEvent = PackedEvent & { readonly event: Event };

/**
 * An event that was told.
 *
 * @param line the event as JSON, or the same in UTF-8: what the screen will read it from
 * @param time ns since the epoch, for events that have none of their own
 */
export function packTold(event: Event, line: string | Uint8Array, time: bigint): ToldEvent {
  const told = hasProcess(event) ? event.process : undefined;
  const own = told && parseExecId(told.execId);
  const parent = told && parseExecId(told.parentExecId);
  return {
    kind: KINDS[event.kind],
    flags: PACKED_FLAG.told,
    time: event.time ?? time,
    tgid: told?.pid ?? own?.pid ?? 0,
    tid: told?.tid ?? told?.pid ?? 0,
    ktime: own?.ktimeNs ?? 0n,
    parentTgid: parent?.pid ?? 0,
    parentKtime: parent?.ktimeNs ?? 0n,
    payload: typeof line === 'string' ? encoder.encode(line) : line,
    process: NOTHING,
    event,
  };
}

/**
 * Undoes {@link packTold}. Its line was decoded once: it can be again. There, an event without a time of its own gets that which it
 * was packed with; where it was packed, it is as it was.
 */
export function readTold({ payload, time, event: told }: PackedEvent & Partial<ToldEvent>): Event {
  if (told) return told;
  const event = decodeEvent(decodeUtf8(payload));
  return event.time === undefined ? { ...event, time } : event;
}
