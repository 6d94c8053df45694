import type { PolicyStatus } from '../../agent/messages.ts';

/** Matches per second of each policy, from the counters that the agent tells. */
export type PolicyRates = {
  /** Closes the current interval; call about once a second. @param now ms, of a clock that doesn't jump */
  tick(policies: readonly Pick<PolicyStatus, 'id' | 'counts'>[], now: number): void;
  /** Of the last closed interval; 0 before there was one. */
  of(policy: number): number;
};

export function createPolicyRates(): PolicyRates {
  let matched = new Map<number, number>();
  let perSecond = new Map<number, number>();
  let closedAt = 0;
  return {
    tick(policies, now) {
      const seconds = (now - closedAt) / 1000;
      perSecond = new Map(
        policies.map(({ id, counts }) => {
          const before = matched.get(id) ?? counts.matched;
          // The number of a policy that is gone is taken again, by counters that begin anew.
          return [id, seconds > 0 ? Math.max(0, counts.matched - before) / seconds : 0];
        }),
      );
      matched = new Map(policies.map(({ id, counts }) => [id, counts.matched]));
      closedAt = now;
    },
    of: (policy) => perSecond.get(policy) ?? 0,
  };
}
