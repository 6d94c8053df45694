import { compactLine, formatCompact } from '../events/compact.ts';
import { encodeEvent } from '../events/json.ts';
import type { Event } from '../events/types.ts';
import { type EventContext, readEvent } from '../events/wire/event.ts';
import {
  appendEvent,
  createPackedBatch,
  type PackedBatch,
  type PackedEvent,
} from '../events/wire/packed.ts';
import type { Program } from './aggregate/program.ts';
import type { FromAgent, LineOptions, OutputOptions } from './messages.ts';
import { createRateLimit } from './rateLimit.ts';
import type { Selector } from './selection.ts';

/** Collects events in the form that the main thread asked for, and hands them over in batches. */
export type Output = {
  /** @param program of the event's process, where it is at hand */
  add(event: PackedEvent, program?: Program): void;
  /** As `appendRecord` of a packed batch; undefined: it takes events only. */
  readonly addRecord: PackedBatch['appendRecord'] | undefined;
  /** Sends what has gathered. */
  flush(): void;
  /** The last flush: what a rate limit has held back until now is told. */
  close(): void;
  /** The main thread has dealt with this many bytes. */
  done(bytes: number): void;
  /** Events dropped because the main thread did not keep up. */
  readonly dropped: number;
};

type Send = (message: FromAgent, transfer: ArrayBuffer[]) => void;

/** Bytes that may be on their way to the main thread; what comes beyond is dropped and counted. */
const MAX_UNDER_WAY = 32 << 20;

/**
 * @param selector what the headless command asked for; undefined for the screen, which gets everything
 * @param now ms, of a clock that only goes forward
 */
export function createOutput(
  options: OutputOptions,
  context: EventContext,
  selector: Selector | undefined,
  send: Send,
  now: () => number = () => performance.now(),
): Output {
  let underWay = 0;
  let dropped = 0;
  const sink = createSink(options, context, selector, now);
  const { appendRecord } = sink;

  const flush = () => {
    const batch = sink.take();
    if (!batch) return;
    underWay += batch.bytes;
    send(batch.message, [batch.transfer]);
  };

  return {
    get dropped() {
      return dropped;
    },
    add(event, program) {
      if (underWay + sink.bytes > MAX_UNDER_WAY) dropped += 1;
      else sink.add(event, program);
    },
    addRecord:
      appendRecord &&
      ((head, record, toWall, process) => {
        if (underWay + sink.bytes > MAX_UNDER_WAY) dropped += 1;
        else appendRecord(head, record, toWall, process);
      }),
    flush,
    close() {
      sink.close();
      flush();
    },
    done(bytes) {
      underWay -= bytes;
    },
  };
}

function createSink(
  options: OutputOptions,
  context: EventContext,
  selector: Selector | undefined,
  now: () => number,
): Sink {
  switch (options.kind) {
    case 'records':
      return packedSink();
    case 'none':
      return NO_SINK;
    default:
      return lineSink(options, context, selector, now);
  }
}

type Batch = { message: FromAgent; bytes: number; transfer: ArrayBuffer };
type Sink = {
  readonly bytes: number;
  add(event: PackedEvent, program?: Program): void;
  /** undefined: it has to see events. */
  readonly appendRecord?: PackedBatch['appendRecord'];
  take(): Batch | undefined;
  /** Nothing is added any more. */
  close(): void;
};

const NO_SINK: Sink = { bytes: 0, add() {}, appendRecord() {}, take: () => undefined, close() {} };

function packedSink(): Sink {
  const batch = createPackedBatch();
  return {
    get bytes() {
      return batch.bytes;
    },
    add: (event) => appendEvent(batch, event),
    appendRecord: batch.appendRecord,
    take() {
      const taken = batch.take();
      if (!taken) return undefined;
      return { message: { type: 'records', ...taken }, bytes: taken.bytes, transfer: taken.buffer };
    },
    close() {},
  };
}

function lineSink(
  options: LineOptions,
  context: EventContext,
  selector: Selector | undefined,
  now: () => number,
): Sink {
  const encoder = new TextEncoder();
  const limit =
    options.perMinute === undefined ? undefined : createRateLimit(options.perMinute, now());
  let lines: string[] = [];
  let length = 0;
  /** Events among the lines. */
  let count = 0;
  let room = options.limit ?? Number.POSITIVE_INFINITY;
  const format = (event: Event): string => {
    if (options.kind === 'json') return encodeEvent(event);
    const segments = compactLine(event, { node: context.node, timestamps: options.timestamps });
    return formatCompact(segments, { color: options.color });
  };
  const append = (event: Event) => {
    const line = format(event);
    lines.push(line);
    // Counting bytes makes one piece of it: see bytesOf in export/lineQueue.ts.
    length += Buffer.byteLength(line) + 1;
  };
  /** Whatever else was asked for: it says that what was asked for is not all there. */
  const tellRefused = (refused: number) => {
    if (refused === 0) return;
    append({
      kind: 'rate_limit_info',
      numberOfDroppedProcessEvents: BigInt(refused),
      nodeName: context.node,
      time: BigInt(Date.now()) * 1_000_000n,
    });
  };
  return {
    get bytes() {
      return length;
    },
    add(packed, program) {
      if (room === 0 || selector?.wantsPacked(packed, program) === false) return;
      const event = readEvent(packed, context);
      if (selector?.wants(event) === false) return;
      // It tells of what was done to the policies, which no limit may hide; it is none of the events that are counted.
      if (event.kind === 'trigon_journal') return append(event);
      if (limit?.take(now()) === false) return;
      room -= 1;
      count += 1;
      append(event);
    },
    take() {
      if (limit) tellRefused(limit.endWindow(now()));
      if (lines.length === 0) return undefined;
      const bytes = encoder.encode(`${lines.join('\n')}\n`);
      const message = { type: 'lines' as const, bytes, count };
      lines = [];
      length = 0;
      count = 0;
      return { message, bytes: bytes.length, transfer: bytes.buffer };
    },
    close() {
      if (limit) tellRefused(limit.close());
    },
  };
}
