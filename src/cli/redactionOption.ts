import type { RedactionFilter } from '../events/redaction.ts';
import { parseRedactionFilters } from '../events/tetragonFilter/redactionFilters.ts';
import { type OptionValues, UsageError } from './optionValues.ts';

/** Of `--redaction-filters`; undefined: nothing is hidden. @throws UsageError */
export function redactionOf(values: OptionValues): RedactionFilter[] | undefined {
  const text = values.text('redaction-filters');
  if (text === undefined) return undefined;
  try {
    return parseRedactionFilters(text, '--redaction-filters');
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
