import { tg_limit as LIMIT } from '../../generated/layouts.ts';
import type { SelectorPlan } from '../../policies/plan.ts';
import { type BpfMap, possibleCpus } from '../bpf/addon.ts';
import { u32 } from '../bytes.ts';
import type { FilterSpec } from './filterSpec.ts';
import type { SelectorFilters } from './filters.ts';
import type { Installation } from './installation.ts';
import type { EngineMaps } from './maps.ts';
import { createNumbers } from './numbers.ts';
import type { ValueSets } from './sets.ts';
import { type ActionSpec, encodeFilter, encodeSelector } from './structs.ts';

/** What the selectors of a hook at a point need besides their actions. */
export type Deeds = Pick<ActionSpec, 'answers' | 'socket' | 'returned'>;

/** Puts selectors and their filters into the kernel. */
export type SelectorWriter = {
  /** Returns the number of the first; 0: there are none. @throws PolicyRefusal when they don't fit */
  writeFilters(specs: readonly FilterSpec[], installation: Installation): number;
  /**
   * Side by side, their counters at 0; returns the number of the first.
   *
   * @param filtered the filters of each
   * @throws PolicyRefusal when they don't fit
   */
  writeSelectors(
    plans: readonly Pick<SelectorPlan, 'actions' | 'returnActions' | 'posts'>[],
    filtered: readonly SelectorFilters[],
    deeds: Deeds,
    installation: Installation,
  ): number;
};

export function createSelectorWriter(maps: EngineMaps, sets: ValueSets): SelectorWriter {
  const all = 'of all policies together';
  const selectors = createNumbers(
    0,
    LIMIT.TG_MAX_SELECTORS,
    `at most ${LIMIT.TG_MAX_SELECTORS} selectors fit, ${all}`,
  );
  const filters = createNumbers(
    1,
    LIMIT.TG_MAX_FILTERS,
    `at most ${LIMIT.TG_MAX_FILTERS - 1} filters fit, ${all}`,
  );
  const cpus = possibleCpus();

  const writeFilters: SelectorWriter['writeFilters'] = (specs, installation) => {
    if (specs.length === 0) return 0;
    const first = filters.take(specs.length);
    installation.onRelease(() => filters.give(first, specs.length));
    specs.forEach((spec, index) => {
      const stored = spec.set && sets.store(spec.set, installation);
      maps.filters.set(u32(first + index), encodeFilter(spec, stored));
    });
    installation.addMemory(specs.length * maps.filters.valueSize);
    return first;
  };

  const writeSelectors: SelectorWriter['writeSelectors'] = (
    plans,
    filtered,
    deeds,
    installation,
  ) => {
    const first = selectors.take(plans.length);
    installation.onRelease(() => selectors.give(first, plans.length));
    plans.forEach(({ actions, returnActions, posts }, index) => {
      const specs = filtered[index] ?? { filters: [], returnFilters: [] };
      const bytes = encodeSelector(
        {
          firstFilter: writeFilters(specs.filters, installation),
          filterCount: specs.filters.length,
          firstReturnFilter: writeFilters(specs.returnFilters, installation),
          returnFilterCount: specs.returnFilters.length,
        },
        { ...deeds, returned: undefined, actions, posts },
        { ...deeds, actions: returnActions, posts: true },
      );
      maps.selectors.set(u32(first + index), bytes);
      maps.counts.set(u32(first + index), zeros(maps.counts, cpus));
    });
    installation.addMemory(
      plans.length * (maps.selectors.valueSize + maps.counts.valueSize * cpus),
    );
    return first;
  };

  return { writeFilters, writeSelectors };
}

const zeros = (map: BpfMap, cpus: number): Uint8Array =>
  new Uint8Array(((map.valueSize + 7) & ~7) * cpus);
