/** A selector as the filters that the kernel side tries. */
import { tg_limit as LIMIT, tg_subject as SUBJECT } from '../../generated/layouts.ts';
import type { ArgumentFilter, Selector } from '../../policies/model.ts';
import { argumentFilter } from './argumentFilters.ts';
import type { FilterSpec } from './filterSpec.ts';
import {
  binaryFilter,
  boundWorkload,
  capabilityChangeFilter,
  capabilityFilter,
  type HostNamespace,
  namespaceChangeFilter,
  namespaceFilter,
  pidFilter,
  workloadFilter,
} from './processFilters.ts';
import { PolicyRefusal } from './refusal.ts';
import type { HookValues } from './values.ts';

/** What filters need to know of their hook. */
export type FilterContext = {
  /** Where the kernel side has the hook's values. */
  values: HookValues;
  /** How many of the hook's values are args; data follows them. */
  argumentCount: number;
  hostNamespace: HostNamespace;
};

/** Filters on the call, and on its return; the cheap ones first, since the first that fails ends the selector. */
export type SelectorFilters = { filters: FilterSpec[]; returnFilters: FilterSpec[] };

/** @throws PolicyRefusal when the selector has more filters than the kernel side takes. */
export function selectorFilters(selector: Selector, context: FilterContext): SelectorFilters {
  const onValue = (shift: number | 'return') => (filter: ArgumentFilter) =>
    argumentFilter(filter, context.values, shift);
  const filters = [
    ...selector.matchArgs.map(onValue(0)),
    ...selector.matchData.map(onValue(context.argumentCount)),
    ...selector.matchPIDs.map(pidFilter),
    ...selector.matchCapabilities.map(capabilityFilter),
    ...selector.matchNamespaces.map((filter) => namespaceFilter(filter, context.hostNamespace)),
    ...optional(selector.matchBinaries, binaryFilter(SUBJECT.TG_SUBJECT_EXE)),
    ...optional(selector.matchParentBinaries, binaryFilter(SUBJECT.TG_SUBJECT_PARENT_EXE)),
    ...optional(boundWorkload(selector), workloadFilter),
    ...optional(selector.matchNamespaceChanges, namespaceChangeFilter),
    ...selector.matchCapabilityChanges.map(capabilityChangeFilter),
  ];
  const returnFilters = selector.matchReturnArgs.map(onValue('return'));
  for (const { length } of [filters, returnFilters])
    if (length > LIMIT.TG_FILTERS_PER_SELECTOR)
      throw new PolicyRefusal(
        `${selector.field} has ${length} filters; at most ${LIMIT.TG_FILTERS_PER_SELECTOR} fit`,
      );
  const byCost = (list: FilterSpec[]) => list.sort((a, b) => COST[a.operator] - COST[b.operator]);
  return { filters: byCost(filters), returnFilters: byCost(returnFilters) };
}

/** Numbers at hand cost least; paths are walked and texts copied; ancestors are looked up one by one. The filters on changes come
 * last, because the kernel side forgets a change once they match. */
const COST: Readonly<Record<FilterSpec['operator'], number>> = {
  TG_OPERATOR_NEVER: 0,
  TG_OPERATOR_RANGES: 1,
  TG_OPERATOR_MASK: 1,
  TG_OPERATOR_CAPABILITIES_GAINED: 1,
  TG_OPERATOR_CAPABILITIES: 1,
  TG_OPERATOR_EXPRESSION: 2,
  TG_OPERATOR_RANGE_SET: 2,
  TG_OPERATOR_ADDRESS_SET: 2,
  TG_OPERATOR_WORKLOAD: 2,
  TG_OPERATOR_EQUAL: 3,
  TG_OPERATOR_PREFIX: 3,
  TG_OPERATOR_POSTFIX: 4,
  TG_OPERATOR_FOLLOW_BINARY: 5,
  TG_OPERATOR_FOLLOW_PID: 5,
  TG_OPERATOR_SUBSTRING: 6,
  TG_OPERATOR_SUBSTRING_NOCASE: 7,
  TG_OPERATOR_NAMESPACE_CHANGES: 8,
  TG_OPERATOR_CAPABILITY_CHANGES: 8,
};

const optional = <From>(from: From | undefined, make: (from: From) => FilterSpec): FilterSpec[] =>
  from === undefined ? [] : [make(from)];
