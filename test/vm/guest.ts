/**
 * Runs the cases of a boot inside its VM, one after the other, and writes what came of each as a line of JSON (GuestLine).
 *   guest.ts BOOT VICTIM [ONLY]       VICTIM: the program of victim.c; ONLY: part of the names of the cases to run
 * It is plain Node: vitest's machinery is too much for an emulated CPU.
 */
import { writeSync } from 'node:fs';
import { release } from 'node:os';
import { inspect } from 'node:util';
import { isBootName } from './boots.ts';
import type { Case, Findings, GuestLine } from './case.ts';
import { CASES } from './cases.ts';
import { type Grounds, openGrounds } from './ground.ts';

const DEFAULT_LIMIT_SECONDS = 120;

/** Synchronously: a line must be out before the kernel may crash. */
const tell = (line: GuestLine) => writeSync(1, `${JSON.stringify(line)}\n`);

const words = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : inspect(error);

function withLimit<T>(work: Promise<T>, seconds: number): Promise<T> {
  let timer: NodeJS.Timeout;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}

async function runCase({ name, run, limitSeconds }: Case, grounds: Grounds): Promise<void> {
  tell({ type: 'begun', name });
  const started = performance.now();
  let problem: string | undefined;
  let found: Findings = {};
  try {
    const work = async () => run(await grounds.open(name));
    found = await withLimit(work(), limitSeconds ?? DEFAULT_LIMIT_SECONDS);
    await withLimit(grounds.close(), DEFAULT_LIMIT_SECONDS);
  } catch (error) {
    problem = words(error);
    // Nobody knows what it has left in the agent, or whether there still is one.
    await withLimit(grounds.stopAgent(), DEFAULT_LIMIT_SECONDS).catch(() => {});
  }
  tell({ type: 'ended', name, problem, seconds: (performance.now() - started) / 1000, found });
}

async function main(): Promise<void> {
  const [boot = '', victim = '', only = ''] = process.argv.slice(2);
  if (!isBootName(boot)) throw new Error(`no boot ${boot}`);
  const cases = CASES.filter(({ name, boots }) => boots.includes(boot) && name.includes(only));
  tell({ type: 'started', release: release(), cases: cases.map(({ name }) => name) });
  const grounds = openGrounds(boot, victim);
  for (const each of cases) await runCase(each, grounds);
  await grounds.stopAgent();
  tell({ type: 'finished' });
}

// A promise of one case that fails while another one runs would otherwise end them all.
process.on('unhandledRejection', (reason) => process.stderr.write(`${words(reason)}\n`));
await main();
process.exit(0);
