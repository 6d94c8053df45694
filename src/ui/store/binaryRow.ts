import type { BinaryCounters } from '../../agent/messages.ts';

/** A program with what the screen works out itself. */
export type BinaryRow = {
  readonly counters: BinaryCounters;
  /** Events a second, of the last seconds; undefined: not known yet. */
  readonly perSecond: number | undefined;
};
