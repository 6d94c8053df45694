import { groupsOf, type RedactionFilter } from '../redaction.ts';
import { fieldsOf } from './fields.ts';
import { readObjects } from './jsonObjects.ts';

/**
 * Tetragon's `--redaction-filters`: JSON objects `{"binary_regex": […], "redact": […]}`, one a line. What would hide nothing is an
 * error: who gives a filter relies on it.
 *
 * @param name what messages call the text
 * @throws FilterError
 */
export function parseRedactionFilters(text: string, name: string): RedactionFilter[] {
  return readObjects(text, name).map(({ value, place }) => {
    const reader = fieldsOf(value, place, 'a redaction filter');
    const binaryRegex = reader.regexes('binary_regex')?.map((regex) => regex.pattern()) ?? [];
    const redact = reader.regexes('redact')?.map((regex) => regex.pattern()) ?? [];
    if (reader.take('match') !== undefined)
      reader.fail(
        'match',
        'is no longer known to Tetragon either; binary_regex names the processes',
      );
    reader.end();
    if (redact.length === 0)
      reader.fail('redact', 'is missing: patterns with what must be hidden in ( )');
    const idle = redact.find((source) => groupsOf(source) === 0);
    if (idle !== undefined)
      reader.fail('redact', `"${idle}" hides nothing: what must be hidden stands in ( )`);
    return { binaryRegex, redact };
  });
}
