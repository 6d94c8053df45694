import type { PolicyStatus } from '../agent/messages.ts';

export type FuseNews = {
  /**
   * Whether a fuse has blown that nobody has seen yet: it is over when the policy is shown, or armed again.
   *
   * @param isSeen the policies are on the screen
   */
  isNew(policies: readonly PolicyStatus[], isSeen: boolean): boolean;
};

/** An arming that ended by itself is worth more than a notice of seconds. */
export function createFuseNews(): FuseNews {
  /** Ids of policies whose blown fuse was seen. */
  let seen: ReadonlySet<number> = new Set();

  return {
    isNew(policies, isSeen) {
      const blown = policies.filter(({ fuseBlown, mode }) => fuseBlown && mode !== 'enforce');
      const known = blown.filter(({ id }) => isSeen || seen.has(id));
      seen = new Set(known.map(({ id }) => id));
      return known.length < blown.length;
    },
  };
}
