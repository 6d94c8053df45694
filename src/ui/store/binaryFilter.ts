import type { FilterSubject } from '../../events/filter/language.ts';
import type { BinaryRow } from './binaryRow.ts';
import type { BinaryField } from './filterFields.ts';

/** A program as a filter sees it. */
export function binarySubject({ counters, perSecond }: BinaryRow): FilterSubject<BinaryField> {
  return {
    field(name) {
      if (name === 'rate') return String(perSecond ?? 0);
      return String(name === 'lost' ? counters.untold : counters[name]);
    },
    text: () => counters.binary,
  };
}
