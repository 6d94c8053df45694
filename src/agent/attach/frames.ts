/**
 * Frames between a running agent and its screens: a head of 12 bytes (length of the body, kind, count; little-endian u32), then
 * the body. Greetings are JSON, so that any version can read any other's; everything behind them is of one version.
 */
import { deserialize, serialize } from 'node:v8';

export const FRAME = {
  /** JSON: see greeting.ts. */
  greeting: 1,
  /** A message of src/agent/messages.ts as v8.serialize() has it: what a worker's port would have cloned. */
  message: 2,
  /** Packed events, `count` of them. Only to a screen. */
  records: 3,
} as const;
type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export type Frame = {
  readonly kind: number;
  readonly count: number;
  /** Has its buffer for itself. */
  readonly body: Uint8Array<ArrayBuffer>;
};

const HEAD = 12;

export const encodeHead = (kind: FrameKind, bytes: number, count = 0): Buffer => {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(bytes, 0);
  head.writeUInt32LE(kind, 4);
  head.writeUInt32LE(count, 8);
  return head;
};

export function encodeGreeting(greeting: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(greeting));
  return Buffer.concat([encodeHead(FRAME.greeting, body.length), body]);
}

export function encodeMessage(message: unknown): Buffer {
  const body = serialize(message);
  return Buffer.concat([encodeHead(FRAME.message, body.length), body]);
}

/** @returns undefined when the bytes are no message */
export function decodeMessage({ body }: Frame): unknown {
  try {
    return deserialize(body);
  } catch {
    return undefined;
  }
}

/** @returns undefined when the bytes are no JSON */
export function decodeGreeting({ body }: Frame): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer).toString());
  } catch {
    return undefined;
  }
}

export type FrameReader = {
  /** The frames that this chunk completes; undefined: one is longer than allowed, and nothing behind it can be read. */
  add(chunk: Uint8Array): Frame[] | undefined;
};

/** @param maxBytes of a body: whoever sends more is nobody we know */
export function createFrameReader(maxBytes: number): FrameReader {
  const head = Buffer.alloc(HEAD);
  let headBytes = 0;
  let body: Uint8Array<ArrayBuffer> | undefined;
  let bodyBytes = 0;

  return {
    add(chunk) {
      const frames: Frame[] = [];
      let rest = chunk;
      const move = (target: Uint8Array, used: number): number => {
        const part = rest.subarray(0, target.length - used);
        target.set(part, used);
        rest = rest.subarray(part.length);
        return part.length;
      };
      while (rest.length > 0) {
        if (!body) {
          headBytes += move(head, headBytes);
          if (headBytes < HEAD) break;
          const bytes = head.readUInt32LE(0);
          if (bytes > maxBytes) return undefined;
          // Not from the pool of Buffers: whoever keeps it keeps no more than this.
          body = new Uint8Array(bytes);
          bodyBytes = 0;
        }
        bodyBytes += move(body, bodyBytes);
        if (bodyBytes < body.length) break;
        frames.push({ kind: head.readUInt32LE(4), count: head.readUInt32LE(8), body });
        body = undefined;
        headBytes = 0;
      }
      return frames;
    },
  };
}
