import type { Figure } from './figure.ts';
import type { Bench } from './fixtures.ts';

/** How much is measured. */
export type Effort = {
  /** Fewer rounds. */
  readonly quick: boolean;
};

/** A part of the benchmarks that can be run by itself. */
export type Step = {
  readonly name: string;
  /** One line, for the list and the page. */
  readonly about: string;
  measure(bench: Bench, effort: Effort): Promise<Figure[]>;
};
