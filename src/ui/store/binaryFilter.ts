import type { FilterSubject } from '../../events/filter/language.ts';
import type { BinaryRow } from './binaryRow.ts';
import type { BinaryField } from './filterFields.ts';

/** A program as a filter sees it. */
export function binarySubject({ counters, perSecond }: BinaryRow): FilterSubject<BinaryField> {
  return {
    field(name) {
      return String(name === 'rate' ? (perSecond ?? 0) : counters[name]);
    },
    text: () => counters.binary,
  };
}
