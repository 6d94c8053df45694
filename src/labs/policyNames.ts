import { readEvent } from '../events/wire/event.ts';
import type { HookNames } from '../events/wire/hookNames.ts';
import { PACKED_KIND, type PackedEvent } from '../events/wire/packed.ts';

/**
 * Which policy an event is of; undefined: of none.
 *
 * @param hookNames of the policies that the agent has told of
 */
export function policyNameOf(
  event: PackedEvent,
  hookNames: (policy: number, hook: number) => HookNames | undefined,
): string | undefined {
  if (event.kind !== PACKED_KIND.policy) return undefined;
  const read = readEvent(event, { node: '', hookNames, parent: () => undefined });
  return 'policyName' in read ? read.policyName : undefined;
}
