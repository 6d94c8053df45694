import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { SetTimer } from './keys.ts';

export type TtyWriter = {
  /** Writes without ever waiting; false when the terminal did not take all of it yet. */
  write(data: string): boolean;
  /** False while something is still to be taken. */
  canWrite(): boolean;
  /** Called each time the terminal has caught up; returns how to stop listening. */
  onDrain(listener: () => void): () => void;
  /** Drops what is still waiting and writes `data`, waiting at most `limitMs`; for the way out. */
  writeNow(data: string, limitMs?: number): void;
  close(): void;
};

export type TtyWriterOptions = {
  /** The terminal's file descriptor, usually 1. */
  readonly fd: number;
  readonly setTimer?: SetTimer;
};

/** How often a terminal that is behind is tried again: a plain timer, since a tty of ours has no poll. */
const RETRY_MS = 5;
const WRITE_NOW_MS = 300;

const realTimer: SetTimer = (run, milliseconds) => {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
};

/**
 * Opens the terminal anew, so that only our own description of it becomes non-blocking: the shell
 * shares the one we got. After privileges were dropped the device may be closed to us; /dev/tty is not.
 */
const openNonBlocking = (fd: number): number | undefined => {
  for (const path of [`/proc/self/fd/${fd}`, '/dev/tty']) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // Try the next; without any, writes to `fd` itself may block, which is what Node does anyway.
    }
  }
  return undefined;
};

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR');

const pause = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

/**
 * The way to the terminal. Node's own stdout waits in `write` when it is a terminal, so that a stalled
 * link would stop the whole program; this one keeps the unwritten rest of one frame and says so.
 */
export const createTtyWriter = ({ fd, setTimer = realTimer }: TtyWriterOptions): TtyWriter => {
  const own = openNonBlocking(fd);
  const target = own ?? fd;
  const listeners = new Set<() => void>();
  let rest: Buffer | undefined;
  let isClosed = false;
  let cancelRetry: () => void = () => {};

  /** Gives the terminal what it takes now; the rest, or nothing when all is gone (or the terminal is). */
  const push = (data: Buffer): Buffer | undefined => {
    let offset = 0;
    try {
      while (offset < data.length) offset += writeSync(target, data, offset);
    } catch (error) {
      return isBusy(error) ? data.subarray(offset) : undefined;
    }
    return undefined;
  };

  const retry = (): void => {
    if (rest === undefined) return;
    rest = push(rest);
    if (rest !== undefined) cancelRetry = setTimer(retry, RETRY_MS);
    else for (const listener of [...listeners]) listener();
  };

  return {
    write(data) {
      if (isClosed) return true;
      const bytes = Buffer.from(data);
      if (rest !== undefined) {
        rest = Buffer.concat([rest, bytes]);
        return false;
      }
      rest = push(bytes);
      if (rest !== undefined) cancelRetry = setTimer(retry, RETRY_MS);
      return rest === undefined;
    },
    canWrite: () => rest === undefined,
    onDrain(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    writeNow(data, limitMs = WRITE_NOW_MS) {
      cancelRetry();
      rest = undefined;
      if (isClosed) return;
      const end = performance.now() + limitMs;
      let left = push(Buffer.from(data));
      while (left !== undefined && performance.now() < end) {
        pause(RETRY_MS);
        left = push(left);
      }
    },
    close() {
      cancelRetry();
      rest = undefined;
      if (!isClosed && own !== undefined) closeSync(own);
      isClosed = true;
    },
  };
};
