/** Who did what to the policies, and to processes by hand, and when: told on the screen, in the event log, and after the end. */
import type { JournalBody, JournalOperator } from '../events/journal.ts';

export type { JournalAction } from '../events/journal.ts';

/** Whoever gives a command. */
export type Operator = JournalOperator;

/** Via: by a key on the screen, by `trigon policy` over the socket, at the start by an option, or by itself. */
export type JournalEntry = JournalBody & {
  /** Ms since the epoch. */
  readonly time: number;
};
