import type { PolicyEngine } from './engine.ts';
import { PolicyRefusal } from './refusal.ts';

/** Stands in where no policy can run, now or at all: processes are still seen, and every policy is refused with the reason. */
export function createNoEngine(reason: string): PolicyEngine {
  const refuse = () => {
    throw new PolicyRefusal(reason);
  };
  return {
    install: refuse,
    replace: refuse,
    remove: refuse,
    setProblems: refuse,
    policyOf: refuse,
    setMode: refuse,
    arm: refuse,
    disarm: () => {},
    disarmAll: () => 0,
    settle: () => [],
    followClock: () => {},
    isArmed: () => false,
    describe: () => [],
    stateOf: refuse,
    watchedOf: refuse,
    takeStates: () => [],
    status: () => [],
    takeChanges: () => ({ changed: [], removed: [] }),
    hookNames: () => undefined,
    findHook: () => undefined,
    sweep: () => {},
    workloads: { seen: () => {}, learn: () => {}, keep: () => {}, size: 0 },
    recursionMisses: () => 0,
    close: () => {},
  };
}
