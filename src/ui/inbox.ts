import type { FromAgent } from '../agent/messages.ts';

/**
 * What the agent tells, on a thin link: events and counters wait until they may be painted. A key's frame in between shows the same
 * events as the one before, so that it costs no more than what the key has changed.
 */
export type Inbox = {
  receive(message: FromAgent): void;
  /** Hands over what waits: it is about to be painted. */
  deliver(): void;
  close(): void;
};

type Options = {
  take(message: FromAgent): void;
  /** Something waits. */
  paintSoon(): void;
  /** What a key has asked for is there. */
  paintNow(): void;
};

const WAITING: ReadonlySet<FromAgent['type']> = new Set([
  'records',
  'status',
  'tree',
  'binaries',
  'alerts',
  'playback',
  'recording',
]);

/** The agent may have 32 MiB of events under way: they are taken from it in time even when nothing can be painted. */
const LONGEST_MS = 2000;

export function createInbox({ take, paintSoon, paintNow }: Options): Inbox {
  let waiting: FromAgent[] = [];
  let timer: NodeJS.Timeout | undefined;

  const deliver = () => {
    clearTimeout(timer);
    timer = undefined;
    const messages = waiting;
    waiting = [];
    for (const message of messages) take(message);
  };

  return {
    receive(message) {
      if (WAITING.has(message.type)) {
        waiting.push(message);
        timer ??= setTimeout(deliver, LONGEST_MS);
        paintSoon();
        return;
      }
      // In their order: counters mean nothing without the policies that they are of.
      deliver();
      take(message);
      if ('request' in message) paintNow();
    },
    deliver,
    close() {
      clearTimeout(timer);
      waiting = [];
    },
  };
}
