import type { Figure } from './figure.ts';
import type { Disturbance, Machine } from './machine.ts';

/** What bench.json holds, and docs/performance.json. */
export type BenchResults = {
  readonly machine: Machine;
  /** What makes the figures doubtful. */
  readonly noise: string | undefined;
  /** Fewer rounds. */
  readonly quick: boolean;
  /** In the order in which they were measured. */
  readonly steps: readonly StepResult[];
};

export type StepResult = {
  readonly name: string;
  readonly about: string;
  readonly seconds: number;
  /** While it was measured. Results from before 2026-11-23 have none. */
  readonly disturbance?: Disturbance;
  readonly figures: readonly Figure[];
};
