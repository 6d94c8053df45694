/**
 * The packed event: what the agent hands to the screen. A head, the payload (the record of the kernel, whole), and, unless the
 * payload is the exec record itself, the exec record of the process that the event is about, so that events can be read without
 * the agent's process table. In a batch each exec record stands once, with the first event that needs it; later ones say how far
 * back. Nothing in it is decoded before somebody looks at it.
 *
 * Little-endian; every part begins at a multiple of 8 bytes.
 */
import { tg_record as RECORD } from '../../generated/layouts.ts';
import { bytesOf, type RecordSpan } from './span.ts';

/** The payload of `journal` is no kernel record but its body as JSON in UTF-8. `other` is only told by others: see told.ts. */
export const PACKED_KIND = {
  exec: 1,
  exit: 2,
  policy: 3,
  throttle: 4,
  journal: 5,
  other: 6,
} as const;
export type PackedKind = (typeof PACKED_KIND)[keyof typeof PACKED_KIND];

/** Bits of the head's flags. */
export const PACKED_FLAG = {
  /** The process was forked and has not called exec since. */
  cloned: 1,
  /** Nothing is known of the process but its number. */
  unknownProcess: 2,
  /** The process descends from the first process of a container. */
  inInitTree: 4,
  /** The payload is no record but the event as Tetragon's JSON: see told.ts. */
  told: 8,
} as const;

/** Offsets in the head. */
export const PACKED = {
  size: 0,
  kind: 4,
  flags: 5,
  /** Wall clock, ns since the epoch. */
  time: 8,
  tgid: 16,
  tid: 20,
  /** The process's exec id time (boot clock ns), and the same for its parent; 0: not known. */
  ktime: 24,
  parentKtime: 32,
  parentTgid: 40,
  payloadBytes: 44,
  processBytes: 48,
  /** How many bytes before this event's head the exec record stands that it shares; 0: behind its payload. */
  processBack: 52,
  head: 56,
} as const;

export type PackedHead = {
  kind: PackedKind;
  flags: number;
  time: bigint;
  tgid: number;
  tid: number;
  ktime: bigint;
  parentTgid: number;
  parentKtime: bigint;
};

/** Of a kernel record: when it happened stands in the record. */
export type RecordHead = Omit<PackedHead, 'time'>;

const padded = (bytes: number): number => (bytes + 7) & ~7;

export const packedSize = (payload: number, process: number): number =>
  PACKED.head + padded(payload) + padded(process);

/** A growing buffer of packed events, handed over as a whole. An exec record is known again by its array, not by its bytes. */
export type PackedBatch = {
  append(head: PackedHead, payload: Uint8Array, process: Uint8Array): void;
  /**
   * The same of a kernel record in the buffer it was read into: nothing is made for it.
   *
   * @param toWall ns to add to the record's boot clock to get the wall clock
   */
  appendRecord(head: RecordHead, record: RecordSpan, toWall: bigint, process: Uint8Array): void;
  /** The events so far, and an empty batch again; undefined when there are none. */
  take(): { buffer: ArrayBuffer; bytes: number; count: number } | undefined;
  readonly bytes: number;
};

/** What batches are put together in is kept for the next one. What a flood has made larger than this goes when the flood is over. */
const MOST_KEPT = 1 << 20;

export function createPackedBatch(initialBytes = 64 * 1024): PackedBatch {
  let bytes = new Uint8Array(initialBytes);
  let view = new DataView(bytes.buffer);
  let used = 0;
  let count = 0;
  /** Where exec records of this batch begin. */
  const places = new Map<Uint8Array, number>();
  /** Of the one asked for last. */
  const last: { process: Uint8Array | undefined; place: number | undefined } = {
    process: undefined,
    place: undefined,
  };

  const grow = (needed: number) => {
    const larger = new Uint8Array(Math.max(bytes.length * 2, needed));
    larger.set(bytes.subarray(0, used));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };

  const placeOf = (process: Uint8Array): number | undefined => {
    if (process.length === 0) return undefined;
    // Events of one process often come together.
    if (process !== last.process) {
      last.process = process;
      last.place = places.get(process);
    }
    return last.place;
  };

  const keepPlace = (process: Uint8Array, place: number) => {
    places.set(process, place);
    last.process = process;
    last.place = place;
  };

  /** All but the time and the payload. @returns where the event begins */
  const begin = (head: RecordHead, payloadLength: number, process: Uint8Array): number => {
    const place = placeOf(process);
    const size = packedSize(payloadLength, place === undefined ? process.length : 0);
    if (used + size > bytes.length) grow(used + size);
    const at = used;
    const into = view;
    const processAt = at + PACKED.head + padded(payloadLength);
    // The words that may end in padding: nothing of an earlier batch is handed over with this one.
    into.setBigUint64(processAt - 8, 0n, true);
    into.setBigUint64(at + size - 8, 0n, true);
    into.setUint32(at + PACKED.size, size, true);
    // With the two bytes behind them, which nothing stands in.
    into.setUint32(at + PACKED.kind, head.kind | (head.flags << 8), true);
    into.setUint32(at + PACKED.tgid, head.tgid, true);
    into.setUint32(at + PACKED.tid, head.tid, true);
    into.setBigUint64(at + PACKED.ktime, head.ktime, true);
    into.setBigUint64(at + PACKED.parentKtime, head.parentKtime, true);
    into.setUint32(at + PACKED.parentTgid, head.parentTgid, true);
    into.setUint32(at + PACKED.payloadBytes, payloadLength, true);
    into.setUint32(at + PACKED.processBytes, process.length, true);
    into.setUint32(at + PACKED.processBack, place === undefined ? 0 : at - place, true);
    if (place === undefined && process.length > 0) {
      bytes.set(process, processAt);
      keepPlace(process, processAt);
    }
    used = at + size;
    count += 1;
    return at;
  };

  return {
    get bytes() {
      return used;
    },
    append(head, payload, process) {
      const at = begin(head, payload.length, process);
      view.setBigUint64(at + PACKED.time, head.time, true);
      bytes.set(payload, at + PACKED.head);
      if (head.kind === PACKED_KIND.exec) keepPlace(payload, at + PACKED.head);
    },
    appendRecord(head, record, toWall, process) {
      const at = begin(head, record.length, process);
      const time = record.view.getBigUint64(record.at + RECORD.at.ktime, true) + toWall;
      view.setBigUint64(at + PACKED.time, time, true);
      if (record.length > MOST_BY_WORD) bytes.set(bytesOf(record), at + PACKED.head);
      else copyWords(record, view, at + PACKED.head);
    },
    take() {
      if (count === 0) return undefined;
      // A copy of its length: whoever keeps an event keeps all of the buffer.
      const taken = { buffer: bytes.buffer.slice(0, used), bytes: used, count };
      places.clear();
      last.process = undefined;
      // In a flood making one anew would cost each batch its growing, page by page.
      if (bytes.length > MOST_KEPT && used < bytes.length / 4) {
        bytes = new Uint8Array(initialBytes);
        view = new DataView(bytes.buffer);
      }
      used = 0;
      count = 0;
      return taken;
    },
  };
}

/** Up to here copying word by word is faster than to have an array of the bytes made. */
const MOST_BY_WORD = 256;

function copyWords({ view, at, length }: RecordSpan, into: DataView, begin: number): void {
  let done = 0;
  for (; done + 4 <= length; done += 4)
    into.setInt32(begin + done, view.getInt32(at + done, true), true);
  for (; done < length; done++) into.setUint8(begin + done, view.getUint8(at + done));
}

/** One packed event in place: nothing is copied. Of a batch: its buffer must be whole. */
export type PackedEvent = PackedHead & { payload: Uint8Array; process: Uint8Array };

/** Into another batch. */
export const appendEvent = (batch: PackedBatch, event: PackedEvent): void =>
  batch.append(event, event.payload, event.process === event.payload ? NONE : event.process);

const NONE = new Uint8Array();

/** Size in bytes of the packed event at `at`. */
export const packedSizeAt = (view: DataView, at: number): number =>
  view.getUint32(at + PACKED.size, true);

/** Its kind, and its wall clock time in ns since the epoch, without the rest. */
export const packedKindAt = (view: DataView, at: number): PackedKind =>
  view.getUint8(at + PACKED.kind) as PackedKind;
export const packedTimeAt = (view: DataView, at: number): bigint =>
  view.getBigUint64(at + PACKED.time, true);

export function readPacked(view: DataView, at: number): PackedEvent {
  const payloadBytes = view.getUint32(at + PACKED.payloadBytes, true);
  const processBytes = view.getUint32(at + PACKED.processBytes, true);
  const back = view.getUint32(at + PACKED.processBack, true);
  const payload = new Uint8Array(view.buffer, view.byteOffset + at + PACKED.head, payloadBytes);
  const kind = view.getUint8(at + PACKED.kind) as PackedKind;
  const flags = view.getUint8(at + PACKED.flags);
  return {
    kind,
    flags,
    time: view.getBigUint64(at + PACKED.time, true),
    tgid: view.getUint32(at + PACKED.tgid, true),
    tid: view.getUint32(at + PACKED.tid, true),
    ktime: view.getBigUint64(at + PACKED.ktime, true),
    parentKtime: view.getBigUint64(at + PACKED.parentKtime, true),
    parentTgid: view.getUint32(at + PACKED.parentTgid, true),
    payload,
    process:
      kind === PACKED_KIND.exec && (flags & PACKED_FLAG.told) === 0
        ? payload
        : new Uint8Array(
            view.buffer,
            view.byteOffset + (back > 0 ? at - back : at + PACKED.head + padded(payloadBytes)),
            processBytes,
          ),
  };
}
