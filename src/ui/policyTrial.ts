import type { TrialResult } from '../agent/trial.ts';

/** A policy's trigger that runs, or has run. */
export type PolicyTrial = {
  readonly policyId: number;
  readonly policyName: string;
  readonly request: number;
  /** undefined: it still runs. */
  readonly result: TrialResult | undefined;
  /** Lines that are scrolled off. */
  readonly top: number;
};
