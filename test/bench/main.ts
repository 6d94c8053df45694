// npm run bench: measures against the budgets of the design, prints a table, and writes it with the machine as bench.json.
// Figures are ratios or differences within one run, or counts; run it on a quiet machine.
import { writeFileSync } from 'node:fs';
import {
  type BenchArguments,
  BenchUsageError,
  chooseSteps,
  readArguments,
  USAGE,
} from './arguments.ts';
import { formatTable, isMet } from './figure.ts';
import { prepareBench } from './fixtures.ts';
import { endInOrder } from './interrupt.ts';
import { describeMachine, noiseDuring, noiseOf } from './machine.ts';
import { measureStep } from './measureStep.ts';
import type { BenchResults, StepResult } from './results.ts';
import { STEPS } from './steps.ts';

const FILE = 'bench.json';
const NAMES = STEPS.map(({ name }) => name);

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function runBench({ only, quick }: BenchArguments): Promise<boolean> {
  const machine = await describeMachine();
  const noise = noiseOf(machine);
  const chosen = chooseSteps(NAMES, only);
  const steps: StepResult[] = [];
  const bench = prepareBench();
  const interrupted = endInOrder(bench.remove, say);
  for (const step of STEPS) {
    if (!chosen.includes(step.name)) continue;
    say(`${step.name}: ${step.about}`);
    const result = await measureStep(step, bench, quick, say);
    // It failed of that, and this process is about to end.
    if (interrupted.aborted) return await new Promise<never>(() => {});
    steps.push(result);
    // After each: what was measured stays, whatever becomes of the next.
    const results: BenchResults = { machine, noise, quick, steps };
    writeFileSync(FILE, `${JSON.stringify(results, undefined, 2)}\n`);
  }
  return report(steps, { noise, quick });
}

/** Prints all figures, and what must be known of them. Whether all are met. */
function report(
  steps: readonly StepResult[],
  { noise, quick }: Pick<BenchResults, 'noise' | 'quick'>,
): boolean {
  const figures = steps.flatMap((step) => step.figures);
  process.stdout.write(`${formatTable(figures)}\n`);
  if (quick) say('--quick: fewer rounds than the budgets are meant for');
  if (noise !== undefined) say(`warning: ${noise}`);
  for (const { name, disturbance } of steps) {
    const doubt = disturbance && noiseDuring(disturbance);
    if (doubt !== undefined) say(`warning: ${name} is doubtful: ${doubt}`);
  }
  const unmet = figures.filter((figure) => !isMet(figure)).length;
  if (unmet > 0) say(`${unmet} of ${figures.length} figures are not met`);
  return unmet === 0;
}

async function main(words: readonly string[]): Promise<number> {
  const asked = readArguments(words, NAMES);
  if (asked.help) process.stdout.write(`${USAGE}\n`);
  else if (asked.list)
    for (const { name, about } of STEPS) process.stdout.write(`${name.padEnd(16)}${about}\n`);
  else if (process.geteuid?.() !== 0)
    throw new BenchUsageError('The benchmarks load programs into the kernel: run them as root');
  else return (await runBench(asked)) ? 0 : 1;
  return 0;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BenchUsageError)) throw error;
  say(error.message);
  process.exit(2);
}
