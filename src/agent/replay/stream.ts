import { Socket } from 'node:net';
import type { Input, Watcher } from './input.ts';
import { type Bell, createBell, type Pull } from './pull.ts';
import { createSpool, type Spool } from './spool.ts';

/** After which a pipe that gives nothing counts as waiting. */
const PATIENCE_MS = 100;

/**
 * A pipe: standard input most of the time. It can't be read twice: what was read is kept on disk, so that the screen can go back.
 *
 * @param isKept false: it is read once
 */
export function streamInput(name: string, fd: number, isKept: boolean, watcher: Watcher): Input {
  const socket = new Socket({ fd, readable: true, writable: false });
  const incoming = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let spool: Spool | undefined = isKept ? createSpool() : undefined;
  let pulling: Promise<Buffer | undefined> | undefined;
  const readers = new Set<Bell>();

  /** The next piece of the pipe: whoever asks meanwhile gets the same. */
  const pull = (): Promise<Buffer | undefined> => {
    pulling ??= incoming.next().then(({ done, value }) => {
      pulling = undefined;
      if (done) return undefined;
      if (spool?.add(value) === false) {
        spool.close();
        spool = undefined;
        watcher.onProblem('it is too long to be kept: there is no way back from here on');
      }
      return value;
    });
    return pulling;
  };

  /** The same, or undefined when the reader is closed before. */
  const pullUnless = async (bell: Bell, isClosed: () => boolean) => {
    const patience = setTimeout(watcher.onWaiting, PATIENCE_MS);
    try {
      // A piece that comes later is on disk by then.
      return await Promise.race([pull(), bell.wait().then(() => undefined)]);
    } finally {
      clearTimeout(patience);
      if (isClosed()) readers.delete(bell);
    }
  };

  const open = (): Pull<Uint8Array> => {
    const bell = createBell();
    let position = 0;
    let isClosed = false;
    readers.add(bell);
    return {
      async next() {
        while (!isClosed) {
          if (spool && position < spool.size) {
            const piece = await spool.read(position);
            position += piece.length;
            return isClosed ? undefined : piece;
          }
          const piece = await pullUnless(bell, () => isClosed);
          if (!piece) return undefined;
          if (!spool) return piece;
        }
        return undefined;
      },
      close() {
        isClosed = true;
        bell.ring();
      },
    };
  };

  return {
    name,
    get isOnce() {
      return spool === undefined;
    },
    open,
    close() {
      for (const bell of readers) bell.ring();
      socket.destroy();
      spool?.close();
    },
  };
}
