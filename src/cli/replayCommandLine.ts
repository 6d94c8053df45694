import type { ReplayOptions } from '../agent/replay/options.ts';
import { isColored } from './colorOption.ts';
import type { Config } from './config.ts';
import { type LookOptions, lookOptions } from './lookOptions.ts';
import { choice, type OptionValues, UsageError, wholeNumber } from './optionValues.ts';
import { selectionOf } from './selectionOptions.ts';

/** `trigon replay`. Its output decides whether there is a screen. */
export type ReplayCommand = ReplayOptions & LookOptions;

const MOST_SPEED = 1_000_000;
const LEAST_SPEED = 0.001;

/** Options that say which lines are printed, and how. */
const OF_LINES = [
  ...['event-types', 'binary', 'pid', 'follow', 'user', 'container', 'policy-names', 'filter'],
  ...['count', 'timestamps', 'color'],
] as const;

/** @param words files. @throws UsageError */
export function replayOptions(
  words: readonly string[],
  values: OptionValues,
  config: Config,
): ReplayCommand {
  if (words.length === 0)
    throw new UsageError(
      'replay what? It is "trigon replay FILE…", "trigon replay FOLDER", or "-" for standard input',
    );
  return {
    ...lookOptions(values, config),
    files: [...words],
    withRotated: values.isSet('rotated'),
    isTailing: values.isSet('tail'),
    output: outputOf(values),
    speed: speedOf(values.text('speed') ?? 'max'),
    hasRealGaps: values.isSet('real-gaps'),
  };
}

function outputOf(values: OptionValues): ReplayOptions['output'] {
  const format = values.text('output');
  if (format === undefined && process.stdout.isTTY) {
    const foreign = OF_LINES.find(values.isGiven);
    if (foreign !== undefined)
      throw new UsageError(`--${foreign} is for lines: give -o compact or -o json with it`);
    return { kind: 'records' };
  }
  const count = values.text('count');
  return {
    kind: choice('--output', format ?? 'compact', ['compact', 'json']),
    color: isColored(values),
    timestamps: values.isSet('timestamps'),
    selection: selectionOf(values),
    limit: count === undefined ? undefined : wholeNumber('--count', count),
    perMinute: undefined,
  };
}

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = /^\d+(\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : 0;
  if (speed < LEAST_SPEED || speed > MOST_SPEED)
    throw new UsageError(
      `--speed must be a number such as 1 or 10 (${LEAST_SPEED} to ${MOST_SPEED}), or max; not "${text}"`,
    );
  return speed;
}
