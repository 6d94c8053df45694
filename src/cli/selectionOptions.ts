import { type EventSelection, eventKind } from '../agent/selection.ts';
import { parseFilter } from '../events/filter/parse.ts';
import { EVENT_TYPES, type EventKind } from '../events/types.ts';
import { type OptionValues, UsageError, wholeNumber } from './optionValues.ts';

/** Which events are wanted as lines. @throws UsageError */
export function selectionOf(values: OptionValues): EventSelection {
  const pids = values.list('pid').map((text) => wholeNumber('--pid', text));
  if (values.isSet('follow') && pids.length === 0)
    throw new UsageError('--follow needs --pid: whose descendants?');
  const filter = values.text('filter') ?? '';
  const { error, at = 0 } = { at: 0, ...parseFilter(filter) };
  if (error) throw new UsageError(`--filter, at character ${at + 1}: ${error}`);
  return {
    kinds: values.list('event-types').map(kindOf),
    binaries: values.list('binary').map(checkRegex),
    pids,
    follow: values.isSet('follow'),
    users: values.list('user'),
    containers: values.list('container'),
    policies: values.list('policy-names'),
    filter,
  };
}

function kindOf(name: string): EventKind {
  const kind = eventKind(name);
  if (!kind)
    throw new UsageError(
      `--event-types: unknown type "${name}"; there are ${Object.values(EVENT_TYPES)
        .map(({ name: type }) => type)
        .join(', ')}`,
    );
  return kind;
}

function checkRegex(source: string): string {
  try {
    new RegExp(source, 'u');
  } catch (error) {
    throw new UsageError(`--binary: ${error instanceof Error ? error.message : String(error)}`);
  }
  return source;
}
