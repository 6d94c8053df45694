import { Script } from 'node:vm';
import { createRandom } from '../../screen/terminal/random.ts';
import type { Area } from './area.ts';
import { changedBytes } from './mutate.ts';

export type HuntOptions = {
  readonly seed: number;
  /** Of the first input: to repeat one. */
  readonly from?: number;
  /** Inputs. */
  readonly count: number;
  /** The hunt ends earlier when it has taken so long. */
  readonly seconds?: number;
  /** After which a reader that doesn't come back is stopped, on the clock: the machine may have much else to do. */
  readonly hangsMs?: number;
  /** How far our own memory may grow. */
  readonly mostGrowth?: number;
};

export type HuntSummary = {
  readonly area: string;
  readonly inputs: number;
  readonly seconds: number;
  /** Of processor time, for one input. */
  readonly slowestMs: number;
};

/** Of processor time for one input of at most 1 MiB: far more than any of them needs, far less than a hang. */
const MOST_MS = 3000;
const HANGS_MS = 30_000;
const MOST_GROWTH = 768 << 20;
const LOOK_EVERY = 64;
/** Attempts to make an input that shows the same smaller. */
const MOST_ATTEMPTS = 400;
const SMALL_ENOUGH_MS = 20_000;

/**
 * Tries random inputs, each the same for the same seed and number. An exception, a hang and memory that grows are findings.
 *
 * @throws Error that tells what was found, the smallest input that shows it, and how to repeat it
 */
export async function hunt(area: Area, options: HuntOptions): Promise<HuntSummary> {
  const { seed, from = 0, count, seconds = Number.POSITIVE_INFINITY } = options;
  const { hangsMs = HANGS_MS, mostGrowth = MOST_GROWTH } = options;
  const seeds = area.seeds();
  const begin = performance.now();
  const memory = process.memoryUsage.rss();
  let slowestMs = 0;
  let inputs = 0;
  for (let number = from; number < from + count; number++) {
    if (performance.now() - begin > seconds * 1000) break;
    const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ number);
    const input = area.make ? area.make(random, seeds) : changedBytes(random, seeds);
    const { failure, ms } = await tryInput(area, input, hangsMs);
    slowestMs = Math.max(slowestMs, ms);
    inputs += 1;
    const grown = inputs % LOOK_EVERY === 0 ? process.memoryUsage.rss() - memory : 0;
    const found =
      failure ?? (grown > mostGrowth ? `${grown >> 20} MiB of memory were taken` : undefined);
    if (found !== undefined)
      throw new Error(
        await report(area, { seed, number, input, failure: found, hangsMs }, failure),
      );
  }
  const took = (performance.now() - begin) / 1000;
  return { area: area.name, inputs, seconds: took, slowestMs: Math.round(slowestMs) };
}

type Tried = { readonly failure: string | undefined; readonly ms: number };

async function tryInput(area: Area, input: Buffer, hangsMs: number): Promise<Tried> {
  const before = process.cpuUsage();
  let failure: string | undefined;
  try {
    await stopping(() => area.check(input), hangsMs);
  } catch (error) {
    failure = wordsOf(error);
  }
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  return { failure: failure ?? (ms > MOST_MS ? 'it takes too long' : undefined), ms };
}

const GUARDED = Symbol.for('trigon.fuzz.guarded');
const guard = new Script(`globalThis[Symbol.for('trigon.fuzz.guarded')]()`);

/** Runs what may never come back: only a script of its own can be interrupted. */
function stopping<T>(run: () => T, hangsMs: number): T {
  const shelf = globalThis as { [GUARDED]?: () => T };
  shelf[GUARDED] = run;
  return guard.runInThisContext({ timeout: hangsMs }) as T;
}

/** What went wrong and where, without what is different for each input. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'it hangs';
  const place = error.stack?.split('\n').find((line) => line.includes('/src/'));
  return `${error.name}: ${error.message.slice(0, 300)}${place === undefined ? '' : `\n${place}`}`;
}

/** Which of the findings it is: numbers in it are the input's. */
const kindOf = (failure: string): string => failure.replace(/\d+/g, 'N').slice(0, 60);

type Finding = {
  readonly seed: number;
  readonly number: number;
  readonly input: Buffer;
  readonly failure: string;
  readonly hangsMs: number;
};

/** @param own what the input alone leads to: what many have led to together can't be shown by a smaller one */
async function report(area: Area, finding: Finding, own: string | undefined): Promise<string> {
  const { seed, number, input, failure } = finding;
  const small = own === undefined ? input : await smaller(area, finding);
  return [
    `${area.name}: ${failure}`,
    `input, ${small.length} bytes (of ${input.length}): ${JSON.stringify(small.subarray(0, 2000).toString('latin1'))}`,
    ...(small.length <= 4000 ? [`in base64: ${small.toString('base64')}`] : []),
    `again: npm run fuzz -- --parsers ${area.name} --seed ${seed} --from ${number} --count 1`,
  ].join('\n');
}

/** Leaves out parts, halves first, as long as the same is found. */
async function smaller(area: Area, { input, failure, hangsMs }: Finding): Promise<Buffer> {
  if (failure === 'it hangs') return input;
  const until = performance.now() + SMALL_ENOUGH_MS;
  const wanted = kindOf(failure);
  let best = input;
  let attempts = 0;
  for (let part = best.length >> 1; part > 0; part >>= 1)
    for (let at = 0; at < best.length; ) {
      attempts += 1;
      if (attempts > MOST_ATTEMPTS || performance.now() > until) return best;
      const less = Buffer.concat([best.subarray(0, at), best.subarray(at + part)]);
      const tried = await tryInput(area, less, hangsMs);
      if (tried.failure !== undefined && kindOf(tried.failure) === wanted) best = less;
      else at += part;
    }
  return best;
}
