import { parseArgs } from 'node:util';

export type SoakArguments = {
  readonly seconds: number;
  readonly seed: number;
  readonly perSecond: number;
};

/** Wrong words on the command line; the message is for whoever typed them. */
export class ArgumentError extends Error {}

export const USAGE = `sudo npm run soak -- [--minutes N] [--seed S] [--rate R]
  --minutes N   how long, fractions too (0.2 at least; default 20), after a minute and a half in which Trigon's stores are filled
  --seed S      a whole number: the same deeds in the same order (default: of the clock)
  --rate R      deeds of the load a second, 10 to 2000 (default 300)
  -h, --help    this

Prints a summary, and writes it as soak.json. Ends with 0 when all was well, 1 when something failed, 2 for wrong arguments, 130 when it
was interrupted and all was well until then. See docs/soak.md.`;

const LEAST_MINUTES = 0.2;
const MOST_MINUTES = 7 * 24 * 60;

/** @returns 'help' when that is asked for. @throws ArgumentError */
export function readArguments(words: readonly string[], now: number): SoakArguments | 'help' {
  const { minutes, seed, rate, help } = parse(words);
  if (help) return 'help';
  const length = numberOf('--minutes', minutes ?? '20', LEAST_MINUTES, MOST_MINUTES);
  return {
    seconds: length * 60,
    seed: wholeNumber('--seed', seed ?? String(now % 1_000_000), 0, 0x7fffffff),
    perSecond: wholeNumber('--rate', rate ?? '300', 10, 2000),
  };
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    const options = { minutes: text, seed: text, rate: text, help };
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new ArgumentError(`${name} must be a number from ${least} to ${most}, not "${text}"`);
  return value;
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = numberOf(name, text, least, most);
  if (!Number.isInteger(value)) throw new ArgumentError(`${name} must be a whole number`);
  return value;
}
