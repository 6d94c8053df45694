/** What the filters of a hook on file accesses tell beforehand: which kinds of access it can match at all (the system calls of the
 * others are left alone, which is what makes a policy on writes cost reads nothing), and which filters are about the file alone. */
import { tg_field as FIELD, tg_filter_flag as FLAG } from '../../generated/layouts.ts';
import type { SyscallAccess } from '../../policies/plan.ts';
import type { FilterSpec } from './filterSpec.ts';
import type { SelectorFilters } from './filters.ts';
import type { HookValues } from './values.ts';

export type Access = SyscallAccess['accesses'][number]['access'];

/** The mask that security_file_permission() gets: include/linux/fs.h. */
export const ACCESS_MASKS = { write: 2, read: 4 } as const satisfies Record<Access, number>;

/** As in the kernel side: signed numbers are compared with their top bit flipped. */
const SIGN_BIAS = 1n << 63n;

/** Whether a filter can hold for an access; true also when only the kernel side can tell. */
function canHold(filter: FilterSpec, mask: bigint): boolean {
  const negated = (filter.flags & FLAG.TG_FILTER_NEGATED) !== 0;
  switch (filter.operator) {
    case 'TG_OPERATOR_RANGES': {
      const number = filter.flags & FLAG.TG_FILTER_SIGNED ? mask + SIGN_BIAS : mask;
      const isIn = filter.numbers.some(
        (from, at) => at % 2 === 0 && from <= number && number <= (filter.numbers[at + 1] ?? from),
      );
      return isIn !== negated;
    }
    case 'TG_OPERATOR_MASK':
      return ((mask & (filter.numbers[0] ?? 0n)) !== 0n) !== negated;
    default:
      return true;
  }
}

/** @param selectors those of the hook at a point of kind fileAccess; one of them is enough */
export function accessesOf(
  values: HookValues,
  selectors: readonly Pick<SelectorFilters, 'filters'>[],
): Access[] {
  const asks = ({ argument, field }: FilterSpec) =>
    field === FIELD.TG_FIELD_SELF && values.all[argument]?.input === 'TG_INPUT_ACCESS';
  return (['read', 'write'] as const).filter((access) =>
    selectors.some(({ filters }) =>
      filters.every((filter) => !asks(filter) || canHold(filter, BigInt(ACCESS_MASKS[access]))),
    ),
  );
}

/** What the kernel side tells of a file by its path, its mode or the kind of access. */
const ON_FILE: ReadonlySet<FilterSpec['operator']> = new Set([
  'TG_OPERATOR_EQUAL',
  'TG_OPERATOR_PREFIX',
  'TG_OPERATOR_POSTFIX',
  'TG_OPERATOR_SUBSTRING',
  'TG_OPERATOR_SUBSTRING_NOCASE',
  'TG_OPERATOR_RANGES',
  'TG_OPERATOR_RANGE_SET',
  'TG_OPERATOR_MASK',
]);

/**
 * Notes in the filters which of them only the file and the kind of access decide: calls that one of these ends need not be judged
 * again for the same path (bpf/passed.h).
 *
 * @param filters of a hook at a point of kind fileAccess
 */
export function markFileFilters(
  values: Pick<HookValues, 'all'>,
  filters: readonly FilterSpec[],
): FilterSpec[] {
  const isOnFile = ({ operator, argument }: FilterSpec): boolean => {
    const value = values.all[argument];
    if (!value || !ON_FILE.has(operator) || value.steps.length > 0 || value.offset !== 0)
      return false;
    return (
      value.input === 'TG_INPUT_ACCESS' ||
      (value.input === 'TG_INPUT_FILE' && value.type === 'TG_TYPE_FILE')
    );
  };
  return filters.map((filter) =>
    isOnFile(filter) ? { ...filter, flags: filter.flags | FLAG.TG_FILTER_ON_FILE } : filter,
  );
}
