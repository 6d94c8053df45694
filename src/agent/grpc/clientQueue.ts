/** Messages on their way to one client. */

/** What a queue holds at most: what comes beyond is lost. */
export type QueueLimits = { readonly messages: number; readonly bytes: number };

export type ClientQueue = {
  /** @returns whether there was room */
  add(message: Buffer): boolean;
  /** Writes until the client can't take more; goes on by itself when it can. */
  pump(): void;
  /** Messages that wait. */
  readonly size: number;
  clear(): void;
};

/** A stream to a client, as far as it is needed here. */
export type ClientStream = {
  /** False: no more until `drain`. */
  write(message: Buffer): boolean;
  once(event: 'drain', listener: () => void): unknown;
};

/** @param onEmpty all that was added has been written */
export function createClientQueue(
  stream: ClientStream,
  limits: QueueLimits,
  onEmpty: () => void,
): ClientQueue {
  let waiting: Buffer[] = [];
  /** Of `waiting`: what was written stays in front until all is. */
  let next = 0;
  let bytes = 0;
  let isBlocked = false;

  const clear = () => {
    waiting = [];
    next = 0;
    bytes = 0;
  };
  const pump = () => {
    if (isBlocked || next === waiting.length) return;
    for (let message = waiting[next]; message !== undefined; message = waiting[next]) {
      next += 1;
      bytes -= message.length;
      if (stream.write(message)) continue;
      // HTTP/2's flow control: the client, or the connection, has enough for now.
      isBlocked = true;
      stream.once('drain', () => {
        isBlocked = false;
        pump();
      });
      break;
    }
    if (next === waiting.length) {
      clear();
      onEmpty();
    } else if (next > limits.messages / 2) {
      waiting = waiting.slice(next);
      next = 0;
    }
  };

  return {
    add(message) {
      if (waiting.length - next >= limits.messages || bytes + message.length > limits.bytes)
        return false;
      waiting.push(message);
      bytes += message.length;
      return true;
    },
    pump,
    get size() {
      return waiting.length - next;
    },
    clear,
  };
}
