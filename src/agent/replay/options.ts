import type { LineOptions } from '../messages.ts';

/** What is to be replayed, and how: the worker's data. */
export type ReplayOptions = {
  /** Files, folders, `-`. */
  readonly files: readonly string[];
  /** With each file those that were rotated away from it. */
  readonly withRotated: boolean;
  /** The last of the files may grow. */
  readonly isTailing: boolean;
  readonly output: { readonly kind: 'records' } | LineOptions;
  /** Times faster than it happened; Infinity: as fast as it goes. */
  readonly speed: number;
  /** Gaps of more than a minute last as long as they did. */
  readonly hasRealGaps: boolean;
};
