import { within } from '../within.ts';
import type { Trouble } from './trouble.ts';
import type { Appended } from './wholeFile.ts';

/** Takes bytes to a file, one write under way at a time, and what could not be written again and again. Nobody waits for it. */
export type Pump = {
  /** Often: something may be there to be written. */
  run(): void;
  /** Writes what is left, for so long at most. */
  close(limitMs: number): Promise<Ended>;
};

/** `rest`: what could not be written, or may not have been. `isStuck`: a write is under way still, and its file must stay open. */
export type Ended = { readonly rest: Buffer | undefined; readonly isStuck: boolean };

export type PumpOptions = {
  /** The next bytes, which end where a unit ends; undefined: there are none now. @param isLast all that are left */
  readonly next: (isLast: boolean) => Buffer | undefined | Promise<Buffer | undefined>;
  readonly append: (bytes: Buffer) => Promise<Appended>;
  /** Once a second, while nothing is being written. */
  readonly look: () => Promise<void>;
  readonly trouble: Trouble;
  /** Ms, of a clock that only goes forward. */
  readonly now: () => number;
};

const RETRY_MS = 1000;
const LOOK_MS = 1000;
/** A disk that takes longer for a write than this is told of. */
const STUCK_MS = 5000;

export function createPump({ next, append, look, trouble, now }: PumpOptions): Pump {
  let work: Promise<void> | undefined;
  let rest: Buffer | undefined;
  let since = 0;
  let retryAt = 0;
  let lookAt = now() + LOOK_MS;
  let isLast = false;

  /** @returns whether all of it is written */
  const write = async (bytes: Buffer): Promise<boolean> => {
    since = now();
    rest = bytes;
    const { kept, error } = await append(bytes);
    rest = kept === bytes.length ? undefined : bytes.subarray(kept);
    if (error === undefined) return true;
    trouble.failed(error);
    return false;
  };

  const drain = async () => {
    since = now();
    try {
      if (since >= lookAt) {
        lookAt = since + LOOK_MS;
        await look();
      }
      for (;;) {
        const bytes = rest ?? (await next(isLast));
        if (!bytes) break;
        if (await write(bytes)) continue;
        retryAt = now() + RETRY_MS;
        return;
      }
      trouble.well(isLast);
    } catch (error) {
      trouble.failed(error);
      retryAt = now() + RETRY_MS;
    }
  };

  const start = () => {
    work ??= drain().finally(() => {
      work = undefined;
    });
    return work;
  };

  return {
    run() {
      if (work) {
        if (now() - since > STUCK_MS) trouble.failed(STUCK);
      } else if (now() >= retryAt) void start();
    },
    async close(limitMs) {
      isLast = true;
      const finish = async () => {
        await work;
        await start();
      };
      await within(limitMs, finish());
      return { rest, isStuck: work !== undefined };
    },
  };
}

const STUCK = new Error('the disk does not answer');
