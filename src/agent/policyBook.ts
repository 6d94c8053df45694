import type { HookNames } from '../events/wire/event.ts';
import type { FromAgent, PolicyDescription, PolicyState, PolicyStatus } from './messages.ts';
import { addCounts, NO_COUNTS } from './selectorCounts.ts';

/** The policies as the agent's messages tell of them: descriptions when they change, counters twice a second. */
export type PolicyBook = {
  describe(message: Extract<FromAgent, { type: 'policies' }>): void;
  count(states: readonly PolicyState[]): void;
  /** In the order of their numbers. The same list as at the last call while nothing has changed. */
  list(): readonly PolicyStatus[];
  /** Names of a policy event's hook; those of a policy that was removed are kept until another takes its numbers. */
  hookNames(policy: number, hook: number): HookNames | undefined;
};

export function createPolicyBook(): PolicyBook {
  const descriptions = new Map<number, PolicyDescription>();
  const states = new Map<number, PolicyState>();
  const names = new Map<number, HookNames>();
  let merged: readonly PolicyStatus[] | undefined;

  return {
    describe({ changed, removed }) {
      for (const id of removed) {
        descriptions.delete(id);
        states.delete(id);
      }
      for (const policy of changed) {
        descriptions.set(policy.id, policy);
        for (const { points } of policy.hooks)
          for (const point of points)
            if (point.names) for (const number of point.numbers) names.set(number, point.names);
      }
      merged = undefined;
    },
    count(all) {
      for (const state of all) states.set(state.id, state);
      merged = undefined;
    },
    list() {
      merged ??= [...descriptions.values()]
        .sort((a, b) => a.id - b.id)
        .map((policy) => mergeStatus(policy, states.get(policy.id)));
      return merged;
    },
    hookNames: (_policy, hook) => names.get(hook),
  };
}

/** @param state undefined: none has come yet */
export function mergeStatus(
  description: PolicyDescription,
  state: PolicyState | undefined,
): PolicyStatus {
  const { counts, ...rest } = state ?? unknownState(description.id);
  const hooks = description.hooks.map((hook, at) => ({
    ...hook,
    selectors: hook.selectors.map((selector, index) => ({
      ...selector,
      counts: counts[at]?.[index] ?? NO_COUNTS,
    })),
  }));
  const all = hooks.flatMap(({ selectors }) => selectors.map((selector) => selector.counts));
  return { ...description, ...rest, hooks, counts: addCounts(all) };
}

const unknownState = (id: number): PolicyState => ({
  id,
  counts: [],
  runs: { runs: 0, runTimeNs: 0, argumentFaults: 0, pendingLost: 0 },
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
});
