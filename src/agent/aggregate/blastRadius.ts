import type { BlastRadius } from '../messages.ts';
import { createOwnership, type OwnProcesses } from '../own.ts';
import type { Blast } from './blast.ts';
import type { Now } from './tree.ts';

export type BlastQuestion = {
  policy: number;
  /** How far back. */
  minutes: number;
  /** Seconds of these that the policy was on. */
  watched: number;
  /** Matches of its selectors that the kernel has counted, since the policy was loaded. */
  counted: number;
  own: OwnProcesses;
};

/** Whom arming a policy would hit, by what it has seen. Looks into /proc: for when somebody asks. */
export function blastRadius(
  blast: Blast,
  { policy, minutes, watched, counted, own }: BlastQuestion,
  now: Now,
): BlastRadius {
  const ownerOf = createOwnership(own);
  return {
    minutes,
    watched,
    rows: blast
      .rows(policy, minutes, now)
      .map(({ pids, ...row }) => ({ ...row, own: ownerOf({ pids, binary: row.binary }) })),
    // Events that are still on their way are counted, and not told of yet.
    untold: Math.max(0, counted - blast.told(policy)),
  };
}
