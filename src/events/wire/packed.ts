/**
 * The packed event: what the agent hands to the screen. A head, the payload (the record of the kernel, whole), and, unless the
 * payload is the exec record itself, the exec record of the process that the event is about, so that events can be read without
 * the agent's process table. In a batch each exec record stands once, with the first event that needs it; later ones say how far
 * back. Nothing in it is decoded before somebody looks at it.
 *
 * Little-endian; every part begins at a multiple of 8 bytes.
 */

/** The payload of `journal` is no kernel record but its body as JSON in UTF-8. */
export const PACKED_KIND = { exec: 1, exit: 2, policy: 3, throttle: 4, journal: 5 } as const;
export type PackedKind = (typeof PACKED_KIND)[keyof typeof PACKED_KIND];

/** Bits of the head's flags. */
export const PACKED_FLAG = {
  /** The process was forked and has not called exec since. */
  cloned: 1,
  /** Nothing is known of the process but its number. */
  unknownProcess: 2,
  /** The process descends from the first process of a container. */
  inInitTree: 4,
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

const padded = (bytes: number): number => (bytes + 7) & ~7;

export const packedSize = (payload: number, process: number): number =>
  PACKED.head + padded(payload) + padded(process);

/** A growing buffer of packed events, handed over as a whole. An exec record is known again by its array, not by its bytes. */
export type PackedBatch = {
  append(head: PackedHead, payload: Uint8Array, process: Uint8Array): void;
  /** The events so far, and an empty batch again; undefined when there are none. */
  take(): { buffer: ArrayBuffer; bytes: number; count: number } | undefined;
  readonly bytes: number;
};

export function createPackedBatch(initialBytes = 64 * 1024): PackedBatch {
  let bytes = new Uint8Array(initialBytes);
  let view = new DataView(bytes.buffer);
  let used = 0;
  let count = 0;
  /** Where exec records of this batch begin. */
  const places = new Map<Uint8Array, number>();

  const grow = (needed: number) => {
    const larger = new Uint8Array(Math.max(bytes.length * 2, needed));
    larger.set(bytes.subarray(0, used));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };

  return {
    get bytes() {
      return used;
    },
    append(head, payload, process) {
      const place = process.length === 0 ? undefined : places.get(process);
      const size = packedSize(payload.length, place === undefined ? process.length : 0);
      if (used + size > bytes.length) grow(used + size);
      view.setUint32(used + PACKED.size, size, true);
      view.setUint8(used + PACKED.kind, head.kind);
      view.setUint8(used + PACKED.flags, head.flags);
      view.setBigUint64(used + PACKED.time, head.time, true);
      view.setUint32(used + PACKED.tgid, head.tgid, true);
      view.setUint32(used + PACKED.tid, head.tid, true);
      view.setBigUint64(used + PACKED.ktime, head.ktime, true);
      view.setBigUint64(used + PACKED.parentKtime, head.parentKtime, true);
      view.setUint32(used + PACKED.parentTgid, head.parentTgid, true);
      view.setUint32(used + PACKED.payloadBytes, payload.length, true);
      view.setUint32(used + PACKED.processBytes, process.length, true);
      bytes.set(payload, used + PACKED.head);
      view.setUint32(used + PACKED.processBack, place === undefined ? 0 : used - place, true);
      if (place === undefined) {
        const start = used + PACKED.head + padded(payload.length);
        bytes.set(process, start);
        if (process.length > 0) places.set(process, start);
      }
      if (head.kind === PACKED_KIND.exec) places.set(payload, used + PACKED.head);
      used += size;
      count += 1;
    },
    take() {
      if (count === 0) return undefined;
      // Cut to its length: whoever keeps an event keeps all of the buffer.
      const taken = { buffer: bytes.buffer.transfer(used), bytes: used, count };
      places.clear();
      bytes = new Uint8Array(initialBytes);
      view = new DataView(bytes.buffer);
      used = 0;
      count = 0;
      return taken;
    },
  };
}

/** One packed event in place: nothing is copied. Of a batch: its buffer must be whole. */
export type PackedEvent = PackedHead & { payload: Uint8Array; process: Uint8Array };

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
  return {
    kind,
    flags: view.getUint8(at + PACKED.flags),
    time: view.getBigUint64(at + PACKED.time, true),
    tgid: view.getUint32(at + PACKED.tgid, true),
    tid: view.getUint32(at + PACKED.tid, true),
    ktime: view.getBigUint64(at + PACKED.ktime, true),
    parentKtime: view.getBigUint64(at + PACKED.parentKtime, true),
    parentTgid: view.getUint32(at + PACKED.parentTgid, true),
    payload,
    process:
      kind === PACKED_KIND.exec
        ? payload
        : new Uint8Array(
            view.buffer,
            view.byteOffset + (back > 0 ? at - back : at + PACKED.head + padded(payloadBytes)),
            processBytes,
          ),
  };
}
