import type { HookNames } from '../events/wire/event.ts';
import type { PolicyStatus } from './messages.ts';

/** Finds the names of a policy event's hook in the last status that the agent sent. */
export function hookNamesOf(
  policies: readonly PolicyStatus[],
): (policy: number, hook: number) => HookNames | undefined {
  const names = new Map(
    policies.flatMap((policy) => policy.hooks.map((hook) => [hook.number, hook.names])),
  );
  return (_policy, hook) => names.get(hook);
}
