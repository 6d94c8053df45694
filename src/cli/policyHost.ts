import { findHostAbilities, guessHostAbilities } from '../agent/host/abilities.ts';
import { isCovered, readCapabilities } from '../agent/host/capabilities.ts';
import type { HostAbilities } from '../policies/plan.ts';

/** The host that `policy check` plans for. */
export type HostToPlanFor = {
  abilities: HostAbilities;
  /** Why they are only guessed, so that the plan is good for warnings and no more; undefined: they were tried. */
  guessed: string | undefined;
};

/** What this kernel can do is found out by loading tiny programs, which needs privileges. */
export function hostToPlanFor(): HostToPlanFor {
  const capabilities = readCapabilities();
  return isCovered(capabilities, 'CAP_BPF') && isCovered(capabilities, 'CAP_PERFMON')
    ? { abilities: findHostAbilities(), guessed: undefined }
    : {
        abilities: guessHostAbilities(),
        guessed: 'to try what this kernel can do needs root, or CAP_BPF and CAP_PERFMON',
      };
}
