import { encodeEvent } from '../events/json.ts';
import { escapeText } from '../events/text.ts';
import type { Event } from '../events/types.ts';
import { type EventContext, readEvent } from '../events/wire/event.ts';
import type { PackedEvent } from '../events/wire/packed.ts';
import type { ExportStats } from './metrics/types.ts';
import { within } from './within.ts';

/** An event on its way out of the agent. It is decoded when somebody asks, and once however many do. */
export type OutgoingEvent = {
  /** For screens: its parent is the parent process. Its payload lies in the ring: it is gone when `add` returns. */
  readonly packed: PackedEvent;
  /** Tetragon's message, with Tetragon's parent, with what is known from elsewhere, and redacted. */
  event(): Event;
  /** The same as a line of JSON, without its end. */
  json(): string;
  /** A line of JSON with all that can be told of processes, whatever details were asked for. */
  whole(): string;
};

/** Somebody who takes all events, beside the screen or the headless command: a file, gRPC clients, a recording, metrics. */
export type Tap = {
  /** What it is, in a few words: when something goes wrong with it. */
  readonly name: string;
  /** Whether it wants events at all now: when nobody does, none is decoded. */
  readonly isOpen: boolean;
  /** Must be quick and must not wait: it is called while the kernel's ring is read. */
  add(event: OutgoingEvent): void;
  /** Processes come and go: filters that ask for descendants want to know. */
  onFork?(pid: number, creator: number): void;
  onExit?(pid: number): void;
  /** Every 30 ms, and once more before the end: what has gathered goes out. */
  flush?(): void;
  /** Events that it could not take, by where LostCounts has them. */
  lost?(): { readonly clients?: number; readonly exportFile?: number };
  /** Of the export file: what was written so far, for metrics. */
  exported?(): ExportStats;
  /** Resolves when all it had is out; within two seconds. */
  close(): Promise<void>;
};

export type Taps = {
  /** Somebody takes events now. */
  readonly isOpen: boolean;
  /** @param forScreens the same, with the parent process; `packed` has Tetragon's parent */
  add(packed: PackedEvent, forScreens: PackedEvent): void;
  onFork(pid: number, creator: number): void;
  onExit(pid: number): void;
  flush(): void;
  lost(): { clients: number; exportFile: number };
  exported(): ExportStats | undefined;
  close(): Promise<void>;
};

/** A disk or a peer that doesn't answer keeps nothing in the kernel. */
const CLOSE_MS = 2000;

/** How events are read for taps. */
export type TapContexts = {
  /** With the details that were asked for. */
  readonly asked: EventContext;
  /** With all of them. */
  readonly whole: EventContext;
};

/**
 * @param taps may grow and shrink while the agent runs
 * @param tell a tap failed with an event: told once of each, the events are lost and counted
 */
export function createTaps(
  taps: readonly Tap[],
  contexts: TapContexts,
  tell: (text: string) => void,
): Taps {
  /** Events that a tap threw at. */
  const failures = new Map<Tap, number>();
  const failed = (tap: Tap, error: unknown, events: number) => {
    const before = failures.get(tap);
    failures.set(tap, (before ?? 0) + events);
    if (before !== undefined) return;
    const reason = error instanceof Error ? error.message : String(error);
    tell(`${tap.name}: events are lost: ${escapeText(reason.slice(0, MOST_REASON))}`);
  };
  /** One that fails keeps nothing from the others, nor ends the agent, on which enforcement hangs. */
  const each = (act: (tap: Tap) => void) => {
    for (const tap of taps)
      try {
        act(tap);
      } catch (error) {
        failed(tap, error, 0);
      }
  };
  return {
    get isOpen() {
      for (const tap of taps) if (tap.isOpen) return true;
      return false;
    },
    add(packed, forScreens) {
      let outgoing: OutgoingEvent | undefined;
      // As `each` does it, but nothing at all is made while nobody listens: it is called for every event.
      for (const tap of taps)
        try {
          if (!tap.isOpen) continue;
          outgoing ??= outgoingEvent(packed, forScreens, contexts);
          tap.add(outgoing);
        } catch (error) {
          failed(tap, error, 1);
        }
    },
    onFork: (pid, creator) => each((tap) => tap.onFork?.(pid, creator)),
    onExit: (pid) => each((tap) => tap.onExit?.(pid)),
    flush: () => each((tap) => tap.flush?.()),
    lost() {
      const counts = { clients: 0, exportFile: 0 };
      for (const tap of taps) {
        const { clients, exportFile } = tap.lost?.() ?? {};
        const thrown = failures.get(tap) ?? 0;
        // What it counts itself says where its losses belong.
        const isFile = exportFile !== undefined;
        counts.clients += (clients ?? 0) + (isFile ? 0 : thrown);
        counts.exportFile += (exportFile ?? 0) + (isFile ? thrown : 0);
      }
      return counts;
    },
    exported: () => taps.find((tap) => tap.exported)?.exported?.(),
    async close() {
      each((tap) => tap.flush?.());
      const closed = taps.map(async (tap) => {
        try {
          await tap.close();
        } catch (error) {
          failed(tap, error, 0);
        }
      });
      await within(CLOSE_MS, Promise.all(closed));
    },
  };
}

const MOST_REASON = 300;

function outgoingEvent(
  packed: PackedEvent,
  forScreens: PackedEvent,
  { asked, whole }: TapContexts,
): OutgoingEvent {
  let event: Event | undefined;
  let line: string | undefined;
  const decoded = () => {
    event ??= readEvent(packed, asked);
    return event;
  };
  return {
    packed: forScreens,
    event: decoded,
    json() {
      line ??= encodeEvent(decoded());
      return line;
    },
    whole: () => encodeEvent(readEvent(packed, whole)),
  };
}
