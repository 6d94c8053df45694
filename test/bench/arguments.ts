/** What `npm run bench -- …` was asked for. */
export type BenchArguments = {
  /** Only the steps whose name contains this; undefined: all. */
  readonly only: string | undefined;
  /** Fewer rounds: while something is worked on. */
  readonly quick: boolean;
  /** Nothing is measured: the steps are listed. */
  readonly list: boolean;
  /** Nothing is measured: USAGE is shown. */
  readonly help: boolean;
};

/** The command line is wrong; the message says how, with the usage. */
export class BenchUsageError extends Error {}

export const USAGE = `npm run bench -- [--only TEXT] [--quick] [--list] [--help]
  --only TEXT   only the steps whose name contains TEXT
  --quick       fewer rounds, for development: its figures are worth less
  --list        list the steps, measure nothing
  --help        show this, measure nothing

It needs root, and a machine that does nothing else. The table goes to standard output, and after each step, with the machine, to
bench.json in the folder at hand. Exit code 1: a budget is not met, or a step failed. Ctrl-C ends in order what runs.

npm run bench installs what Trigon is compared with, when it is missing and apt-get is there: bpftrace, libbpf-tools, linux-perf, strace.
Without installing anything, after npm start has set Trigon up: node_modules/.bin/node test/bench/main.ts [--only TEXT …]
What is missing then is named as not possible.`;

const wrong = (what: string): never => {
  throw new BenchUsageError(`${what}\n${USAGE}`);
};

/**
 * @param steps names of the steps there are
 * @throws BenchUsageError
 */
export function readArguments(words: readonly string[], steps: readonly string[]): BenchArguments {
  let only: string | undefined;
  let quick = false;
  let list = false;
  let help = false;
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--quick') quick = true;
    else if (word === '--list') list = true;
    else if (word === '--help' || word === '-h') help = true;
    else if (word === '--only' || word.startsWith('--only=')) {
      const text = word === '--only' ? rest.shift() : word.slice('--only='.length);
      only = text || wrong('--only needs a text: a part of the name of a step');
    } else wrong(`unknown argument: ${word}`);
  }
  if (only !== undefined && chooseSteps(steps, only).length === 0)
    wrong(`--only ${only}: no step has a name with that; there are:\n  ${steps.join('\n  ')}`);
  return { only, quick, list, help };
}

/** Those of the names that contain the text; all without one. */
export const chooseSteps = (names: readonly string[], only: string | undefined): string[] =>
  names.filter((name) => only === undefined || name.includes(only));
