import { type Figure, formatTable } from './figure.ts';
import type { Bench } from './fixtures.ts';
import { noiseDuring, watchMachine } from './machine.ts';
import type { StepResult } from './results.ts';
import type { Step } from './step.ts';

/** Measures a step, and how quiet the machine was meanwhile. One that fails is a figure that is not met; the others go on. */
export async function measureStep(
  step: Step,
  bench: Bench,
  quick: boolean,
  say: (text: string) => void,
): Promise<StepResult> {
  const { name, about } = step;
  const started = performance.now();
  const readDisturbance = watchMachine();
  const figures = await step.measure(bench, { quick }).catch((error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return [failed(name, error)];
  });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  const disturbance = readDisturbance();
  say(`${formatTable(figures)}\n`);
  const noise = noiseDuring(disturbance);
  if (noise !== undefined) say(`${name} is doubtful: ${noise}\n`);
  return { name, about, seconds, disturbance, figures };
}

/** With the first line of the message alone: what follows may be a screen, with the command lines of others. */
const failed = (name: string, error: unknown): Figure => ({
  ...{ name, value: undefined, unit: '', budget: undefined, spread: undefined },
  error: (error instanceof Error ? error.message : String(error)).replace(/\n.*/s, ''),
});
