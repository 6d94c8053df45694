import type { Event, Process } from '../events/types.ts';
import { type EventContext, readEvent } from '../events/wire/event.ts';
import type { PackedEvent } from '../events/wire/packed.ts';
import { readExecTexts } from '../events/wire/process.ts';
import { tg_exec_record } from '../generated/layouts.ts';

/** What a detail or the copy menu is about. It holds all it needs: the event may be evicted meanwhile. */
export type Subject = {
  /** The exec id's parts, by which the agent is asked for more; ktime 0: it can't be. */
  readonly pid: number;
  readonly ktime: bigint;
  /** undefined for a process alone. */
  readonly event: Event | undefined;
  /** The event's in the store. */
  readonly number?: number | undefined;
  /** As of the event; undefined until the agent has answered, for a process alone. */
  readonly process: Process | undefined;
  /** Resolved path of the executable: behind links, and a script's interpreter. '' when not known. */
  readonly executable: string;
  /** The process and its ancestors upwards; undefined until the agent has answered. */
  readonly lineage: readonly Process[] | undefined;
};

/** An event with everything that its record says. */
export function eventSubject(packed: PackedEvent, context: EventContext): Subject {
  const event = readEvent(packed, context);
  return {
    pid: packed.tgid,
    ktime: packed.ktime,
    event,
    process: 'process' in event ? event.process : undefined,
    executable:
      packed.process.length < tg_exec_record.size ? '' : readExecTexts(packed.process).exe,
    lineage: undefined,
  };
}

/** With the agent's answer: the parent stands in the event too, as Tetragon's export has it. */
export function withLineage(subject: Subject, lineage: readonly Process[]): Subject {
  const parent = lineage[1];
  const event = subject.event;
  return {
    ...subject,
    lineage,
    process: subject.process ?? lineage[0],
    event: event && 'process' in event && parent ? { ...event, parent } : event,
  };
}
