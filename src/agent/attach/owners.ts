import type { PolicyDescription } from '../messages.ts';

/** Which screen has armed which policy: it is disarmed when its screen is gone. What nobody owns follows the agent itself. */
export type Owners<Screen> = {
  /** @param screen undefined: it was armed by other means */
  armed(policy: number, screen: Screen | undefined): void;
  /** As the policies are now: what isn't armed any more belongs to nobody. */
  onPolicies(changes: { changed: readonly PolicyState[]; removed: readonly number[] }): void;
  /** What a screen has armed, which then belongs to nobody. */
  release(screen: Screen): number[];
};

type PolicyState = Pick<PolicyDescription, 'id' | 'mode'>;

export function createOwners<Screen>(): Owners<Screen> {
  const owners = new Map<number, Screen>();
  return {
    armed(policy, screen) {
      if (screen === undefined) owners.delete(policy);
      else owners.set(policy, screen);
    },
    onPolicies({ changed, removed }) {
      for (const policy of removed) owners.delete(policy);
      for (const { id, mode } of changed) if (mode !== 'enforce') owners.delete(id);
    },
    release(screen) {
      const policies = [...owners].flatMap(([policy, owner]) => (owner === screen ? [policy] : []));
      for (const policy of policies) owners.delete(policy);
      return policies;
    },
  };
}
