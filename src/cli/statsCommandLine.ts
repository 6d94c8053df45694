import { choice, type OptionValues, UsageError, wholeNumber } from './optionValues.ts';
import type { Instance } from './policyCommandLine.ts';

export type StatsOptions = {
  readonly instance: Instance;
  readonly output: 'table' | 'json' | 'prometheus';
  /** In the table, policies that are off and have counted nothing too. */
  readonly all: boolean;
};

/** @throws UsageError */
export function statsOptions(values: OptionValues): StatsOptions {
  const pid = values.text('pid');
  const socket = values.text('socket');
  if (pid !== undefined && socket !== undefined)
    throw new UsageError('--socket and --pid both say which Trigon; give one of them');
  return {
    instance: { socket, pid: pid === undefined ? undefined : wholeNumber('--pid', pid) },
    output: choice('--output', values.text('output') ?? 'table', ['table', 'json', 'prometheus']),
    all: values.isSet('all'),
  };
}
