import type { EngineHook } from '../../../src/agent/policies/engine.ts';
import { hookNames } from '../wire/records.ts';

/** A hook of a policy as the engine knows it. */
export const engineHook = (policyName: string, fields: Partial<EngineHook> = {}): EngineHook => ({
  selectors: [],
  network: { done: 0, failed: 0, dropped: 0, refused: 0 },
  index: 0,
  shape: '1',
  call: 'sys_write',
  severity: 'high',
  names: hookNames(undefined, { policyName, message: `${policyName} saw it` }),
  ...fields,
});
