import type { Fact } from '../../events/facts.ts';
import { type EventField, FILTER_FIELDS } from '../../events/filter/fields.ts';
import { fieldOfWord } from '../../events/filter/term.ts';
import { tokenize } from '../../events/filter/tokens.ts';

/** Things that were learnt after the events which they are about had been filtered. */
export type LateFacts = {
  /** @param filter the stream's, '' without one; it can be read */
  learn(facts: readonly Fact[], filter: string): void;
};

/** What comes in a row is waited for: of one container several facts come. */
const QUIET_MS = 1000;
/** But no longer: on a busy host something is learnt all the time. A filter is not asked anew more often either. */
const PACE_MS = 10_000;

/** Fields of filters that each kind of fact says something about. */
const FIELDS: Readonly<Record<Fact['kind'], readonly EventField[]>> = {
  container: ['container', 'image', 'pod', 'namespace', 'label', 'workload'],
  name: ['host'],
  sha256: ['sha256'],
};

/** Words without a field are looked for in names of containers and hosts, not in hashes. */
const inWords = ({ kind }: Fact): boolean => kind !== 'sha256';

/** @param refilter asks the filter anew about the events that are held */
export function createLateFacts(refilter: () => void): LateFacts {
  let timer: NodeJS.Timeout | undefined;
  /** When the first of those that wait was learnt. */
  let since: number | undefined;
  let refilteredAt = Number.NEGATIVE_INFINITY;

  const fire = () => {
    timer = undefined;
    since = undefined;
    refilteredAt = performance.now();
    refilter();
  };
  return {
    learn(facts, filter) {
      const asked = askedFields(filter);
      const isAsked = (fact: Fact) =>
        FIELDS[fact.kind].some((field) => asked.has(field)) || (inWords(fact) && asked.has(''));
      if (asked.size === 0 || !facts.some(isAsked)) return;
      const now = performance.now();
      since ??= now;
      const quiet = Math.min(now + QUIET_MS, since + PACE_MS);
      clearTimeout(timer);
      timer = setTimeout(fire, Math.max(quiet, refilteredAt + PACE_MS) - now);
      timer.unref();
    },
  };
}

/** Fields that a filter asks for; '' when it has words without one. */
const askedFields = (filter: string): ReadonlySet<string> =>
  new Set(
    tokenize(filter).flatMap((token) =>
      token.kind === 'word' && token.text !== 'OR' ? [fieldOfWord(token, FILTER_FIELDS) ?? ''] : [],
    ),
  );
