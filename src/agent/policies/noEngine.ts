import { type PolicyEngine, PolicyRefusal } from './engine.ts';

/**
 * Stands in where the kernel takes the process sensor but not the policies' programs: processes are still seen, and every policy
 * is refused with the kernel's reason.
 */
export function createNoEngine(reason: string): PolicyEngine {
  const refuse = () => {
    throw new PolicyRefusal(`the kernel refused the programs that run policies: ${reason}`);
  };
  return {
    install: refuse,
    setMode: refuse,
    arm: refuse,
    disarmAll: () => 0,
    settle: () => [],
    status: () => [],
    hookNames: () => undefined,
    recursionMisses: () => 0,
    close: () => {},
  };
}
