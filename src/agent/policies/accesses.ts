/** Which kinds of file access a hook can match at all: the system calls of the others are left alone, which is what makes a policy
 * on writes cost reads nothing. */
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
