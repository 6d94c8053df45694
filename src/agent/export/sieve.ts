import { createAggregator } from '../../events/aggregation.ts';
import type { FilterAbilities } from '../../events/tetragonFilter/conditions.ts';
import type { ProcessNews } from '../../events/tetragonFilter/filters.ts';
import type { Event } from '../../events/types.ts';
import type { DetailOptions, ExportOptions } from '../messages.ts';

/** What is done to events on their way to the file; what it drops was not asked for. */
export type Sieve = ProcessNews & {
  /** @returns none, or several: those that it held back */
  pass(event: Event): readonly Event[];
  /** Events whose time has come. @param isLast those that are left too */
  ripe(isLast: boolean): readonly Event[];
};

export type SieveOptions = Pick<ExportOptions, 'allow' | 'deny' | 'fields' | 'aggregation'>;

/** Whether events go to the file otherwise than as they are. */
export const needsSieve = ({ allow, deny, fields, aggregation }: SieveOptions): boolean =>
  allow !== '' || deny !== '' || fields !== '' || aggregation !== undefined;

/** What a filter may ask for. */
export const abilitiesOf = ({ credentials, ancestors }: DetailOptions): FilterAbilities => ({
  credentials,
  ancestors,
});

const NO_NEWS: ProcessNews = { start() {}, onFork() {}, onExit() {} };

/**
 * In Tetragon's order: filters, fields, aggregation; the rate limit comes behind it. What it needs is loaded when it is wanted: regular
 * expressions and CEL take a while.
 *
 * @param now ms, of a clock that only goes forward
 * @param warn told once of each CEL expression that fails on an event
 * @throws FilterError
 */
export async function makeSieve(
  { allow, deny, fields, aggregation }: SieveOptions,
  abilities: FilterAbilities,
  warn: (text: string) => void,
  now: () => number = () => performance.now(),
): Promise<Sieve> {
  const filter =
    allow === '' && deny === ''
      ? undefined
      : await import('../../events/tetragonFilter/filters.ts').then(
          ({ compileFilters, readFilterLists }) =>
            compileFilters(readFilterLists(allow, deny), { abilities, onError: warn }),
        );
  const withFields =
    fields === ''
      ? undefined
      : (await import('../../events/tetragonFilter/fieldFilters.ts')).parseFieldFilters(fields);
  const aggregator = aggregation && createAggregator(aggregation);
  return {
    ...NO_NEWS,
    ...(filter ? { start: filter.start, onFork: filter.onFork, onExit: filter.onExit } : {}),
    pass(event) {
      if (filter?.wants(event) === false) return [];
      const told = withFields ? withFields(event) : event;
      return aggregator ? aggregator.add(told, now()) : [told];
    },
    ripe: (isLast) => aggregator?.flush(now(), isLast) ?? [],
  };
}
