import type { Socket } from 'node:net';
import { createFifo } from '../fifo.ts';

/** Writes to one screen, at its pace. */
export type Link = {
  /** Bytes that were given and that the kernel has not taken yet. */
  readonly waiting: number;
  /** Ms (performance.now) since when nothing moves though something waits; undefined: it moves. */
  readonly stuckSince: number | undefined;
  send(...parts: readonly Uint8Array[]): void;
};

/** Written at once: what moves is seen to move, however much waits. */
const PIECE = 256 << 10;

/** A queue of our own in front of the socket: Node's would hand over all that waits as one write, whose progress nobody sees. */
export function createLink(socket: Socket): Link {
  const queue = createFifo<Uint8Array>();
  /** What is left of the part that is being written. */
  let rest: Uint8Array = NOTHING;
  let waiting = 0;
  let movedAt = 0;
  let isWriting = false;

  const next = () => {
    if (rest.length === 0) rest = queue.shift() ?? NOTHING;
    if (rest.length === 0 || socket.destroyed) return;
    const piece = rest.subarray(0, PIECE);
    rest = rest.subarray(piece.length);
    isWriting = true;
    socket.write(piece, (error) => {
      isWriting = false;
      waiting -= piece.length;
      movedAt = performance.now();
      if (!error) next();
    });
  };

  return {
    get waiting() {
      return waiting;
    },
    get stuckSince() {
      return waiting === 0 ? undefined : movedAt;
    },
    send(...parts) {
      if (waiting === 0) movedAt = performance.now();
      for (const part of parts) {
        if (part.length === 0) continue;
        queue.push(part);
        waiting += part.length;
      }
      if (!isWriting) next();
    },
  };
}

const NOTHING = new Uint8Array();
